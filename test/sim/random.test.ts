import assert from 'node:assert/strict'
import type { Instant } from '../../src/base/clock.ts'
import type { Input } from '../../src/coordination/io.ts'
import type { CoreState } from '../../src/coordination/state.ts'
import { step } from '../../src/coordination/step.ts'
import { drawPlan } from './draw-plan.ts'
import { playPlan, playSeed } from './history.ts'
import type { Core } from './sim-node.ts'

/** A set that is always the same; one that never is, is what the soak plays. */
const FIXED_FROM = 50_000
const FIXED = 1500

const RARELY_FROM = 60_000
const RARELY = 200

/** Four nodes then hear each other's heartbeats as a hundred and sixty do, and call the roll before an election. */
const RARELY_SHARE_MS = 400

function rarelyHeard(state: CoreState, input: Input, now: Instant) {
  const { config } = state
  if (config.timing.followerShareMs === RARELY_SHARE_MS) return step(state, input, now)
  const timing = { ...config.timing, followerShareMs: RARELY_SHARE_MS }
  return step({ ...state, config: { ...config, timing } }, input, now)
}

/** The seed, and what it broke, is in the message of whatever fails. */
function holds(seed: number, core: Core = step): void {
  const { violation } = playSeed(seed, { core })
  if (violation !== null) throw violation
}

describe('random histories', () => {
  it('keep every invariant, over a fixed set', function () {
    this.timeout(120_000)
    for (let seed = FIXED_FROM; seed < FIXED_FROM + FIXED; seed++) holds(seed)
  })

  it('keep them too where followers speak to each other as rarely as among many', function () {
    this.timeout(60_000)
    for (let seed = RARELY_FROM; seed < RARELY_FROM + RARELY; seed++) holds(seed, rarelyHeard)
  })

  it('are replayed exactly by their seed, and by their plan as text', () => {
    const plan = drawPlan(77)
    const traces = [plan, plan, JSON.parse(JSON.stringify(plan)) as typeof plan].map((each) => {
      return playPlan(each, { trace: true }).world.trace.join('\n')
    })
    assert.ok(traces[0]!.length > 0)
    assert.equal(traces[0], traces[1])
    assert.equal(traces[0], traces[2])
  })

  it('never see the core change a state or an input it was given', () => {
    const frozen = new WeakSet<object>()
    for (const seed of [3, 50, 77, 102]) {
      playSeed(seed, {
        core: (state: CoreState, input: Input, now) => {
          deepFreeze(input, frozen)
          return step(deepFreeze(state, frozen), input, now)
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
