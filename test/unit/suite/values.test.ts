import assert from 'node:assert/strict'
import type { Problem } from '../../../src/base/errors.ts'
import { parseSuite } from '../../../src/suite/parse.ts'

const load = { users: 1, duration: '1s' }

function problemsOf(scenario: object, more: object = {}): readonly Problem[] {
  const suite = { name: 's', target: 'http://h', ...more, scenarios: [{ name: 'a', load, ...scenario }] }
  const parsed = parseSuite({ text: JSON.stringify(suite), format: 'json' })
  return parsed.ok ? [] : parsed.problems
}

const login = { name: 'login', http: '/login', extract: { token: 'json:$.token', id: { from: 'status', default: 0 } } }
const buy = (http: unknown, more: object = {}) => ({ name: 'buy', http, ...more })

describe('values of suites', () => {
  const good: readonly (readonly [string, object, object?])[] = [
    [
      'every builtin',
      { http: '/{{iteration}}/{{user}}/{{node}}/{{random}}/{{random(-1, 5)}}/{{uuid}}/{{now}}?{{now.iso}}' },
    ],
    [
      'variables and the environment',
      { http: '/{{v}}/{{env.REGION}}' },
      { variables: { v: '{{random(1,2)}}' }, env: ['REGION'] },
    ],
    ['forms where they go', { http: { method: 'POST', url: '/{{raw:iteration}}', json: { a: '{{json:iteration}}' } } }],
    ['escapes', { http: { method: 'POST', url: '/', body: '\\{{nothing}}' } }],
    ['values of earlier steps', { steps: [login, buy({ url: '/{{token}}/{{id}}' })] }],
    [
      'credentials of earlier answers',
      { steps: [login, buy({ url: '/', headers: { authorization: 'Bearer {{token}}' } })] },
    ],
    [
      'cookies of earlier answers',
      { steps: [login, buy({ url: '/', headers: { cookie: 'a={{token}}; b={{token}}' } })] },
    ],
    ['expectations of what was just extracted', { steps: [{ ...login, expect: { body: '{{token}}' } }] }],
    ['values of groups', { steps: [{ group: 'g', steps: [login] }, buy('/{{token}}')] }],
    [
      'both on a single request',
      { http: '/', extract: { a: 'body' }, expect: [{ name: 'fine', status: ['2xx', 304, '400-404'] }] },
    ],
  ]
  for (const [what, scenario, more] of good) {
    it(`take ${what}`, () => assert.deepEqual(problemsOf(scenario, more), []))
  }

  const bad: readonly (readonly [string, object, string, RegExp, object?])[] = [
    [
      'a name that is near another',
      { steps: [login, buy('/{{tokn}}')] },
      'scenarios[0].steps[1].http',
      /no such value, did you mean \{\{token\}\}/,
    ],
    [
      'a value that comes later',
      { steps: [buy('/{{token}}'), login] },
      'scenarios[0].steps[0].http',
      /extracted later, by `login`/,
    ],
    [
      'a value of the same request',
      { steps: [{ ...login, http: '/{{token}}' }] },
      'scenarios[0].steps[0].http',
      /extracted later/,
    ],
    [
      'a value of another part of a mix',
      {
        mix: [
          { weight: 1, ...login },
          { weight: 1, ...buy('/{{token}}') },
        ],
      },
      'scenarios[0].mix[1].http',
      /no such value/,
    ],
    ['a template that is not closed', { http: '/{{a' }, 'scenarios[0].http', /not closed/],
    ['a template that is none', { http: '/{{a b}}' }, 'scenarios[0].http', /"\{\{a b\}\}" is not a template/],
    ['a template in the host', { http: 'http://{{node}}/' }, 'scenarios[0].http', /in its host/],
    ['a template in the port', { http: 'http://h:{{iteration}}/' }, 'scenarios[0].http', /in its host/],
    [
      'a template for the whole URL',
      { http: '{{v}}/x' },
      'scenarios[0].http',
      /begins with a template/,
      { variables: { v: 1 } },
    ],
    [
      'a template in the target',
      { http: '/' },
      'target',
      /no template is filled in here/,
      { target: 'http://h/{{node}}' },
    ],
    [
      'a template in the name of a header',
      { http: { url: '/', headers: { '{{node}}': 'a' } } },
      'scenarios[0].http.headers["{{node}}"]',
      /not a header name/,
    ],
    ['a template in the method', { http: { url: '/', method: '{{node}}' } }, 'scenarios[0].http.method', /not GET/],
    [
      'a template in a reference',
      { http: { url: '/', headers: { authorization: 'file:/k/{{node}}' } } },
      'scenarios[0].http.headers.authorization',
      /no template is filled in here/,
    ],
    [
      'a template in auth',
      { auth: { bearer: 'file:/k/{{node}}' }, http: '/' },
      'scenarios[0].auth.bearer',
      /no template is filled in here/,
    ],
    [
      'a literal beside a value in a credential',
      { steps: [login, buy({ url: '/', headers: { authorization: 'Bearer abc{{token}}' } })] },
      'scenarios[0].steps[1].http.headers.authorization',
      /literal credential/,
    ],
    [
      'a variable as a credential',
      { http: { url: '/', headers: { 'x-api-key': '{{v}}' } } },
      'scenarios[0].http.headers.x-api-key',
      /a credential cannot be \{\{v\}\}/,
      { variables: { v: 'secret' } },
    ],
    [
      'the environment as a credential',
      { http: { url: '/', headers: { 'x-api-key': '{{env.KEY}}' } } },
      'scenarios[0].http.headers.x-api-key',
      /a credential cannot be/,
      { env: ['KEY'] },
    ],
    [
      'a default as a credential',
      { steps: [login, buy({ url: '/', headers: { 'x-api-key': '{{id}}' } })] },
      'scenarios[0].steps[1].http.headers.x-api-key',
      /has a default/,
    ],
    [
      'a variable of the environment that is not asked for',
      { http: '/{{env.REGON}}' },
      'scenarios[0].http',
      /does not say that it needs REGON.*did you mean \{\{env\.REGION\}\}/,
      { env: ['REGION'] },
    ],
    ['bounds that are none', { http: '/{{random(5,1)}}' }, 'scenarios[0].http', /no good bounds/],
    ['a form where it does not go', { http: '/{{json:iteration}}' }, 'scenarios[0].http', /`json:` does not go here/],
    [
      'JSON in the middle of a text',
      { http: { method: 'POST', url: '/', json: { a: 'x{{json:iteration}}' } } },
      'scenarios[0].http.json.a',
      /does not go here/,
    ],
    [
      'the user of an open load',
      { load: { rate: '1/s', duration: '1s' }, http: '/{{user}}' },
      'scenarios[0].http',
      /no users/,
    ],
    [
      'a template in the header host',
      { http: { url: '/', headers: { host: '{{node}}' } } },
      'scenarios[0].http.headers.host',
      /no template is filled in/,
    ],
    ['a variable of another', { http: '/' }, 'variables.b', /no such value/, { variables: { a: 1, b: '{{a}}' } }],
    [
      'a variable with the name of a builtin',
      { http: '/' },
      'variables.node',
      /there already/,
      { variables: { node: 1 } },
    ],
    [
      'a value with the name of a variable',
      { http: '/', extract: { v: 'body' } },
      'scenarios[0].extract.v',
      /variable already/,
      { variables: { v: 1 } },
    ],
    [
      'a JSONPath that is none',
      { http: '/', extract: { a: 'json:$..[' } },
      'scenarios[0].extract.a',
      /not a JSONPath: unclosed bracketed selection/,
    ],
    [
      'a pattern that is none',
      { http: '/', extract: { a: { from: 'regex:(' } } },
      'scenarios[0].extract.a.from',
      /not a regular expression/,
    ],
    [
      'a part that is none',
      { http: '/', extract: { a: 'heder:x' } },
      'scenarios[0].extract.a',
      /no part of an answer, did you mean `header`/,
    ],
    [
      'a status that is none',
      { http: '/', expect: { status: '7xx' } },
      'scenarios[0].expect.status',
      /"7xx" is not a status/,
    ],
    [
      'a duration without a comparison',
      { http: '/', expect: { duration: '500ms' } },
      'scenarios[0].expect.duration',
      /not a condition/,
    ],
    ['an empty expectation', { http: '/', expect: {} }, 'scenarios[0].expect', /nothing is expected/],
    [
      'an unknown value in an expectation',
      { http: '/', expect: { json: { '$.a': '{{x}}' } } },
      'scenarios[0].expect',
      /no such value/,
    ],
    [
      'several tests in a condition',
      { steps: [buy('/', { when: { value: '{{node}}', equals: 'a', contains: 'b' } })] },
      'scenarios[0].steps[0].when',
      /several tests/,
    ],
    [
      'extract on a group',
      { steps: [{ group: 'g', steps: [login], extract: { a: 'body' } }] },
      'scenarios[0].steps[0].extract',
      /single step/,
    ],
  ]
  for (const [what, scenario, path, message, more] of bad) {
    it(`refuse ${what}`, () => {
      const problems = problemsOf(scenario, more)
      const found = problems.filter((problem) => problem.path === path && message.test(problem.message))
      assert.equal(found.length, 1, JSON.stringify(problems))
      assert.ok(found[0]!.hint !== undefined || path.endsWith('method'))
    })
  }

  it('never show a literal credential that stands beside a template', () => {
    const headers = { authorization: 'Bearer s3cr3t{{token}}' }
    const problems = problemsOf({ steps: [login, buy({ url: '/', headers })] })
    assert.ok(problems.length > 0 && !JSON.stringify(problems).includes('s3cr3t'))
  })
})
