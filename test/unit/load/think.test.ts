import assert from 'node:assert/strict'
import { pauseKey, pauseLength } from '../../../src/load/think.ts'
import type { Pause } from '../../../src/suite/journey-spec.ts'

const COUNT = 20_000

function drawn(pause: Pause): { readonly mean: number; readonly stddev: number; readonly all: readonly number[] } {
  const all = Array.from({ length: COUNT }, (_, index) => pauseLength(pause, pauseKey(7, index, -1, 0)))
  const mean = all.reduce((a, b) => a + b, 0) / COUNT
  return { mean, stddev: Math.sqrt(all.reduce((sum, each) => sum + (each - mean) ** 2, 0) / COUNT), all }
}

describe('think times', () => {
  it('are constant, or have the distribution asked for', () => {
    assert.deepEqual(new Set(drawn({ kind: 'constant', ms: 30 }).all), new Set([30]))
    const uniform = drawn({ kind: 'uniform', minMs: 100, maxMs: 300 })
    assert.ok(Math.abs(uniform.mean - 200) < 2 && Math.abs(uniform.stddev - 200 / Math.sqrt(12)) < 1)
    assert.ok(uniform.all.every((ms) => ms >= 100 && ms < 300))
    const normal = drawn({ kind: 'normal', meanMs: 1000, stddevMs: 100 })
    assert.ok(Math.abs(normal.mean - 1000) < 4 && Math.abs(normal.stddev - 100) < 3)
    const below = normal.all.filter((ms) => ms < 900).length / COUNT
    assert.ok(Math.abs(below - 0.1587) < 0.01)
  })

  it('are never negative', () => {
    const { all } = drawn({ kind: 'normal', meanMs: 10, stddevMs: 100 })
    assert.ok(all.every((ms) => ms >= 0) && all.includes(0))
  })

  it('differ by iteration, user and step, and are the same again for the same', () => {
    const keys = new Set<number>()
    for (const index of [0, 1, 2, 2 ** 32, 2 ** 33]) {
      for (const user of [-1, 0, 1]) for (const position of [0, 1, 2]) keys.add(pauseKey(1, index, user, position))
    }
    assert.equal(keys.size, 45)
    assert.equal(pauseKey(1, 5, 2, 0), pauseKey(1, 5, 2, 0))
  })
})
