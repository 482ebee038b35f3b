import assert from 'node:assert/strict'
import { parseSuite } from '../../../src/suite/parse.ts'
import type { HttpParameters } from '../../../src/suite/spec.ts'

const LITERAL = 'hunter2-literal'

interface Places {
  readonly suite?: unknown
  readonly scenario?: unknown
  readonly request?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly target?: string
}

const textOf = ({ suite, scenario, request, headers, target = 'http://127.0.0.1:8080' }: Places): string =>
  JSON.stringify({
    name: 's',
    target,
    auth: suite,
    scenarios: [
      {
        name: 'a',
        load: { rate: '1/s', duration: '1s' },
        auth: scenario,
        http: { url: '/', auth: request, headers },
      },
    ],
  })

function authOf(places: Places): HttpParameters['auth'] {
  const parsed = parseSuite({ text: textOf(places), format: 'json' })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return (parsed.suite.scenarios[0]!.steps[0]!.task.parameters as unknown as HttpParameters).auth
}

function problemsOf(places: Places): string[] {
  const parsed = parseSuite({ text: textOf(places), format: 'json' })
  assert.ok(!parsed.ok)
  assert.ok(!JSON.stringify(parsed.problems).includes(LITERAL), JSON.stringify(parsed.problems))
  for (const { hint } of parsed.problems) assert.ok(hint)
  return parsed.problems.map(({ path, message }) => `${path}: ${message}`)
}

describe('auth', () => {
  it('is of the nearest: the request, the scenario, the suite', () => {
    const [suite, scenario, request] = ['env:A', 'env:B', 'env:C'].map((bearer) => ({ bearer }))
    assert.deepEqual(authOf({}), undefined)
    assert.deepEqual(authOf({ suite })?.path, 'auth')
    assert.deepEqual(authOf({ suite, scenario })?.sent, { scheme: 'bearer', token: 'env:B' })
    assert.deepEqual(authOf({ suite, scenario })?.path, 'scenarios[0].auth')
    assert.deepEqual(authOf({ suite, scenario, request })?.sent, { scheme: 'bearer', token: 'env:C' })
    assert.deepEqual(authOf({ suite, scenario, request })?.path, 'scenarios[0].http.auth')
    assert.equal(authOf({ suite, request: 'none' }), undefined)
    assert.equal(authOf({ suite, scenario: 'none' }), undefined)
    assert.deepEqual(authOf({ suite, scenario: 'none', request })?.path, 'scenarios[0].http.auth')
  })

  it('is read of each kind', () => {
    const basic = { username: 'shop', password: 'file:/run/secrets/shop' }
    assert.deepEqual(authOf({ suite: { basic } })?.sent, { scheme: 'basic', ...basic })
    const header = { scheme: 'apiKey', in: 'header', name: 'x-api-key', value: 'env:KEY' }
    assert.deepEqual(authOf({ suite: { apiKey: { header: 'X-API-Key', value: 'env:KEY' } } })?.sent, header)
    const query = { scheme: 'apiKey', in: 'query', name: 'Key', value: 'env:KEY' }
    assert.deepEqual(authOf({ suite: { apiKey: { query: 'Key', value: 'env:KEY' } } })?.sent, query)
  })

  it('is read of OAuth 2.0, with everything that can be set', () => {
    const must = { tokenUrl: 'https://login.example/token', clientId: 'c', clientSecret: 'env:S' }
    const auth = { scheme: 'oauth2', ...must, clientAuth: 'basic', parameters: {} }
    assert.deepEqual(authOf({ suite: { oauth2: must } })?.sent, auth)
    const all = { ...must, scope: ['a', 'b'], audience: 'x', resource: 'y', clientAuth: 'body' }
    const parameters = { scope: 'a b', audience: 'x', resource: 'y' }
    assert.deepEqual(authOf({ suite: { oauth2: all } })?.sent, { ...auth, clientAuth: 'body', parameters })
  })

  it('takes a certificate beside what is sent', () => {
    const mtls = { cert: 'file:/c', key: 'file:/k', ca: 'file:/a', passphrase: 'env:P' }
    const both = authOf({ target: 'https://h', suite: { bearer: 'env:A', mtls } })
    assert.deepEqual([both?.sent, both?.mtls], [{ scheme: 'bearer', token: 'env:A' }, mtls])
    assert.equal(authOf({ target: 'https://h', suite: { mtls } })?.sent, null)
    const problem = 'scenarios[0].http: auth gives a certificate, which only https can show'
    assert.deepEqual(problemsOf({ suite: { mtls } }), [problem])
    assert.equal(authOf({ suite: { mtls }, request: 'none' }), undefined)
  })

  const literal = 'a literal credential is not allowed'
  for (const [auth, ...expected] of [
    [{ bearer: LITERAL }, `.bearer: ${literal}`],
    [{ bearer: `Bearer ${LITERAL}` }, `.bearer: ${literal}`],
    [{ bearer: 'Bearer env:TOKEN' }, '.bearer: "Bearer" before the reference is not needed'],
    [{ bearer: 'env:1X' }, '.bearer: the reference to a credential is malformed'],
    [{ basic: { username: 'a', password: LITERAL } }, `.basic.password: ${literal}`],
    [{ basic: { username: `a:${LITERAL}`, password: 'env:P' } }, '.basic.username: a user name has no colon'],
    [{ basic: { username: 'env:1X', password: 'env:P' } }, '.basic.username: the reference is malformed'],
    [{ basic: { username: 'a' } }, '.basic.password: missing'],
    [{ apiKey: { header: 'x-api-key', value: LITERAL } }, `.apiKey.value: ${literal}`],
    [{ apiKey: { value: 'env:KEY' } }, '.apiKey: neither `header` nor `query` is given'],
    [{ apiKey: { header: 'a', query: 'b', value: 'env:K' } }, '.apiKey: `header` and `query` are both given'],
    [{ apiKey: { header: 'a b', value: 'env:KEY' } }, '.apiKey.header: "a b" is not a header name'],
    [
      { apiKey: { header: 'Host', value: 'env:KEY' } },
      '.apiKey.header: Host is a header that the connection sets itself',
    ],
    [
      { oauth2: { tokenUrl: '/token', clientId: 'a', clientSecret: LITERAL } },
      '.oauth2.tokenUrl: "/token" is not an http or https URL',
      `.oauth2.clientSecret: ${literal}`,
    ],
    [{ mtls: { cert: LITERAL, key: 'file:/k' } }, `.mtls.cert: ${literal}`],
    [{ mtls: { cert: 'file:/c', key: 'file:k' } }, '.mtls.key: the reference to a credential is malformed'],
    [{ bearer: 'env:A', basic: { username: 'a', password: 'env:P' } }, ': `basic` and `bearer` are given together'],
    [{}, ': nothing is given'],
    [{ bearer: [LITERAL] }, '.bearer: expected text, got something else'],
    [LITERAL, ': expected none or a map, got something else'],
    [{ baerer: 'env:A' }, '.baerer: baerer: unknown, did you mean `bearer`?'],
  ] as const) {
    it(`is refused: ${expected.join(', ')}`, () => {
      for (const [place, path] of [
        ['suite', 'auth'],
        ['scenario', 'scenarios[0].auth'],
        ['request', 'scenarios[0].http.auth'],
      ] as const) {
        const problems = problemsOf({ [place]: auth, target: 'https://h' }).filter(
          (one) => !one.includes('nothing is given') || expected[0].includes('nothing'),
        )
        assert.deepEqual(
          problems,
          expected.map((one) => path + one),
        )
      }
    })
  }

  it('is refused beside a header that says the same, wherever it comes from', () => {
    const headers = { Authorization: 'Bearer env:A' }
    const path = 'scenarios[0].http.headers.Authorization: Authorization is given here and by'
    assert.deepEqual(problemsOf({ headers, suite: { bearer: 'env:B' } }), [`${path} auth`])
    assert.deepEqual(problemsOf({ headers, request: { bearer: 'env:B' } }), [`${path} scenarios[0].http.auth`])
    authOf({ headers, suite: { bearer: 'env:B' }, request: 'none' })
    authOf({ headers, suite: { apiKey: { header: 'x-api-key', value: 'env:B' } } })
    authOf({ headers, suite: { apiKey: { query: 'authorization', value: 'env:B' } } })
  })

  it('is refused where no request could carry it', () => {
    const tasks = [{ name: 'echo', parameters: {} }]
    const load = { rate: '1/s', duration: '1s' }
    const document = { name: 's', scenarios: [{ name: 'a', load, auth: { bearer: 'env:A' }, echo: {} }] }
    const parsed = parseSuite({ text: JSON.stringify(document), format: 'json' }, { tasks })
    assert.ok(!parsed.ok)
    assert.deepEqual(
      parsed.problems.map(({ path, message }) => [path, message]),
      [['scenarios[0].auth', 'auth goes with `http` only']],
    )
  })
})
