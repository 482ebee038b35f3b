/**
 * The hot path and nothing else: users of a closed load that fire, are recorded and fire again. No thread, no core, no
 * lease, no mesh, and no window is ever closed.
 *
 *     node bench/overhead/bare-loop.ts URL USERS SECONDS
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { parseSuite } from '../../src/suite/parse.ts'
import { fireAsUsers } from '../support/user-loop.ts'

const [url = '', users = '64', seconds = '5'] = process.argv.slice(2)
const load = { users: Number(users), duration: `${seconds}s` }
const parsed = parseSuite({
  text: JSON.stringify({ name: 'bare', scenarios: [{ name: 'only', load, http: url }] }),
  format: 'json',
})
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))

await fireAsUsers(parsed.suite)
await sleep(Number(seconds) * 1000)
process.exit(0)
