import assert from 'node:assert/strict'
import { LIMITS } from '../../../src/base/limits.ts'
import { parseSuite } from '../../../src/suite/parse.ts'
import { divideValues, namedSetupValues } from '../../../src/suite/setup-values.ts'

const login = {
  name: 'login',
  http: '/login',
  extract: {
    token: 'json:$.token',
    region: { from: 'header:region', default: 'eu' },
    session: { from: 'cookie:session', secret: true },
  },
}
const fire = (http: unknown) => [{ name: 's', load: { rate: '1/s', duration: '1s' }, http }]
const bearer = (value: string) => ({ url: '/a', headers: { authorization: `Bearer ${value}` } })

const parse = (more: Record<string, unknown>) => {
  const scenarios = [{ name: 's', load: { rate: '1/s', duration: '1s' }, http: '/a' }]
  const text = JSON.stringify({ name: 'x', target: 'http://127.0.0.1:1', scenarios, ...more })
  return parseSuite({ text, format: 'json' })
}

describe('setup and teardown of a suite', () => {
  it('are steps as those of scenarios, with a time-out', () => {
    const parsed = parse({
      setup: [{ http: '/a' }, { name: 'b', http: '/b' }],
      setupTimeout: '5s',
      teardown: [{ http: '/c' }],
    })
    assert.ok(parsed.ok)
    const { setup, teardown } = parsed.suite
    assert.deepEqual([setup?.steps.map(({ name }) => name), setup?.timeoutMs], [['GET /a', 'b'], 5000])
    assert.deepEqual([teardown?.branches, teardown?.timeoutMs], [[{ weight: 1, steps: [0] }], 60_000])
  })

  it('are told what is wrong with them where it stands', () => {
    const parsed = parse({
      setup: [{ name: 'nothing' }, { http: '/a/{{nobody}}' }],
      teardown: [{ http: '/{{setup.id}}' }],
    })
    assert.ok(!parsed.ok)
    const paths = parsed.problems.map(({ path }) => path)
    assert.ok(
      paths.every((path) => /^(setup\[[01]\]|teardown\[0\])/.test(path)),
      paths.join(),
    )
    assert.equal(paths.length, 3)
  })

  it('give values to scenarios and to the teardown, secrets to the teardown alone', () => {
    const parsed = parse({
      setup: [login, { http: '/{{token}}/{{session}}' }],
      scenarios: [
        ...fire({ url: '/{{setup.region}}', headers: { authorization: 'Bearer {{setup.token}}' } }),
        {
          name: 'journey',
          load: { users: 1, duration: '1s' },
          steps: [{ http: '/', when: '{{setup.token}}', expect: { body: '{{setup.region}}' } }],
        },
      ],
      teardown: [{ http: { url: '/{{setup.token}}', headers: { cookie: 'session={{setup.session}}' } } }],
    })
    assert.ok(parsed.ok, JSON.stringify(parsed))
  })

  const refused: readonly (readonly [string, object, string, RegExp, RegExp])[] = [
    [
      'a name that the setup does not extract',
      { setup: [login], scenarios: fire('/{{setup.tokn}}') },
      'scenarios[0].http',
      /extracts no such value, did you mean \{\{setup\.token\}\}/,
      /it gives setup\.token, setup\.region$/,
    ],
    [
      'a secret in a scenario',
      { setup: [login], scenarios: fire('/{{setup.session}}') },
      'scenarios[0].http',
      /\{\{setup\.session\}\} is secret: it stays on the node/,
      /teardown only/,
    ],
    [
      'a value where there is no setup',
      { scenarios: fire(bearer('{{setup.token}}')) },
      'scenarios[0].http.headers.authorization',
      /no values of a setup here/,
      /steps of `setup` extract them/,
    ],
    [
      'a value of the setup in the setup itself',
      { setup: [login, { http: '/{{setup.token}}' }] },
      'setup[1].http',
      /no values of a setup here/,
      /steps of `setup`/,
    ],
    [
      'a credential that has a default',
      { setup: [login], scenarios: fire(bearer('{{setup.region}}')) },
      'scenarios[0].http.headers.authorization',
      /has a default/,
      /./,
    ],
  ]
  for (const [what, more, path, message, hint] of refused) {
    it(`refuse ${what}`, () => {
      const parsed = parse(more as Record<string, unknown>)
      assert.ok(!parsed.ok)
      const [problem] = parsed.problems
      assert.equal(parsed.problems.length, 1, JSON.stringify(parsed.problems))
      assert.equal(problem?.path, path)
      assert.match(problem.message, message)
      assert.match(problem.hint ?? '', hint)
    })
  }

  it('may extract no more than all nodes can be given, and anything more in secret', () => {
    const step = (from: number, count: number, secret: boolean) => {
      const names = Array.from({ length: count }, (_, i) => [`v${from + i}`, { from: 'status', secret }] as const)
      return { name: `from ${from}`, http: '/a', extract: Object.fromEntries(names) }
    }
    const many = Array.from({ length: LIMITS.setupValues / 8 }, (_, i) => step(8 * i, 8, false))
    assert.ok(parse({ setup: [...many, step(1000, 8, true)] }).ok)
    const parsed = parse({ setup: [...many, step(1000, 1, false)] })
    assert.ok(!parsed.ok)
    assert.deepEqual(
      parsed.problems.map(({ path }) => path),
      ['setup'],
    )
  })

  it('hand on the defaults of steps that were left out, and say what scenarios name and nobody gave', () => {
    const step = (name: string, more: object) => ({ name, http: `/${name}`, when: '{{env.REGION}}', ...more })
    const optional = step('optional', { extract: { cart: { from: 'body', default: 'none' } } })
    const needed = step('needed', { extract: { region: 'body', unused: 'status' } })
    const trying = { name: 'trying', http: '/', continueOnError: true, extract: { id: 'body' } }
    const document = {
      env: ['REGION'],
      setup: [optional, needed, trying],
      scenarios: fire('/{{setup.region}}/{{setup.cart}}'),
    }
    const parsed = parse(document)
    assert.ok(parsed.ok, JSON.stringify(parsed))
    const named = namedSetupValues(parsed.suite)
    assert.deepEqual(named, new Set(['region', 'cart']))
    const setup = parsed.suite.setup!
    assert.deepEqual(divideValues(setup, { region: 'eu' }, named).shared, { cart: 'none', region: 'eu' })
    assert.deepEqual(divideValues(setup, { region: 'eu', cart: 'c1' }, named).shared, { cart: 'c1', region: 'eu' })
    const lacking = divideValues(setup, { cart: 'c1' }, named)
    assert.match(
      lacking.problem ?? '',
      /^no_value: scenarios name \{\{setup\.region\}\}, and step needed, which extracts it, was left out \(`when`\); .*`default`$/,
    )
    assert.match(divideValues(setup, {}, new Set(['id'])).problem ?? '', /step trying.* or failed; /)
    // A teardown that undoes what a failed setup has begun must not go by defaults.
    assert.deepEqual(divideValues(setup, {}), { shared: {}, secret: {}, problem: null })
  })

  it('hand on what is not secret anywhere, as long as it is short enough, and never say what it is', () => {
    const twice = [login, { name: 'again', http: '/again', extract: { token: { from: 'body', secret: true } } }]
    const parsed = parse({ setup: twice })
    assert.ok(parsed.ok)
    const given = { token: 'abc', session: 'def', region: 'eu' }
    const secret = { token: 'abc', session: 'def' }
    assert.deepEqual(divideValues(parsed.suite.setup!, given), { shared: { region: 'eu' }, secret, problem: null })
    const { steps } = parsed.suite.setup!
    const value = (length: number) => divideValues({ steps }, { ...secret, region: 'x'.repeat(length) })
    assert.equal(value(LIMITS.setupValueLength).problem, null)
    const long = value(LIMITS.setupValueLength + 1)
    assert.deepEqual([long.shared, long.secret], [{}, secret])
    assert.equal(long.problem, 'value_too_long: region has 4097 characters, and at most 4096 go to the other nodes')
    const all = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`v${i}`, 'x'.repeat(4000)]))
    assert.match(divideValues({ steps }, all).problem ?? '', /^value_too_long: its values have 20000 characters/)
  })
})
