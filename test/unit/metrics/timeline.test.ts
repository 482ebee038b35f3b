import assert from 'node:assert/strict'
import { Timeline } from '../../../src/metrics/timeline.ts'
import type { WindowBatch } from '../../../src/metrics/window.ts'
import { batch, counts, encoded, participant, window } from './fixtures.ts'

describe('Timeline', () => {
  const seconds = 40
  const participants = ['a', 'b', 'c'].map((bootId) => participant(bootId, { lastSequence: seconds - 1 }))
  const batches = participants.flatMap(({ bootId }, node) =>
    Array.from({ length: seconds }, (_, sequence) =>
      batch(
        bootId,
        sequence,
        window({
          counts: counts({ sent: 2, succeeded: 2 }),
          latency: encoded(1000 * (sequence + 1), 1000 * (sequence + 1) + 100 * node),
          lateness: encoded(sequence, 10 * sequence + node),
        }),
      ),
    ),
  )
  const pointsOf = (given: readonly WindowBatch[]) => {
    const timeline = new Timeline(participants)
    for (const { sequence, windows } of given) timeline.add(sequence, windows)
    return timeline.points(seconds)
  }

  it('is the same by second, by node, backwards and with seconds unfinished', () => {
    const bySecond = batches.toSorted((one, other) => one.sequence - other.sequence)
    const expected = pointsOf(bySecond)
    assert.deepEqual(expected[9], {
      at: 9000,
      scheduled: 6,
      sent: 6,
      succeeded: 6,
      failed: 0,
      dropped: 0,
      rate: 6,
      p50: 10.007,
      p99: 10.2,
      latenessP50: 0.009,
      latenessP99: 0.092,
    })
    assert.deepEqual(pointsOf(batches), expected)
    assert.deepEqual(pointsOf(batches.toReversed()), expected)
    const unfinished = batches.filter(({ bootId, sequence }) => bootId !== 'b' || sequence % 3 !== 0)
    assert.deepEqual(
      pointsOf(unfinished.toReversed()),
      pointsOf(unfinished.toSorted((a, b) => a.sequence - b.sequence)),
    )
  })
})
