/**
 * The measurements of a run, a scenario or a step, and the totals a report shows of them.
 */

import { type Accounts, addAccounts, NO_ACCOUNTS } from './accounts.ts'
import type { Totals } from './report-document.ts'
import { round3 } from './rounding.ts'
import { sumOfTallies, type Tally } from './tally.ts'

/** Everything known about one part of a run. */
export interface Measurement {
  readonly accounts: Accounts
  /** Errors, bytes and histograms; its counts are what the windows say, `accounts` what became of the requests. */
  readonly tally: Tally
  /** How long was measured, in milliseconds. */
  readonly measuredMs: number
}

/** The requests of a scenario, and what they are made of. */
export interface ScenarioMeasurement extends Measurement {
  /** In order. */
  readonly steps: readonly Measurement[]
  /** Iterations; null where every iteration is one request. */
  readonly iterations: Measurement | null
}

/** Several parts as one, measured for as long as is given: the parts may overlap in time. */
export function sumOf(parts: readonly Measurement[], measuredMs: number): Measurement {
  return {
    accounts: parts.map(({ accounts }) => accounts).reduce(addAccounts, NO_ACCOUNTS),
    tally: sumOfTallies(parts.map(({ tally }) => tally)),
    measuredMs,
  }
}

/** A count over the measured time, per second, to three decimals; 0 when nothing was measured. */
export function perSecond(count: number, measuredMs: number): number {
  return measuredMs > 0 ? round3((count * 1000) / measuredMs) : 0
}

/** The totals of a report. Times are milliseconds, rates per second, both to three decimals. */
export function totalsOf({ accounts, tally, measuredMs }: Measurement): Totals {
  return {
    scheduled: accounts.scheduled,
    sent: accounts.sent,
    dropped: accounts.dropped,
    succeeded: accounts.succeeded,
    failed: accounts.failed,
    unaccounted: accounts.unaccounted,
    rate: perSecond(accounts.sent, measuredMs),
    bytesSent: tally.bytesSent,
    bytesReceived: tally.bytesReceived,
    latency: tally.latency.summary(),
    serviceTime: tally.serviceTime.summary(),
    lateness: tally.lateness.summary(),
    errors: tally.errors.toRecord(),
    ...(tally.checks.totals === undefined ? {} : { checks: tally.checks.totals }),
  }
}
