/** Delays that are known: what is reported is what was there, and what a stall kept waiting is in it. */

import assert from 'node:assert/strict'
import { AT_ONCE, type DelayShape, expectedWaits } from '../../bench/support/delay-shape.ts'
import { quantile } from '../../bench/support/quantiles.ts'
import {
  agrees,
  type Check,
  countsAgree,
  Laboratory,
  noiseOf,
  serviceTimesAgree,
  undisturbed,
  waitsOf,
} from './support.ts'

/** At its end a stall's answers come all at once: the last of them has to wait until the others have been read. */
const BURST_MS = 25

describe('reported times', function () {
  this.timeout(60_000)
  const laboratory = new Laboratory()

  before(function () {
    return laboratory.open(this)
  })
  after(() => laboratory.close())

  it('are those of a target that answers after two delays', async () => {
    const load = { rate: 400, seconds: 4 }
    const shape: DelayShape = { ...AT_ONCE, delayMs: 5, slowEvery: 8, slowMs: 100 }
    const check: Check = (known) => {
      const noise = noiseOf(known.log, shape, load.rate)
      countsAgree(known, load)
      serviceTimesAgree(known, noise)
      const { latency, serviceTime } = known.report.totals
      agrees('p75, the fast delay', serviceTime.p75, 5, noise)
      agrees('p90, the slow delay', serviceTime.p90, 100, noise)
      // 7 of 8 after 5 ms, 1 of 8 after 100 ms.
      agrees('mean', serviceTime.mean, (7 * 5 + 100) / 8, noise)
      agrees('p90 from the planned start', latency.p90, quantile(waitsOf(known.log, load.rate), 0.9), noise)
    }
    check(await undisturbed(() => laboratory.run(load, shape), [check]))
  })

  it('have what a stall of two seconds kept waiting, as somebody who came on time felt it', async () => {
    const load = { rate: 1000, seconds: 7 }
    const shape: DelayShape = { ...AT_ONCE, delayMs: 2, stallAfterMs: 2500, stallMs: 2000 }
    const check: Check = (known) => {
      countsAgree(known, load)
      const { latency } = known.report.totals
      const logged = waitsOf(known.log, load.rate)
      for (const [name, part, ms] of [
        ['p75', 0.75, BURST_MS],
        ['p90', 0.9, BURST_MS],
        ['p95', 0.95, BURST_MS],
        ['p99', 0.99, 0],
        ['p99_9', 0.999, 0],
        ['max', 1, 0],
      ] as const)
        agrees(`${name} by the log`, latency[name], quantile(logged, part), ms)
      // Those who waited longest were answered first: what the burst of answers takes at the end of the stall is not theirs.
      const expected = expectedWaits(shape, load.rate, load.seconds)
      agrees('p99 by what was asked', latency.p99, quantile(expected, 0.99), 0)
      agrees('p99.9 by what was asked', latency.p99_9, quantile(expected, 0.999), 0)
      agrees('max by what was asked', latency.max, expected.at(-1)!, 0)
      // More than half of all never met the stall.
      agrees(
        'p50 by the log',
        latency.p50,
        quantile(logged, 0.5),
        noiseOf(known.log, { ...shape, stallMs: 0 }, load.rate),
      )
      assert.equal(known.report.totals.dropped, 0)
    }
    check(await undisturbed(() => laboratory.run(load, shape), [check]))
  })
})
