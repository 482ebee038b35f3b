/** Whether what a suite asks for makes sense, given how its targets answer. */

import type { LocalFinding } from '../base/finding.ts'
import { summarizeSuite } from '../load/summary.ts'
import { formatCount, formatMs, formatRate } from '../report/format.ts'
import type { Scenario, Suite } from '../suite/spec.ts'
import type { NodeLoad, ScenarioLoad } from './node-load.ts'

/** One finding for each scenario that has something to be told, and one for the rest. */
export function judgeLoad(suite: Suite, { scenarios }: NodeLoad): LocalFinding[] {
  const summaries = summarizeSuite(suite).scenarios
  const warnings = scenarios.flatMap((scenario): LocalFinding[] => {
    const { durationMs } = suite.scenarios[scenario.index] as Scenario
    const { planned = null } = summaries[scenario.index] ?? {}
    const found = warningOf(scenario, planned, durationMs, suite.gracefulStopMs)
    return found === undefined ? [] : [{ check: 'load', level: 'WARN', path: scenario.path, ...found }]
  })
  if (warnings.length > 0) return warnings
  const isKnown = scenarios.some(({ latencyMs }) => latencyMs !== undefined)
  const most = formatCount(Math.max(...scenarios.map(({ atOnce }) => atOnce)))
  const seen = isKnown
    ? `in flight here at the most, at the latency seen: about ${most} of a scenario`
    : 'nothing speaks against the load, as far as can be told without an answer of the target'
  return [{ check: 'load', level: 'PASS', seen }]
}

function warningOf(
  { rate, maxInFlight, iterationMs }: ScenarioLoad,
  planned: number | null,
  durationMs: number,
  gracefulStopMs: number,
): { readonly seen: string; readonly hint: string } | undefined {
  if (planned === 0) {
    const seen = `nothing is planned in ${formatMs(durationMs)}: the rate is too low for so short a time`
    return { seen, hint: 'raise the rate, or make it longer' }
  }
  if (iterationMs === undefined) return undefined
  const takes = `an iteration takes ${formatMs(iterationMs)}, and the scenario ${formatMs(durationMs)}`
  if (rate === null || maxInFlight === null) {
    if (iterationMs < durationMs) return undefined
    return { seen: takes, hint: 'make it longer: no user would come to a second iteration' }
  }
  if (iterationMs >= durationMs + gracefulStopMs) {
    const seen = `${takes} and ${formatMs(gracefulStopMs)} to end (\`gracefulStop\`)`
    return { seen, hint: 'make it longer: what has begun would be cut off' }
  }
  // Little's law: L = λW.
  const needed = Math.ceil((rate * iterationMs) / 1000)
  if (needed <= maxInFlight) return undefined
  const seen =
    `${formatRate(rate)} here at ${formatMs(iterationMs)} each are ${formatCount(needed)} in flight, and ` +
    `\`maxInFlight\` is ${formatCount(maxInFlight)}: all above ${formatRate((maxInFlight * 1000) / iterationMs)} would be dropped`
  return { seen, hint: 'raise `maxInFlight`, lower the rate, add nodes, or make the target faster' }
}
