/** The comparison with other load generators: what they print is read right, and what is made of it. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { planRuns } from '../../../bench/peers/plan.ts'
import { cpuRatio, resultsText } from '../../../bench/peers/results.ts'
import type { Measured, Sample } from '../../../bench/peers/sample.ts'
import { durationMs, NOTHING_TOLD, type Output, type Tool, type ToolReport } from '../../../bench/peers/tool.ts'
import { PEERS } from '../../../bench/peers/tools/index.ts'
import { vajra } from '../../../bench/peers/tools/vajra.ts'
import { wrk } from '../../../bench/peers/tools/wrk.ts'
import { AT_ONCE, answerAt, type DelayShape, expectedWaits } from '../../../bench/support/delay-shape.ts'
import { gaps, quantile } from '../../../bench/support/quantiles.ts'
import { slope } from '../../../bench/support/slope.ts'

/**
 * What each of the kept outputs says to somebody who reads it; times in milliseconds, rounded to µs. They are of real
 * runs, but for wrk2 and vegeta, whose are as their documentation has them.
 */
const SAID: Readonly<Record<string, Omit<ToolReport, 'lateness'>>> = {
  wrk: { requests: 757, p50: 5.14, p99: 7.77, max: 9.98 },
  wrk2: { requests: 60018, p50: 6.67, p99: 11.31, max: 12.34 },
  h2load: { requests: 200, p50: null, p99: null, max: 6 },
  hey: { requests: 200, p50: 5.4, p99: 8.6, max: 8.8 },
  oha: { requests: 199, p50: 5.159, p99: 9.223, max: 10.224 },
  vegeta: { requests: 1200, p50: 10.488, p99: 26.21, max: 38.512 },
  k6: { requests: 200, p50: 5.263, p99: 7.187, max: 8.361 },
  fortio: { requests: 200, p50: 5.544, p99: 6.857, max: 7.15 },
  autocannon: { requests: 200, p50: 3, p99: 11, max: 14 },
  locust: { requests: 535, p50: 6, p99: 12, max: 51.983 },
  artillery: { requests: 200, p50: 7, p99: 32.1, max: 34 },
  ab: { requests: 602, p50: 5, p99: 20, max: 22 },
  vajra: { requests: 200, p50: 5.487, p99: 8.695, max: 10.064 },
}

function outputOf({ name }: Tool): Output {
  const text = readFileSync(join(import.meta.dirname, 'outputs', `${name}.txt`), 'utf8')
  return { stdout: text, stderr: '', file: () => text }
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1000) / 1000
}

describe('outputs of load generators', () => {
  for (const tool of [...PEERS, vajra('vajra.ts')]) {
    it(`${tool.name}: requests and times`, () => {
      const { requests, p50, p99, max } = tool.parse(outputOf(tool))
      assert.deepEqual({ requests, p50: rounded(p50), p99: rounded(p99), max: rounded(max) }, SAID[tool.name])
    })

    it(`${tool.name}: one that ended without a report is no report of zeros`, () => {
      const nothing = { stdout: '', stderr: 'no such host', file: () => '' }
      let report: ToolReport
      try {
        report = tool.parse(nothing)
      } catch {
        return
      }
      const { requests, ...rest } = report
      assert.ok(requests === null || requests === 0)
      assert.deepEqual(rest, { p50: null, p99: null, max: null, lateness: null })
    })
  }

  it('wrk: seconds, which it pads', () => {
    const { stdout } = outputOf(wrk)
    const padded = { stdout: stdout.replace(/99% +\S+/, '99%    1.91s '), stderr: '', file: () => '' }
    assert.equal(wrk.parse(padded).p99, 1910)
  })

  it('ours: lateness, too', () => {
    const tool = vajra('vajra.ts')
    assert.deepEqual(tool.parse(outputOf(tool)).lateness, { p50: 0.056, p99: 2.277 })
  })

  it('durations in every unit', () => {
    assert.deepEqual(
      ['450us', '12µs', '1.50ms', '2.00s', '1m', '7', ''].map((text) => durationMs(text)),
      [0.45, 0.012, 1.5, 2000, 60_000, null, null],
    )
  })
})

function sample(tool: string, round: number, cpuMicros: number | null): Sample {
  const measured: Measured | null =
    cpuMicros === null
      ? null
      : { arrived: 1000, cpuMicros, aroundCpuMs: 5, peakMb: 10, report: NOTHING_TOLD, known: null, gapP99Micros: null }
  const failure = measured === null ? 'it ended early' : null
  return { part: 'http', tool, rate: null, round, version: '1', measured, expected: null, failure }
}

describe('results of the comparison', () => {
  const samples = [
    // A machine that is half as fast in the second round is so for both.
    ...[sample('vajra', 1, 12), sample('wrk', 1, 10)],
    ...[sample('vajra', 2, 26), sample('wrk', 2, 20)],
    ...[sample('vajra', 3, 11), sample('wrk', 3, 10)],
    sample('hey', 1, null),
  ]

  it('are ratios within each round', () => {
    assert.equal(cpuRatio(samples, 'http', 'vajra', 'wrk'), 1.2)
    assert.equal(cpuRatio(samples, 'http', 'vajra', 'hey'), null)
    assert.equal(cpuRatio(samples, 'https', 'vajra', 'wrk'), null)
  })

  it('show medians, aims, and what failed', () => {
    const text = resultsText(samples, 2)
    assert.match(text, /\| vajra +\| +12\.0 \|/)
    assert.match(text, /ours ÷ wrk +\| +≤ 1\.3 \| +1\.200 \| +✓/)
    assert.match(text, /hey, http, round 1: it ended early/)
    assert.doesNotMatch(text, /HTTPS|NaN|undefined/)
  })

  it('come from runs in turns, each once', () => {
    const found = PEERS.map((tool) => ({ tool, version: '1' }))
    const runs = planRuns(found, ['http', 'rate', 'stall'], 2)
    const keys = runs.map(({ part, tool, rate, round }) => `${part} ${tool} ${rate} ${round}`)
    assert.equal(new Set(keys).size, keys.length)
    const rounds = runs.map(({ round }) => round)
    assert.deepEqual(rounds, [...rounds].sort())
    assert.ok(!keys.includes('http wrk2 null 1'), 'wrk2 has no closed loop')
    assert.ok(keys.includes('stall wrk null 1'), 'wrk meets the stall as fast as it can')
    assert.ok(!keys.some((key) => key.startsWith('stall') && key.endsWith('2')))
  })
})

describe('known delays', () => {
  const shape: DelayShape = { ...AT_ONCE, delayMs: 5, slowEvery: 4, slowMs: 100, stallAfterMs: 1000, stallMs: 2000 }

  it('of fast and slow answers, and those of a stall', () => {
    assert.equal(answerAt(shape, 0, 10, 0), 15)
    assert.equal(answerAt(shape, 3, 10, 0), 110)
    assert.equal(answerAt(shape, 4, 994, 0), 999)
    assert.equal(answerAt(shape, 4, 996, 0), 3000)
    assert.equal(answerAt(shape, 4, 2996, 0), 3001)
  })

  it('as somebody feels them who comes evenly', () => {
    const waits = expectedWaits({ ...shape, slowEvery: 0 }, 1000, 10)
    assert.equal(waits.length, 10_000)
    assert.equal(quantile(waits, 0.5), 5)
    assert.equal(waits.at(-1), 2005)
    // 2,000 of 10,000 waited for between 5 and 2,005 ms: the 100th longest of them for 99 ms less than the longest.
    assert.equal(quantile(waits, 0.99), 1905)
  })
})

describe('quantiles and slopes', () => {
  it('are those of the values', () => {
    assert.deepEqual(
      [0, 0.5, 0.51, 1].map((part) => quantile([1, 2, 3, 4], part)),
      [1, 2, 3, 4],
    )
    assert.ok(Number.isNaN(quantile([], 0.5)))
    assert.deepEqual([...gaps(Float64Array.of(1, 3, 7))], [2, 4])
    assert.equal(slope([0, 1, 2].map((x) => ({ x, y: 3 * x + 1 }))), 3)
    assert.equal(slope([]), 0)
  })
})
