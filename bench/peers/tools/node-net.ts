/** What `node:net` takes by itself: the floor of whatever is written in Node.js. */

import { join } from 'node:path'
import { jsonIn, NOTHING_TOLD, type Tool } from '../tool.ts'

const LOOP = join(import.meta.dirname, '../socket-loop.ts')

export const nodeNet: Tool = {
  name: 'node:net',
  binary: null,
  source: 'Node.js itself',
  variant: true,
  version: { args: [process.execPath, '--version'], pattern: /v(\S+)/ },
  closed: ({ url, connections, seconds }) => ({
    args: [process.execPath, LOOP, url, `${connections}`, `${seconds}`],
  }),
  parse: ({ stdout }) => ({ ...NOTHING_TOLD, requests: jsonIn<{ requests: number }>(stdout).requests }),
}
