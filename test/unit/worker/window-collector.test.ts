import assert from 'node:assert/strict'
import fc from 'fast-check'
import { LIMITS } from '../../../src/base/limits.ts'
import { Histogram } from '../../../src/metrics/histogram.ts'
import { type Window, ZERO_COUNTS } from '../../../src/metrics/window.ts'
import { THREAD_LOST, WindowCollector } from '../../../src/worker/window-collector.ts'
import { mergeWindows } from '../../../src/worker/window-merge.ts'
import { packWindows } from '../../../src/worker/window-posting.ts'
import { window } from '../metrics/fixtures.ts'

const histogramOf = (...values: number[]) => {
  const histogram = Histogram.forSecond()
  for (const value of values) histogram.record(value)
  return histogram.encode()
}

const sentOf = (sent: number, succeeded = 0) => ({ ...ZERO_COUNTS, scheduled: sent, sent, succeeded })

describe('collecting the windows of threads', () => {
  const collect = (threads: readonly number[], first = 0) => {
    const batches: [number, readonly Window[]][] = []
    const collector = new WindowCollector(threads, (sequence, windows) => batches.push([sequence, windows]))
    collector.begin(first)
    return { collector, batches, sequences: () => batches.map(([sequence]) => sequence) }
  }

  it('gives out a second once every thread has posted it', () => {
    const { collector, batches, sequences } = collect([0, 1], 4)
    collector.add(0, 4, [window({ counts: sentOf(2) })])
    collector.add(0, 5, [])
    assert.deepEqual(sequences(), [])
    collector.add(1, 4, [window({ counts: sentOf(3) })])
    assert.deepEqual(sequences(), [4])
    assert.equal(batches[0]![1][0]!.counts.sent, 5)
    assert.equal(collector.done, false)
    collector.finish(1)
    assert.deepEqual(sequences(), [4, 5])
    collector.finish(0)
    assert.equal(collector.done, true)
    assert.deepEqual(collector.range, { firstSequence: 4, lastSequence: 5 })
  })

  it('gives out contiguous sequences, each thread posting as it likes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 4 }), fc.nat(), (lengths, seed) => {
        const threads = lengths.map((_, i) => i)
        const { collector, sequences } = collect(threads, 2)
        const left = [...lengths]
        const posted = lengths.map(() => 0)
        let choice = seed
        while (threads.some((thread) => posted[thread]! <= lengths[thread]!)) {
          const open = threads.filter((thread) => posted[thread]! <= lengths[thread]!)
          const thread = open[choice % open.length]!
          choice = (Math.imul(choice, 31) + 7) >>> 0
          if (left[thread]! > 0) collector.add(thread, 2 + posted[thread]!, [])
          else collector.finish(thread)
          left[thread]!--
          posted[thread]!++
        }
        assert.deepEqual(
          sequences(),
          Array.from({ length: Math.max(...lengths) }, (_, i) => 2 + i),
        )
        assert.equal(collector.done, true)
      }),
    )
  })

  it('counts what a lost thread had in flight as failed', () => {
    const { collector, batches } = collect([0, 1])
    collector.add(0, 0, [window({ counts: sentOf(5, 2), warmup: sentOf(4, 3) })])
    collector.add(1, 0, [])
    collector.lose(0)
    collector.add(1, 1, [])
    collector.finish(1)
    const [lost] = batches[1]![1]
    assert.deepEqual([lost!.counts.failed, lost!.warmup.failed, lost!.errors], [3, 1, { [THREAD_LOST]: 3 }])
    assert.deepEqual(collector.range, { firstSequence: 0, lastSequence: 1 })
  })

  it('gives out what was lost even when no other thread posts', () => {
    const { collector, batches } = collect([0])
    collector.add(0, 0, [window({ counts: sentOf(5) })])
    collector.lose(0)
    assert.equal(batches[1]![1][0]!.counts.failed, 5)
    assert.equal(collector.done, true)
  })

  it('has an empty range when nothing was posted', () => {
    const { collector } = collect([0], 7)
    collector.finish(0)
    assert.deepEqual(collector.range, { firstSequence: 0, lastSequence: -1 })
  })
})

describe('merging windows', () => {
  it('adds counts, bytes and histograms, and keeps the earliest and latest send', () => {
    const [merged] = mergeWindows([
      window({
        counts: sentOf(2),
        errors: { timeout: 1 },
        latency: histogramOf(100, 200),
        bytesSent: 5,
        inFlight: 1,
        firstAt: 20,
        lastAt: 30,
      }),
      window({ warmup: sentOf(7) }),
      window({
        counts: sentOf(1),
        errors: { timeout: 2, dns: 1 },
        latency: histogramOf(50),
        bytesSent: 6,
        inFlight: 2,
        firstAt: 10,
        lastAt: 25,
      }),
    ])
    assert.equal(merged!.counts.sent, 3)
    assert.equal(merged!.warmup.sent, 7)
    assert.deepEqual(merged!.errors, { timeout: 3, dns: 1 })
    assert.deepEqual(merged!.latency, histogramOf(50, 100, 200))
    assert.deepEqual([merged!.bytesSent, merged!.inFlight, merged!.firstAt, merged!.lastAt], [11, 3, 10, 30])
  })

  it('keeps scenarios apart, in order', () => {
    const merged = mergeWindows([window({ scenario: 2 }), window({ scenario: 0 }), window({ scenario: 2 })])
    assert.deepEqual(
      merged.map(({ scenario }) => scenario),
      [0, 2],
    )
  })

  it('tells apart only as many kinds of errors as a window may have', () => {
    const errors = (prefix: string) => Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`${prefix}${i}`, 1]))
    const [merged] = mergeWindows([window({ errors: errors('a') }), window({ errors: errors('b') })])
    const counts = Object.values(merged!.errors)
    assert.equal(counts.length, LIMITS.errorKinds)
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      120,
    )
  })

  it('moves histograms into one buffer without changing them', () => {
    const windows = [
      window({ latency: histogramOf(1, 2, 3), serviceTime: histogramOf(5e6) }),
      window({ scenario: 1, lateness: histogramOf(7) }),
    ]
    const { windows: packed, buffer } = packWindows(windows)
    assert.deepEqual(packed, windows)
    for (const { latency, serviceTime, lateness } of packed) {
      for (const { data } of [latency, serviceTime, lateness]) assert.equal(data.buffer, buffer)
    }
  })
})
