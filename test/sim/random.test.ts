import assert from 'node:assert/strict'
import type { Input } from '../../src/coordination/io.ts'
import type { CoreState } from '../../src/coordination/state.ts'
import { step } from '../../src/coordination/step.ts'
import { playHistory } from './history.ts'

/** Seeds that once broke something, kept for good. */
const KEPT = [
  [19, 'a node cut off from the end of a run hears of it afterwards'],
  [83, 'a node paused past its lease and past the end fires nothing when it wakes'],
  [102, 'threads that hold slots of an earlier plan let go of them before the start'],
  [155, 'a node does not leave before others hold its windows'],
  [1167, 'a node that is in no share of a run does not start it'],
  [1899, 'windows made while cut off are asked for before their node leaves'],
  [4195, 'a node that joins after the end learns of the run although its greeting was lost'],
  [4317, 'a new coordinator does not plan a run anew while somebody has its table'],
  [4427, 'shares reach the threads in order'],
  [4527, 'nobody fires before a majority knows the start'],
  [5691, 'a lease lapsed under one coordinator is not renewed by the next'],
  [700120, 'a share lost before it began is not given out before it begins'],
] as const

const FRESH = 200

describe('random histories', () => {
  for (const [seed, what] of KEPT) {
    it(`seed ${seed}: ${what}`, () => {
      playHistory(seed)
    })
  }

  it('keep every invariant, over a fixed set', function () {
    this.timeout(120_000)
    for (let seed = 50_000; seed < 50_400; seed++) playHistory(seed)
  })

  it('keep every invariant, over fresh seeds', function () {
    this.timeout(120_000)
    // The seed is in the message of whatever fails.
    const from = Math.floor(Math.random() * 2 ** 31)
    for (let seed = from; seed < from + FRESH; seed++) playHistory(seed)
  })

  it('are replayed exactly by their seed', () => {
    const traces = [1, 2].map(() => playHistory(77, { trace: true }).world.trace.join('\n'))
    assert.equal(traces[0], traces[1])
    assert.ok(traces[0]!.length > 0)
  })

  it('never see the core change a state or an input it was given', () => {
    const frozen = new WeakSet<object>()
    for (const seed of [3, 50, 77, 102]) {
      playHistory(seed, {
        core: (state: CoreState, input: Input, now) => {
          deepFreeze(input, frozen)
          const result = step(deepFreeze(state, frozen), input, now)
          return result
        },
      })
    }
  })
})

/** Maps cannot be frozen: their writing methods are taken away instead. */
function deepFreeze<T>(value: T, seen: WeakSet<object>): T {
  if (typeof value !== 'object' || value === null || seen.has(value)) return value
  seen.add(value)
  if (value instanceof Map || value instanceof Set) {
    const refuse = () => {
      throw new TypeError('written to')
    }
    for (const method of ['set', 'add', 'delete', 'clear']) {
      if (method in value) Object.defineProperty(value, method, { value: refuse })
    }
    for (const item of value.values()) deepFreeze(item, seen)
  }
  for (const key of Object.keys(value)) deepFreeze((value as Record<string, unknown>)[key], seen)
  return Object.freeze(value)
}
