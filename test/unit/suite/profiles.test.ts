import assert from 'node:assert/strict'
import { parseSuite } from '../../../src/suite/parse.ts'
import type { OpenLoad } from '../../../src/suite/spec.ts'

const parse = (load: string) =>
  parseSuite({ format: 'yaml', text: `name: s\nscenarios: [{ name: a, load: ${load}, http: "http://h/" }]` })

function loadOf(text: string): OpenLoad {
  const result = parse(text)
  assert.ok(result.ok, JSON.stringify(result))
  const { load } = result.suite.scenarios[0]!
  assert.ok(load.model === 'open')
  return load
}

const problemsOf = (text: string) => {
  const result = parse(text)
  return result.ok
    ? []
    : result.problems.map(({ path, message, hint }) => {
        assert.ok(hint, message)
        return `${path.replace('scenarios[0].load', '')}: ${message}`
      })
}

const flat = (durationMs: number, rate: number) => ({ durationMs, fromRate: rate, toRate: rate })

describe('stages of users', () => {
  it('lead from one number to the next, from 0 at first', () => {
    const result = parse(
      '{ stages: [{ duration: 2s, users: 9 }, { duration: 0, users: 3 }, { duration: 1s, users: 0 }], repeat: 2, thinkTime: 1s }',
    )
    assert.ok(result.ok, JSON.stringify(result))
    assert.deepEqual(result.suite.scenarios[0]!.load, {
      model: 'closed',
      warmupMs: 0,
      users: 9,
      segments: [
        { durationMs: 2000, fromUsers: 0, toUsers: 9 },
        { durationMs: 1000, fromUsers: 3, toUsers: 0 },
      ],
      repeat: 2,
      durationMs: 6000,
      thinkTimeMs: 1000,
    })
    assert.equal(result.suite.durationMs, 6000)
  })

  it('say all that is wrong with them', () => {
    const cases: readonly (readonly [load: string, ...problems: string[]])[] = [
      ['{ stages: [{ duration: 1s, users: 1, rate: 1/s }] }', '.stages[0]: a rate and users are given together'],
      [
        '{ stages: [{ duration: 1s, users: 1 }, { duration: 1s, users: 1 }, { duration: 1s, rate: 1/s }] }',
        '.stages[2].rate: rate in a stage, where others have users',
      ],
      [
        '{ stages: [{ duration: 1s, rate: 1/s }, { duration: 1s, users: 1 }, { duration: 1s }] }',
        '.stages[1].users: users in a stage, where others have a rate',
        '.stages[2].rate: missing',
      ],
      ['{ stages: [{ duration: 1s, users: 1 }, { duration: 1s }] }', '.stages[1].users: missing'],
      ['{ stages: [{ duration: 1s, users: 0 }, { duration: 0, users: 5 }] }', '.stages: there is never a user'],
      ['{ stages: [{ duration: 0s, users: 1 }] }', '.stages: the stages last no time'],
      ['{ stages: [{ duration: 1s, users: 1.5 }] }', '.stages[0].users: expected a whole number, got 1.5'],
      ['{ stages: [{ duration: 1s, user: 1 }] }', '.stages[0].user: user: unknown, did you mean `users`?'],
      [
        '{ stages: [{ duration: 1s, users: 1 }], startRate: 1/s, arrivals: even, maxInFlight: 5 }',
        '.startRate: startRate does not go with `stages` of users: only `stages` start from a rate',
        '.arrivals: arrivals does not go with `stages` of users: users arrive when their answers have come',
        '.maxInFlight: maxInFlight does not go with `stages` of users: each user has at most one request in flight',
      ],
      [
        '{ stages: [{ duration: 1s, rate: 1/s }], startUsers: 1 }',
        '.startUsers: startUsers does not go with `stages`: only `stages` of users start from a number of them',
      ],
      [
        '{ stages: [{ duration: 13h, users: 1 }], repeat: 2 }',
        ': warm-up and all rounds of the load last 26h together',
      ],
    ]
    for (const [load, ...problems] of cases) assert.deepEqual(problemsOf(load).sort(), [...problems].sort(), load)
  })
})

describe('profiles', () => {
  it('ramp', () => {
    assert.deepEqual(loadOf('{ profile: { ramp: { from: 10/s, to: 0 } }, duration: 5s }').segments, [
      { durationMs: 5000, fromRate: 10, toRate: 0 },
    ])
  })

  it('go up and down in steps, the last of which may be shorter or last longer', () => {
    const steps = (text: string) => loadOf(`{ profile: { steps: { ${text}`).segments
    assert.deepEqual(steps('from: 1/s, to: 3/s, step: 1/s, every: 2s } } }'), [
      flat(2000, 1),
      flat(2000, 2),
      flat(2000, 3),
    ])
    assert.deepEqual(steps('from: 5/s, to: 0, step: 3/s, every: 1s } }, duration: 10s }'), [
      flat(1000, 5),
      flat(1000, 2),
      flat(8000, 0),
    ])
    assert.equal(steps('from: 0, to: 1/s, step: 6/m, every: 1s } } }').length, 11)
  })

  it('spike, at once or within a time', () => {
    const spike = (text: string) => loadOf(`{ profile: { spike: { base: 1/s, peak: 9/s, ${text} } }, duration: 10s }`)
    assert.deepEqual(spike('at: 2s, length: 3s').segments, [flat(2000, 1), flat(3000, 9), flat(5000, 1)])
    assert.deepEqual(spike('at: 0s, length: 3s, ramp: 1s').segments, [
      { durationMs: 1000, fromRate: 1, toRate: 9 },
      flat(3000, 9),
      { durationMs: 1000, fromRate: 9, toRate: 1 },
      flat(5000, 1),
    ])
    assert.deepEqual(spike('at: 7s, length: 3s').segments, [flat(7000, 1), flat(3000, 9)])
  })

  it('swing like a sine', () => {
    assert.deepEqual(loadOf('{ profile: { sine: { min: 0, max: 9/s, period: 1m } }, duration: 1h }').segments, [
      { durationMs: 3_600_000, minRate: 0, maxRate: 9, periodMs: 60_000 },
    ])
  })

  it('go from point to point, in lines or in steps', () => {
    const points =
      'custom: [{ at: 0s, rate: 1/s }, { at: 2s, rate: 5/s }, { at: 2s, rate: 3/s }, { at: 3s, rate: 0/s }]'
    assert.deepEqual(loadOf(`{ profile: { ${points} } }`).segments, [
      { durationMs: 2000, fromRate: 1, toRate: 5 },
      { durationMs: 1000, fromRate: 3, toRate: 0 },
    ])
    const held = loadOf(`{ profile: { ${points}, interpolate: step }, duration: 10s }`).segments
    assert.deepEqual(held, [flat(2000, 1), flat(1000, 3), flat(7000, 0)])
    assert.deepEqual(loadOf('{ profile: { custom: [{ at: 0, rate: 4/s }] }, duration: 1s }').segments, [flat(1000, 4)])
  })

  it('are repeated, after one warm-up', () => {
    const result = parse('{ profile: { ramp: { from: 0, to: 9/s } }, duration: 5s, repeat: 3, warmup: 2s }')
    assert.ok(result.ok)
    assert.equal(result.suite.durationMs, 17_000)
    assert.equal(loadOf('{ stages: [{ duration: 1s, rate: 1/s }], repeat: 4 }').repeat, 4)
  })

  it('say all that is wrong with them, where, and what to do', () => {
    const cases: readonly (readonly [load: string, ...problems: string[]])[] = [
      ['{ profile: {} }', '.profile: none of `ramp`, `steps`, `spike`, `sine` and `custom` is given'],
      ['{ profile: { spke: {} } }', '.profile.spke: spke: unknown, did you mean `spike`?'],
      [
        '{ profile: { ramp: { from: 1/s, to: 2/s }, sine: { min: 1/s, max: 2/s, period: 1s } }, duration: 1s }',
        '.profile: `ramp` and `sine` are given together',
      ],
      ['{ profile: { ramp: { from: 1/s, to: 2/s } } }', '.duration: missing beside `ramp`'],
      ['{ profile: { ramp: { from: 0, to: 0 } }, duration: 1s }', '.profile.ramp: the rate never rises above 0/s'],
      [
        '{ profile: { spike: { base: 5/s, peak: 5/s, at: 9s, length: 5s } }, duration: 10s }',
        '.profile.spike.peak: the peak is not above the base',
        '.profile.spike: the spike ends 14s after the start, the load after 10s',
      ],
      [
        '{ profile: { spike: { base: 5, peak: 50/s, at: 9s, length: 5s } }, duration: 10s }',
        '.profile.spike.base: 5 has no unit of time',
        '.profile.spike: the spike ends 14s after the start, the load after 10s',
      ],
      [
        '{ profile: { sine: { min: 5/s, max: 5/s, period: 0s } }, duration: 1s }',
        '.profile.sine.period: 0s is not allowed: it must be above 0',
        '.profile.sine.max: the maximum is not above the minimum',
      ],
      [
        '{ profile: { steps: { from: 1/s, to: 1/s, step: 1/s, every: 1s } } }',
        '.profile.steps.to: the last step is the first',
      ],
      [
        '{ profile: { steps: { from: 1/s, to: 9/s, step: 1/s, every: 1s } }, duration: 8s }',
        '.profile.steps.every: 9 steps of 1s last longer than the duration, 8s',
      ],
      ['{ profile: { steps: { from: 1/s, to: 9000/s, step: 1/s, every: 1s } } }', '.profile.steps.step: 9000 steps'],
      ['{ profile: { custom: [{ at: 1s, rate: 1/s }] } }', '.profile.custom[0].at: the first point is not at 0s'],
      [
        '{ profile: { custom: [{ at: 0, rate: 1/s }, { at: 2s, rate: 1/s }, { at: 1s, rate: 1 }] } }',
        '.profile.custom[2].rate: 1 has no unit of time',
        '.profile.custom[2].at: earlier than the point before it',
      ],
      ['{ profile: { custom: [{ at: 0, rate: 1/s }] } }', '.profile.custom: the points last no time'],
      [
        '{ profile: { custom: [{ at: 0, rate: 1/s }, { at: 9s, rate: 1/s }] }, duration: 8s }',
        '.profile.custom: the points go on to 9s, the load ends after 8s',
      ],
      [
        '{ profile: { custom: [{ at: 0, rate: 0 }, { at: 9s, rate: 1/s }], interpolate: step } }',
        '.profile.custom: the rate never rises above 0/s',
      ],
      [
        '{ profile: { ramp: { from: 1/s, to: 2/s }, interpolate: step }, duration: 1s }',
        '.profile.interpolate: interpolate does not go with `ramp`: it says what is between the points of `custom`',
      ],
      [
        '{ rate: 1/s, duration: 1s, repeat: 2 }',
        '.repeat: repeat does not go with `rate`: a longer `duration` is the same',
      ],
      [
        '{ profile: { ramp: { from: 1/s, to: 2/s } }, duration: 1h, repeat: 25 }',
        ': warm-up and all rounds of the load last 25h together',
      ],
      ['{ profile: { steps: { from: 1/s, to: 9/s, step: 1/s, every: 3h } } }', ': warm-up and load last 27h together'],
      ['{ profile: 5, duration: 1s }', '.profile: expected a map, got 5'],
      [
        '{ profile: { ramp: { from: 1/s, to: 2/s } }, duration: 1s, startRate: 1/s, thinkTime: 1s }',
        '.startRate: startRate does not go with `profile`: only `stages` start from a rate',
        '.thinkTime: thinkTime does not go with `profile`: only `users` think',
      ],
    ]
    for (const [load, ...problems] of cases) assert.deepEqual(problemsOf(load).sort(), [...problems].sort(), load)
  })
})
