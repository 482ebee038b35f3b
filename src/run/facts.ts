/** What coordination needs to know of a suite, and nothing more. */

import type { OnNodeLoss, ShareStrategy, Suite } from '../suite/spec.ts'

export interface RunFacts {
  readonly suite: string
  readonly onNodeLoss: OnNodeLoss
  readonly shares: ShareStrategy
  /** Planned length of the run. */
  readonly durationMs: number
  readonly gracefulStopMs: number
}

export function factsOf(suite: Suite): RunFacts {
  return {
    suite: suite.name,
    onNodeLoss: suite.onNodeLoss,
    shares: suite.shares,
    durationMs: suite.durationMs,
    gracefulStopMs: suite.gracefulStopMs,
  }
}
