import assert from 'node:assert/strict'
import { LIMITS } from '../../../src/base/limits.ts'
import { hasIterations } from '../../../src/suite/journey-spec.ts'
import { parseSuite } from '../../../src/suite/parse.ts'
import type { HttpParameters, Scenario } from '../../../src/suite/spec.ts'

const OPEN = '{ rate: 1/s, duration: 1s }'
const CLOSED = '{ users: 2, duration: 1s }'

const echo = { name: 'echo', parameters: { properties: { text: { type: 'string' } } } }

function read(scenario: string, load = OPEN, more = '') {
  const text = `name: s\ntarget: http://h/\n${more}\nscenarios:\n  - name: a\n    load: ${load}\n${scenario.replaceAll(/^/gm, '    ')}`
  return parseSuite({ text, format: 'yaml' }, { tasks: [echo] })
}

function parsed(scenario: string, load?: string, more?: string): Scenario {
  const result = read(scenario, load, more)
  if (!result.ok) assert.fail(JSON.stringify(result.problems, null, 1))
  return result.suite.scenarios[0]!
}

function problems(scenario: string, load?: string): string[] {
  const result = read(scenario, load)
  assert.ok(!result.ok)
  for (const { hint } of result.problems) assert.ok(hint)
  return result.problems.map(({ path, message }) => `${path}: ${message}`)
}

describe('journeys in a suite', () => {
  it('are steps in order, named after what they fire, with what their groups and scenario give them', () => {
    const { steps, branches } = parsed(`
think: 1s
tags: { team: shop, tier: a }
steps:
  - http: /login
  - { name: cart, http: { method: POST, url: "/cart?x=1" }, think: 0s, tags: { tier: b }, continueOnError: true }
  - group: pay
    repeat: 2
    think: { uniform: [1s, 2s] }
    steps:
      - { http: http://h/login, repeat: 3 }
      - group: confirm
        steps: [{ echo: { text: x }, think: { normal: { mean: 1s, stddev: 200ms } } }]
  - http: { method: DELETE, url: "/a%7Bb/x" }
`)
    assert.deepEqual(
      steps.map(({ name, group, repeat, think }) => [name, group, repeat, think]),
      [
        ['GET /login', '', 1, { kind: 'constant', ms: 1000 }],
        ['cart', '', 1, null],
        ['GET /login (2)', 'pay', 3, { kind: 'uniform', minMs: 1000, maxMs: 2000 }],
        ['echo', 'pay/confirm', 1, { kind: 'normal', meanMs: 1000, stddevMs: 200 }],
        ['DELETE /a%7Bb/x', '', 1, { kind: 'constant', ms: 1000 }],
      ],
    )
    assert.deepEqual(branches, [{ weight: 1, steps: [0, 1, 2, 3, 2, 3, 4] }])
    assert.deepEqual(steps[1]!.tags, { team: 'shop', tier: 'b' })
    assert.deepEqual(
      steps.map(({ continueOnError }) => continueOnError),
      [false, true, false, false, false],
    )
    assert.deepEqual(steps[3]!.task, { type: 'echo', parameters: { text: 'x' } })
  })

  it('may leave out groups, in each of their rounds', () => {
    const { branches } = parsed(`
steps:
  - http: /a
  - group: g
    when: { value: "{{node}}", below: 3 }
    repeat: 2
    steps: [{ http: /b }, { group: h, when: "{{iteration}}", steps: [{ http: /c }] }]`)
    const [outer, inner] = [
      { template: '{{node}}', test: { kind: 'below', number: 3 } },
      { template: '{{iteration}}', test: { kind: 'exists' } },
    ]
    assert.deepEqual(branches, [
      {
        weight: 1,
        steps: [0, 1, 2, 1, 2],
        guards: [
          { at: 1, to: 3, when: outer },
          { at: 2, to: 3, when: inner },
          { at: 3, to: 5, when: outer },
          { at: 4, to: 5, when: inner },
        ],
      },
    ])
    assert.deepEqual(problems('steps: [{ group: g, when: "{{nothing}}", steps: [{ http: /b }] }]'), [
      'scenarios[0].steps[0].when: {{nothing}}: there is no such value',
    ])
  })

  it('are mixes of tasks and of lists of steps', () => {
    const scenario = parsed(
      `
pacing: 5s
mix:
  - { weight: 70, http: /cart, repeat: 2 }
  - { weight: 30, name: buy, steps: [{ http: /cart }, { http: /buy }] }`,
      CLOSED,
    )
    assert.deepEqual(scenario.branches, [
      { weight: 70, steps: [0] },
      { weight: 30, steps: [1, 2] },
    ])
    assert.deepEqual(
      scenario.steps.map(({ name, group }) => [name, group]),
      [
        ['GET /cart', ''],
        ['GET /cart (2)', 'buy'],
        ['GET /buy', 'buy'],
      ],
    )
    assert.equal(scenario.pacingMs, 5000)
  })

  it('give every request the nearest credentials', () => {
    const { steps } = parsed(
      `
auth: { bearer: env:SCENARIO }
steps:
  - http: { url: /a, auth: { bearer: env:REQUEST } }
  - { http: /b, auth: none }
  - { group: g, auth: { bearer: env:GROUP }, steps: [{ http: /c }, { http: /d, auth: { bearer: env:STEP } }] }
  - http: /e`,
      OPEN,
      'auth: { bearer: env:SUITE }',
    )
    assert.deepEqual(
      steps.map(({ task }) => {
        const { auth } = task.parameters as unknown as HttpParameters
        return auth === undefined ? null : [auth.path, auth.sent]
      }),
      [
        ['scenarios[0].steps[0].http.auth', { scheme: 'bearer', token: 'env:REQUEST' }],
        null,
        ['scenarios[0].steps[2].auth', { scheme: 'bearer', token: 'env:GROUP' }],
        ['scenarios[0].steps[2].steps[1].auth', { scheme: 'bearer', token: 'env:STEP' }],
        ['scenarios[0].auth', { scheme: 'bearer', token: 'env:SCENARIO' }],
      ],
    )
  })

  it('count iterations where these may be other than one request', () => {
    assert.equal(hasIterations(parsed('http: /a')), false)
    assert.equal(hasIterations(parsed('steps: [{ http: /a }]')), false)
    assert.equal(hasIterations(parsed('mix: [{ weight: 1, http: /a }]')), false)
    assert.equal(hasIterations(parsed('steps: [{ http: /a, repeat: 2 }]')), true)
    assert.equal(hasIterations(parsed('steps: [{ group: g, repeat: 2, steps: [{ http: /a }] }]')), true)
    assert.equal(hasIterations(parsed('mix: [{ weight: 1, http: /a }, { weight: 1, http: /b }]')), true)
  })

  it('refuse what does not go together, each with a hint', () => {
    assert.deepEqual(problems('http: /a\nsteps: [{ http: /b }]'), ['scenarios[0]: http and steps are given together'])
    assert.deepEqual(problems('mix: []'), ['scenarios[0].mix: has 0 entries'])
    assert.deepEqual(problems('http: /a\nthink: 1s\npacing: 1s'), [
      'scenarios[0].pacing: pacing goes with `users` only: in an open load the rate says when iterations begin',
      'scenarios[0].think: think goes with `steps` and `mix`: there is no step after the only one',
    ])
    assert.deepEqual(
      problems(`
steps:
  - { http: /a, name: x }
  - { steps: [{ http: /b }] }
  - { group: g, name: n, steps: [{ http: /b, name: x }, {}] }
  - { group: g }
  - { group: g, http: /b }
  - { http: /a, echo: {} }
  - { http: /a, think: { uniform: [2s, 1s] }, tags: { step: a, "a b": c } }`),
      [
        'scenarios[0].steps[1]: steps within steps are a group, and this one has no name',
        'scenarios[0].steps[2].name: the name of a group is in `group`',
        'scenarios[0].steps[2].steps[0].name: "x" is already the name of scenarios[0].steps[0]',
        'scenarios[0].steps[2].steps[1]: there is nothing to fire: no `http` or `echo`',
        'scenarios[0].steps[3]: the group has no `steps`',
        'scenarios[0].steps[4].group: a group has `steps`, not a task',
        'scenarios[0].steps[5]: several tasks are given: http and echo',
        'scenarios[0].steps[6].think.uniform: the least time is above the most',
        'scenarios[0].steps[6].tags.step: step is no name for a tag: selectors use it for something else',
        'scenarios[0].steps[6].tags["a b"]: "a b" is not a name of a tag',
      ],
    )
  })

  it('refuse weights, names and sizes out of range', () => {
    assert.deepEqual(problems('mix: [{ weight: 0, http: /a }, { http: /b }]'), [
      'scenarios[0].mix[0].weight: 0 is out of range',
      'scenarios[0].mix[1].weight: missing',
    ])
    assert.deepEqual(problems('mix: [{ weight: 9999, http: /a }, { weight: 10000, http: /b }]'), [
      'scenarios[0].mix: the weights add up to 19999, what they have in common divided out',
    ])
    assert.deepEqual(problems('steps: [{ name: "of {{user}}", http: /a }]'), [
      'scenarios[0].steps[0].name: "of {{user}}" has a template, but a name is the same for all iterations',
    ])
    const many = Array.from({ length: 60 }, () => '{ http: /a }').join(', ')
    const groups = `steps: [{ group: g, steps: [${many}] }, { group: h, steps: [${many}] }]`
    assert.deepEqual(problems(groups), [`scenarios[0]: 120 steps; at most ${LIMITS.steps} are allowed`])
    const deep = 'steps: [{ group: g, repeat: 1000, steps: [{ http: /a, repeat: 11 }] }]'
    assert.deepEqual(problems(deep), ['scenarios[0].steps: an iteration takes 11000 steps, repetitions included'])
  })
})
