/** What coordination needs to know of a suite, and nothing more. */

import type { OnNodeLoss, ShareStrategy, Suite } from '../suite/spec.ts'

/** When a scenario's load is there. */
export interface ScenarioFacts {
  readonly name: string
  readonly startMs: number
  /** Warm-up plus measured part. */
  readonly durationMs: number
  /** What its load is counted in. */
  readonly unit: 'rate' | 'users'
}

export interface RunFacts {
  readonly suite: string
  readonly onNodeLoss: OnNodeLoss
  readonly shares: ShareStrategy
  /** Planned length of the run. */
  readonly durationMs: number
  readonly gracefulStopMs: number
  readonly scenarios: readonly ScenarioFacts[]
}

export function factsOf(suite: Suite): RunFacts {
  return {
    suite: suite.name,
    onNodeLoss: suite.onNodeLoss,
    shares: suite.shares,
    durationMs: suite.durationMs,
    gracefulStopMs: suite.gracefulStopMs,
    scenarios: suite.scenarios.map(({ name, startMs, durationMs, load }) => {
      return { name, startMs, durationMs, unit: load.model === 'open' ? 'rate' : 'users' }
    }),
  }
}
