/**
 * Plays random histories: `npm run soak -- --seeds N [--from SEED] [--trace] [--shrink]`, or one plan that was printed:
 * `--plan FILE`. Ends with one line: seeds run, violations. A violation prints the command that replays it with its
 * trace; `--shrink` also makes its plan as small as it gets, and prints that. `--most N`: so many violations are no
 * failure of the command, though each is printed. `--aggregated`: runs of few nodes are aggregated already. `--rows`: in
 * every run users split rows of data.
 */

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { drawAggregated } from './draw-aggregated.ts'
import { drawPlan } from './draw-plan.ts'
import { withRows } from './draw-rows.ts'
import { type Played, playPlan } from './history.ts'
import type { Plan } from './plan.ts'
import { shrink } from './shrink.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string' },
    plan: { type: 'string' },
    trace: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: false },
    aggregated: { type: 'boolean', default: false },
    rows: { type: 'boolean', default: false },
    most: { type: 'string', default: '0' },
  },
})

/** Plays one plan; returns whether everything held. */
function play(plan: Plan, replay: string): boolean {
  const played = playPlan(plan, { trace: values.trace })
  if (values.trace) show(played)
  if (played.violation === null) return true
  console.log(`${played.violation.message}\n  replay: ${replay} --trace`)
  if (values.shrink) showSmallest(plan)
  return false
}

function show({ plan, world }: Played): void {
  console.log(world.trace.join('\n'))
  console.log(`plan: ${JSON.stringify(plan)}`)
}

function showSmallest(plan: Plan): void {
  const { plan: smallest, tried } = shrink(plan, (candidate) => playPlan(candidate).violation?.rule ?? null)
  const { violation } = playPlan(smallest)
  console.log(`  smallest of ${tried} plans tried (replay: npm run soak -- --plan FILE --trace):`)
  console.log(`  ${violation?.message}\n${JSON.stringify(smallest)}`)
}

function playSeeds(): void {
  const seeds = Number(values.seeds)
  const from = values.from === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.from)
  if (!Number.isInteger(seeds) || seeds < 1 || !Number.isInteger(from)) {
    console.error('--seeds and --from take whole numbers')
    process.exit(104)
  }
  let violations = 0
  for (let seed = from; seed < from + seeds; seed++) {
    const drawn = values.aggregated ? drawAggregated(seed) : drawPlan(seed)
    const plan = values.rows ? withRows(drawn) : drawn
    const flag = (values.aggregated ? ' --aggregated' : '') + (values.rows ? ' --rows' : '')
    if (!play(plan, `npm run soak -- --seeds 1 --from ${seed}${flag}`)) violations++
  }
  console.log(`${seeds} seeds from ${from}, ${violations} violations`)
  process.exitCode = violations <= Number(values.most) ? 0 : 1
}

if (values.plan === undefined) playSeeds()
else {
  const holds = play(JSON.parse(readFileSync(values.plan, 'utf8')) as Plan, `npm run soak -- --plan ${values.plan}`)
  console.log(`1 plan, ${holds ? 0 : 1} violations`)
  process.exitCode = holds ? 0 : 1
}
