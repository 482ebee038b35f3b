import assert from 'node:assert/strict'
import fc from 'fast-check'
import { planArrivals } from '../../src/load/arrivals.ts'
import { createProfile } from '../../src/load/profile.ts'
import { reviseProfile } from '../../src/load/revised-profile.ts'
import { planUsers } from '../../src/load/user-plan.ts'
import { allSlots, lengthOf, openLoads, read } from './load-arbitrary.ts'

/** Changes as parts of the profile's length; made into whole milliseconds in order. */
const changes = fc.array(
  fc.record({
    part: fc.double({ min: 0, max: 1.1, noNaN: true }),
    value: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 300 })),
  }),
  { minLength: 1, maxLength: 4 },
)

const revisionsOf = (lengthMs: number, list: readonly { part: number; value: number }[]) =>
  list.map(({ part, value }) => ({ at: Math.ceil(part * lengthMs), value })).sort((a, b) => a.at - b.at)

for (const arrivals of ['even', 'poisson'] as const) {
  describe(`${arrivals} arrivals of a load that is changed`, () => {
    it('are those of the load before up to the change, to the bit, and go on from their count', () => {
      fc.assert(
        fc.property(openLoads(arrivals), changes, fc.integer(), (load, list, seed) => {
          const revisions = revisionsOf(lengthOf(load), list)
          const last = revisions.at(-1)!
          const before = read(planArrivals(load, 3, seed, revisions.slice(0, -1)).cursor(allSlots(3), 0))
          const plan = planArrivals(load, 3, seed, revisions)
          const after = read(plan.cursor(allSlots(3), 0))
          const same = before.filter(({ at }) => at < last.at)
          assert.deepEqual(after.slice(0, same.length), same)
          for (const [i, arrival] of after.entries()) {
            const earlier = after[i - 1]
            if (earlier !== undefined) assert.ok(arrival.at >= earlier.at && arrival.index > earlier.index)
            if (i >= same.length) assert.ok(arrival.at >= last.at && arrival.at < lengthOf(load))
            if (arrivals === 'even') assert.deepEqual([arrival.index, arrival.slot], [i, i % 3])
          }
          assert.equal(plan.count(0, Number.POSITIVE_INFINITY), after.length)
          assert.equal(plan.count(0, last.at), same.length)
          if (arrivals === 'poisson' || last.value === 0) return
          for (const [i, { at }] of after.entries()) {
            if (i > same.length) assert.ok(Math.abs(at - after[i - 1]!.at - 1000 / last.value) < 1e-3)
          }
        }),
        { numRuns: 150 },
      )
    })
  })
}

describe('a profile that is changed', () => {
  it('says of every time what it was changed to last', () => {
    fc.assert(
      fc.property(openLoads('even'), changes, fc.double({ min: 0, max: 1, noNaN: true }), (load, list, part) => {
        const revisions = revisionsOf(lengthOf(load), list)
        const profile = reviseProfile(createProfile(load), revisions)
        const ms = part * lengthOf(load)
        const last = revisions.findLast(({ at }) => at <= ms)
        const expected = ms >= lengthOf(load) ? 0 : (last?.value ?? createProfile(load).rateAt(ms))
        assert.equal(profile.rateAt(ms), expected)
        assert.ok(profile.peakWithin(ms, ms + 1) >= expected && profile.peakRate >= expected)
      }),
    )
  })

  it('has the first users there, as many as were asked for last, to the end', () => {
    const load = { warmupMs: 100, repeat: 1, segments: [{ durationMs: 900, fromUsers: 4, toUsers: 4 }] }
    const plan = planUsers(load, [
      { at: 300, value: 6 },
      { at: 600, value: 1 },
    ])
    const at = (ms: number) => Array.from({ length: 8 }, (_, user) => plan.presentFrom(user, ms))
    const never = Number.POSITIVE_INFINITY
    assert.deepEqual(at(50), [50, 50, 50, 50, 300, 300, never, never])
    assert.deepEqual(at(400), [400, 400, 400, 400, 400, 400, never, never])
    assert.deepEqual(at(700), [700, never, never, never, never, never, never, never])
    assert.deepEqual(at(1000).slice(0, 1), [never])
  })
})
