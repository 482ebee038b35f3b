/** Window batches as a node with work to do has them: latencies with a realistic spread, one scenario. */

import { type Random, seededRandom } from '../../src/base/random.ts'
import { Histogram } from '../../src/metrics/histogram.ts'
import { type Window, ZERO_COUNTS } from '../../src/metrics/window.ts'

/** Requests of one node in one second. */
export const REQUESTS = 200

/** Different seconds; nodes and seconds take turns with them. */
const VARIETY = 32

/** Of a log-normal service time: its median, and the spread that puts the 99th percentile at about four times it. */
const MEDIAN_MICROS = 12_000
const SIGMA = 0.6

/** Requests are sent up to this late. */
const LATENESS_MICROS = 400

const FAILED_PART = 0.01

export class SampleWindows {
  readonly #samples: readonly Window[]

  constructor(seed: number) {
    const random = seededRandom(seed)
    this.#samples = Array.from({ length: VARIETY }, () => sample(random))
  }

  /** The windows of a node's second. */
  of(node: number, sequence: number): readonly Window[] {
    const window = this.#samples[(7 * node + sequence) % VARIETY]!
    const start = 1000 * sequence
    return [{ ...window, firstAt: start + 1.25, lastAt: start + 997.5 }]
  }
}

function sample(random: Random): Window {
  const [latency, serviceTime, lateness] = [Histogram.forSecond(), Histogram.forSecond(), Histogram.forSecond()]
  let failed = 0
  for (let i = 0; i < REQUESTS; i++) {
    const service = MEDIAN_MICROS * Math.exp(SIGMA * normal(random))
    const late = LATENESS_MICROS * random() ** 3
    latency.record(service + late)
    serviceTime.record(service)
    lateness.record(late)
    if (random() < FAILED_PART) failed++
  }
  return {
    scenario: 0,
    step: 0,
    counts: { scheduled: REQUESTS, sent: REQUESTS, dropped: 0, succeeded: REQUESTS - failed, failed },
    warmup: ZERO_COUNTS,
    errors: failed === 0 ? {} : { status_503: failed },
    latency: latency.encode(),
    serviceTime: serviceTime.encode(),
    lateness: lateness.encode(),
    bytesSent: 140 * REQUESTS,
    bytesReceived: 2300 * REQUESTS,
    inFlight: 3,
    firstAt: 0,
    lastAt: 0,
  }
}

/** Standard normal, by Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
