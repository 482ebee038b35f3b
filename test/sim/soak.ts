/**
 * Plays random histories: `npm run soak -- --seeds N [--from SEED] [--trace]`. Ends with one line: seeds run,
 * violations. A violation prints the command that replays it with its trace.
 */

import { parseArgs } from 'node:util'
import { playHistory } from './history.ts'
import type { World } from './world.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
})

const seeds = Number(values.seeds)
const from = values.from === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.from)
if (!Number.isInteger(seeds) || seeds < 1 || !Number.isInteger(from)) {
  console.error('--seeds and --from take whole numbers')
  process.exit(104)
}

let violations = 0
for (let seed = from; seed < from + seeds; seed++) {
  let world: World | undefined
  try {
    playHistory(seed, { trace: values.trace }, (made) => {
      world = made
    })
  } catch (error) {
    violations++
    console.log(`${(error as Error).message}\n  replay: npm run soak -- --seeds 1 --from ${seed} --trace`)
    if (!(error as Error).message.startsWith('seed')) console.log((error as Error).stack)
  }
  if (values.trace) console.log(world?.trace.join('\n'))
}
console.log(`${seeds} seeds from ${from}, ${violations} violations`)
process.exitCode = violations === 0 ? 0 : 1
