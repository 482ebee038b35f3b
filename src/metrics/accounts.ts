/**
 * What became of every planned request. The two identities of a report are made here:
 * `scheduled = sent + dropped + unaccounted`, and once settled `sent = succeeded + failed`.
 */

import { addCounts, type Counts, ZERO_COUNTS } from './window.ts'

/** Requests by fate. */
export interface Accounts extends Counts {
  readonly unaccounted: number
}

export const NO_ACCOUNTS: Accounts = Object.freeze({ ...ZERO_COUNTS, unaccounted: 0 })

export function addAccounts(a: Accounts, b: Accounts): Accounts {
  return { ...addCounts(a, b), unaccounted: a.unaccounted + b.unaccounted }
}

/**
 * Accounts of one node's share of one step, from all of its windows that are held.
 *
 * - Answers without a send: the window with the send is missing here. They were sent all the same.
 * - Sends without an answer: in flight while the run goes on. When no answer can come any more, because the node was
 *   lost or the run is settled and its last windows are missing here, they are unaccounted for.
 *
 * @param final no further answers can become known
 */
export function accountsOf(counts: Counts, final: boolean): Accounts {
  const { dropped, succeeded, failed } = counts
  const answered = succeeded + failed
  const sent = final ? answered : Math.max(counts.sent, answered)
  const unaccounted = final ? Math.max(0, counts.sent - answered) : 0
  return { scheduled: sent + dropped + unaccounted, sent, dropped, succeeded, failed, unaccounted }
}

/**
 * Holds a scenario's accounts against its plan: what was planned and nobody tells of is unaccounted for. When the
 * windows tell of more than was planned (a run stopped while arrivals were on their way), they are right.
 *
 * @param planned arrivals the profile has in the measured part
 */
export function againstPlan(accounts: Accounts, planned: number): Accounts {
  const missing = Math.max(0, planned - accounts.scheduled)
  return {
    ...accounts,
    scheduled: accounts.scheduled + missing,
    unaccounted: accounts.unaccounted + missing,
  }
}
