/** What coordination needs to know of a suite, and nothing more. */

import { rowsOfUse } from '../suite/data-spec.ts'
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
  /**
   * Where users split rows of data, the fewest rows that a scenario has of a source: each node of the start has rows of
   * its own, and no others may fire. Left out where nodes may come and go.
   */
  readonly userRows?: number
  /** Longest time that the setup, or the teardown, may take; null where there is none. */
  readonly setupMs: number | null
  readonly teardownMs: number | null
}

export function factsOf(suite: Suite): RunFacts {
  return {
    suite: suite.name,
    onNodeLoss: suite.onNodeLoss,
    shares: suite.shares,
    durationMs: suite.durationMs,
    gracefulStopMs: suite.gracefulStopMs,
    setupMs: suite.setup?.timeoutMs ?? null,
    teardownMs: suite.teardown?.timeoutMs ?? null,
    scenarios: suite.scenarios.map(({ name, startMs, durationMs, load }) => {
      return { name, startMs, durationMs, unit: load.model === 'open' ? 'rate' : 'users' }
    }),
    ...userRows(suite),
  }
}

function userRows({ scenarios, data = [] }: Suite): { readonly userRows?: number } {
  const rows = scenarios.flatMap(({ load, data: uses = [] }) => {
    if (load.model === 'open') return []
    return uses.flatMap((use) => {
      const source = data[use.source]!
      return source.share === 'split' ? [rowsOfUse(source, use)] : []
    })
  })
  return rows.length === 0 ? {} : { userRows: Math.min(...rows) }
}
