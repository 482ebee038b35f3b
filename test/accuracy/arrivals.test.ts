/** When requests arrive: evenly, or as those of a Poisson process do, from one node and from several. */

import assert from 'node:assert/strict'
import { AT_ONCE, type DelayShape } from '../../bench/support/delay-shape.ts'
import { gaps, quantile } from '../../bench/support/quantiles.ts'
import { slope } from '../../bench/support/slope.ts'
import { perSecond } from '../../examples/support/arrivals.ts'
import { criticalDistance, distance, exponential } from './kolmogorov-smirnov.ts'
import {
  agrees,
  type Check,
  countsAgree,
  type Known,
  Laboratory,
  type Load,
  latenessOf,
  noiseOf,
  serviceTimesAgree,
  undisturbed,
} from './support.ts'

/** Right code fails by chance once in so many runs. */
const FALSE_ALARM = 1e-6

/** Gaps up to this are counted only, and may be so much more or fewer a part of all than they should be. */
const SHORT_MS = 1
const SHORT_PART = 0.1

/** Of a second's requests, those that may arrive in the next one. */
const STRAY = 0.02

const NODES = ['alpha', 'beta', 'gamma']

/** A poor clock, or nodes that fire in step, move many of them; noise moves a few. */
function assertEven({ log }: Known, rate: number, medianMs: number): void {
  const late = latenessOf(log, rate)
  const usual = quantile(late.slice().sort(), 0.5)
  const astray = late.map((value) => Math.abs(value - usual)).sort()
  const gap = 1000 / rate
  const uneven = gaps(log.arrivals)
    .map((value) => Math.abs(value - gap))
    .sort()
  const [half, most] = [quantile(astray, 0.5), quantile(astray, 0.9)]
  assert.ok(half <= medianMs, `half of the requests arrived up to ${half.toFixed(3)} ms from their time`)
  assert.ok(most <= 10 * medianMs, `nine tenths of the requests arrived up to ${most.toFixed(3)} ms from their time`)
  const off = quantile(uneven, 0.5)
  assert.ok(off <= medianMs, `half of the gaps are up to ${off.toFixed(3)} ms off ${gap.toFixed(3)} ms`)
}

/** Rate that the arrivals have: of the straight line through them, so that no single one decides. */
function rateOf({ log: { arrivals } }: Known): number {
  return 1000 / slope(Array.from(arrivals, (y, x) => ({ x, y: y - arrivals[0]! })))
}

/**
 * Gaps of a Poisson process are exponential. A process that had to wait for its CPU sends what fell due meanwhile at
 * once, so that gaps of next to nothing are too many on a busy machine: the distribution is tested beyond them, where it
 * is the same one again, shifted (an exponential distribution has no memory), and of the short ones only their number.
 */
function assertPoisson(known: Known, rate: number): void {
  const mean = 1000 / rate
  const all = gaps(known.log.arrivals)
  const beyond = all.filter((gap) => gap > SHORT_MS).map((gap) => gap - SHORT_MS)
  const far = distance(beyond, exponential(mean))
  const most = criticalDistance(beyond.length, FALSE_ALARM)
  const about = `of ${beyond.length} gaps from an exponential`
  assert.ok(far < most, `the distance ${about} is ${far.toFixed(4)}, over ${most.toFixed(4)}`)
  const short = 1 - beyond.length / all.length
  const expected = exponential(mean)(SHORT_MS)
  assert.ok(Math.abs(short - expected) < SHORT_PART, `${short} of the gaps are short, not ${expected}`)
}

/** The report's timeline has what the log has, second by second. */
function assertSeconds(known: Known, load: Load): void {
  countsAgree(known, load)
  const late = latenessOf(known.log, load.rate)
  const start = known.log.arrivals[0]! - late[0]!
  const counted = perSecond([...known.log.arrivals], start - 0.5, load.seconds * 1000)
  const { timeline } = known.report
  // The second after the last arrival has only answers.
  assert.deepEqual(
    timeline.map(({ scheduled }) => scheduled),
    timeline.map((_, second) => (second < load.seconds ? load.rate : 0)),
  )
  for (const { second, arrived } of counted) {
    const { sent } = timeline[second]!
    assert.ok(Math.abs(arrived - sent) <= STRAY * load.rate, `second ${second}: ${sent} sent, ${arrived} arrived`)
  }
}

describe('arrivals at the target', function () {
  this.timeout(60_000)
  const laboratory = new Laboratory()

  before(function () {
    return laboratory.open(this)
  })
  after(() => laboratory.close())

  describe('even, from one node', () => {
    const load: Load = { rate: 500, seconds: 5 }
    const shape: DelayShape = { ...AT_ONCE, delayMs: 20 }
    let known: Known
    const checks: Readonly<Record<string, Check>> = {
      'have even distances': (each) => assertEven(each, load.rate, 0.5),
      'have the asked rate, and are not taken for those of a Poisson process': (each) => {
        assert.ok(Math.abs(rateOf(each) / load.rate - 1) < 0.001, `${rateOf(each)}/s`)
        assert.throws(() => assertPoisson(each, load.rate), /distance/)
      },
      'are as many in each second as the report says': (each) => assertSeconds(each, load),
      'are as late as the report says': (each) => {
        const late = latenessOf(each.log, load.rate).sort()
        const { lateness } = each.report.totals
        const noise = noiseOf(each.log, shape, load.rate)
        agrees('lateness, p50', lateness.p50, quantile(late, 0.5), noise)
        agrees('lateness, p95', lateness.p95, quantile(late, 0.95), noise)
      },
      'are answered after the one known delay, and reported so': (each) => {
        // An answer waits for the CPU as long as a request does, and once more.
        const waited = quantile(latenessOf(each.log, load.rate).sort(), 0.99)
        const noise = noiseOf(each.log, shape, load.rate) + waited
        const { serviceTime, latency } = each.report.totals
        serviceTimesAgree(each, noise)
        for (const name of ['p50', 'p90', 'p99'] as const)
          agrees(`service time, ${name}`, serviceTime[name], shape.delayMs, noise)
        agrees('latency, p50', latency.p50, shape.delayMs, noise)
      },
    }

    before(async () => {
      known = await undisturbed(() => laboratory.run(load, shape), Object.values(checks))
    })

    for (const [what, check] of Object.entries(checks)) it(what, () => check(known))
  })

  it('have exponential distances where they shall be those of a Poisson process', async () => {
    const load: Load = { rate: 200, seconds: 6, arrivals: 'poisson' }
    const check: Check = (known) => {
      assertPoisson(known, load.rate)
      assert.equal(known.log.arrivals.length, known.report.totals.sent)
    }
    check(await undisturbed(() => laboratory.run(load, { delayMs: 5 }), [check]))
  })

  describe('from three nodes', () => {
    before(async () => {
      await Promise.all(NODES.map((name) => laboratory.startNode(name)))
      await laboratory.cluster.formed(NODES.length)
    })

    it('interleave evenly', async () => {
      const load: Load = { rate: 150, seconds: 4 }
      const check: Check = (known) => {
        countsAgree(known, load)
        // Three that fired in step would have two gaps of nothing, and one that is three times as long.
        assertEven(known, load.rate, 1000 / load.rate / 3)
        assert.ok(Math.abs(rateOf(known) / load.rate - 1) < 0.002, `${rateOf(known)}/s`)
        assert.equal(known.report.coverage.nodes.length, NODES.length)
      }
      check(await undisturbed(() => laboratory.runOnNodes(load, { delayMs: 5 }), [check]))
    })

    it('are one Poisson process', async () => {
      const load: Load = { rate: 200, seconds: 5, arrivals: 'poisson' }
      const check: Check = (known) => {
        assertPoisson(known, load.rate)
        for (const { requests } of known.report.coverage.nodes) assert.ok(requests > 0)
      }
      check(await undisturbed(() => laboratory.runOnNodes(load, { delayMs: 5 }), [check]))
    })
  })
})
