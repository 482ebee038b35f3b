/** Setup and teardown: steps that one node takes once for the whole mesh, as a suite of their own. */

import type { Once, Suite } from './spec.ts'

/** How long a setup or a teardown may take unless the suite says so, in milliseconds. */
export const DEFAULT_ONCE_MS = 60_000

/** The one iteration is planned half of this after the start, in milliseconds. */
const BEGIN_MS = 2

/** What the templates of a suite may name. */
type Values = Pick<Suite, 'variables' | 'env'>

/**
 * A suite of one iteration, whose requests may take as long as the whole is allowed to: it is fired, and counted, by what
 * fires every other suite.
 */
export function suiteOfOnce({ steps, branches, timeoutMs }: Once, name: string, { variables, env }: Values): Suite {
  const rate = 1000 / BEGIN_MS
  return {
    name,
    mode: 'parallel',
    onNodeLoss: 'abort',
    shares: 'equal',
    gracefulStopMs: timeoutMs,
    scenarios: [
      {
        name,
        startMs: 0,
        durationMs: BEGIN_MS,
        load: {
          model: 'open',
          warmupMs: 0,
          segments: [{ durationMs: BEGIN_MS, fromRate: rate, toRate: rate }],
          repeat: 1,
          arrivals: 'even',
          maxInFlight: 1,
        },
        steps,
        branches,
        pacingMs: 0,
      },
    ],
    thresholds: [],
    ...(variables === undefined ? {} : { variables }),
    ...(env === undefined ? {} : { env }),
    durationMs: BEGIN_MS,
  }
}
