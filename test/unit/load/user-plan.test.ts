import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createProfile } from '../../../src/load/profile.ts'
import { planUsers } from '../../../src/load/user-plan.ts'
import type { UserSegment } from '../../../src/suite/spec.ts'

const NEVER = Number.POSITIVE_INFINITY

const users = (durationMs: number, fromUsers: number, toUsers = fromUsers): UserSegment => ({
  durationMs,
  fromUsers,
  toUsers,
})

describe('the plan of users', () => {
  const hill = planUsers({ warmupMs: 0, repeat: 1, segments: [users(1000, 0, 10), users(500, 10), users(2000, 10, 0)] })

  it('begins them evenly over a ramp, in the order of their numbers', () => {
    const begins = Array.from({ length: 11 }, (_, user) => hill.presentFrom(user, 0))
    assert.deepEqual(begins, [50, 150, 250, 350, 450, 550, 650, 750, 850, 950, NEVER])
  })

  it('ends them in the opposite order', () => {
    for (let user = 0; user < 10; user++) {
      const end = 1500 + (10 - user - 0.5) * 200
      assert.equal(hill.presentFrom(user, end - 0.001), end - 0.001)
      assert.equal(hill.presentFrom(user, end + 0.001), NEVER)
    }
  })

  it('lets them come again in later stages and rounds', () => {
    const plan = planUsers({ warmupMs: 100, repeat: 3, segments: [users(100, 0, 2), users(100, 1), users(50, 3)] })
    assert.deepEqual(
      [0, 100, 160, 199, 201, 351].map((ms) => plan.presentFrom(1, ms)),
      [0, 175, 175, 199, 300, 425],
    )
    assert.equal(plan.presentFrom(1, 700), 800)
    assert.equal(plan.presentFrom(2, 0), 300)
    assert.equal(plan.presentFrom(2, 849.5), 849.5)
    assert.equal(plan.presentFrom(0, 850), NEVER)
  })

  it('warms up with the users it begins with, or those it goes to', () => {
    const begins = (...segments: UserSegment[]) => planUsers({ warmupMs: 10, repeat: 1, segments }).presentFrom(4, 0)
    assert.equal(begins(users(100, 5, 1)), 0)
    assert.equal(begins(users(100, 0, 5)), 0)
    assert.equal(begins(users(100, 1, 5)), 10 + 87.5)
  })

  it('has as many as planned at any time, and each only then', () => {
    const number = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 }))
    const segment = fc.tuple(fc.integer({ min: 1, max: 5000 }), number, number).map((each) => users(...each))
    fc.assert(
      fc.property(
        fc.record({
          warmupMs: fc.constantFrom(0, 700),
          segments: fc.array(segment, { minLength: 1, maxLength: 5 }),
          repeat: fc.integer({ min: 1, max: 3 }),
        }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (source, part) => {
          const plan = planUsers(source)
          const segments = source.segments.map(({ durationMs, fromUsers, toUsers }) => ({
            durationMs,
            fromRate: fromUsers,
            toRate: toUsers,
          }))
          const planned = createProfile({ ...source, segments })
          const ms = part * planned.totalMs
          fc.pre(ms < planned.totalMs)
          const number = planned.rateAt(ms)
          for (let user = 0; user < 41; user++) {
            const from = plan.presentFrom(user, ms)
            if (Math.abs(number - user - 0.5) > 1e-6) assert.equal(from === ms, number > user + 0.5, `user ${user}`)
            if (from === NEVER || from === planned.totalMs) continue
            assert.ok(from >= ms)
            // Asking again at the time that was given must not put it off.
            assert.equal(plan.presentFrom(user, from), from)
            const between = ms + (from - ms) / 2
            if (planned.rateAt(between) < user + 0.5 - 1e-6) assert.equal(plan.presentFrom(user, between), from)
          }
        },
      ),
    )
  })
})
