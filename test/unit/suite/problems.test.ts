import assert from 'node:assert/strict'
import type { Problem } from '../../../src/base/errors.ts'
import { LIMITS } from '../../../src/base/limits.ts'
import { parseSuite } from '../../../src/suite/parse.ts'

function problems(text: string, format: 'yaml' | 'json' = 'yaml'): readonly Problem[] {
  const result = parseSuite({ text, format })
  assert.ok(!result.ok, 'accepted')
  return result.problems
}

/** Problems of a suite with one scenario, as `path: message`, paths relative to the scenario. */
function ofScenario(scenario: string): string[] {
  const text = `name: s\ntarget: http://h\nscenarios:\n  - ${scenario.replaceAll('\n', '\n    ')}`
  return problems(text).map(({ path, message }) => `${path.replace(/^scenarios\[0\]\.?/, '')}: ${message}`)
}

const ofLoad = (load: string) => ofScenario(`{ name: a, load: ${load}, http: / }`)
const ofHttp = (http: string) => ofScenario(`{ name: a, load: { rate: 1/s, duration: 1s }, http: ${http} }`)

const GOOD = '{ name: a, load: { rate: 1/s, duration: 1s }, http: "http://h/" }'

describe('problems of a suite', () => {
  it('come all at once, each with its path, in the order of the suite', () => {
    const found = problems(`
naem: shop
mode: sequental
target: ftp://h
scenarios:
  - name: browse
    load: { rate: 500, durations: 30s }
    http: { methd: GET, url: http://h }
  - name: browse
    load: { users: 0, rate: 1/s }
thresholds:
  duraton: ["p(95)<5"]
  "duration{scenario:brose}": ["p(95)<x"]
`)
    assert.deepEqual(
      found.map(({ path, message }) => `${path}: ${message}`),
      [
        'naem: naem: unknown, did you mean `name`?',
        'name: missing',
        'mode: "sequental" is not parallel or sequential',
        'target: "ftp://h" is not an http or https URL',
        'scenarios[0].load.rate: 500 has no unit of time',
        'scenarios[0].load.durations: durations: unknown, did you mean `duration`?',
        'scenarios[0].http.methd: methd: unknown, did you mean `method`?',
        'scenarios[1].load.users: 0 is out of range',
        'scenarios[1].load: `rate` and `users` are given together',
        'scenarios[1]: there is nothing to fire: no `http`, `steps` or `mix`',
        'scenarios[1].name: "browse" is already the name of scenarios[0]',
        'thresholds.duraton: duraton: unknown metric, did you mean `duration`?',
        'thresholds["duration{scenario:brose}"]: brose: no scenario has this name, did you mean `browse`?',
        'thresholds["duration{scenario:brose}"][0]: "x" is not a value',
      ],
    )
    assert.equal(found.find(({ path }) => path === 'scenarios[0].load.rate')?.hint, 'did you mean 500/s?')
    assert.equal(found.find(({ path }) => path === 'mode')?.hint, 'did you mean `sequential`?')
  })

  it('are told of documents that are no suite at all', () => {
    for (const [text, message] of [
      ['', /empty/],
      ['# nothing', /empty/],
      ['null', /empty/],
      ['[]', /expected a map, got a list/],
      ['shop', /expected a map, got "shop"/],
      ['{}', /missing/],
    ] as const) {
      assert.match(problems(text)[0]!.message, message)
    }
  })

  it('name what is missing and give an example', () => {
    assert.deepEqual(problems('{}'), [
      { path: 'name', message: 'missing', hint: 'for example "shop"' },
      {
        path: 'scenarios',
        message: 'missing',
        hint: 'for example [{"name":"browse","load":{"rate":"500/s","duration":"30s"},"http":"/products"}]',
      },
    ])
  })

  it('are told of names that selectors could not hold', () => {
    for (const name of ['""', '"a{b"', '" a"', '"a\\nb"', '"a  b"', '"a,b"', '"\\ud83d"', 'x'.repeat(65)]) {
      assert.equal(problems(`name: ${name}\nscenarios: [${GOOD}]`)[0]!.path, 'name', name)
    }
    for (const name of ['a', 'a b', 'Größe 2', 'v1.2_x-y/z:w', '商店', '🙂', 'x'.repeat(64)]) {
      const { ok } = parseSuite({ text: `name: "${name}"\nscenarios: [${GOOD}]`, format: 'yaml' })
      assert.ok(ok, name)
    }
  })

  it('are listed up to a limit, and beyond it counted', () => {
    const keys = Array.from({ length: 3000 }, (_, i) => `"k${i}": 1`).join(',')
    const found = problems(`{"name":"s","scenarios":[${GOOD.replaceAll(/(\w+):/g, '$1:')}],${keys}}`)
    assert.equal(found.length, LIMITS.problems + 1)
    assert.match(found.at(-1)!.message, /2800 more problems/)
  })

  it('stay small when keys and values are huge', () => {
    const huge = 'x'.repeat(100_000)
    for (const text of [
      `"${huge}": 1`,
      `name: "${huge}"`,
      `mode: "${huge}"`,
      `thresholds: { "${huge}": ["${huge}"] }`,
      `target: "${huge}"`,
      `scenarios: [{ name: a, load: { rate: "${huge}", duration: 1s }, http: "http://${huge}" }]`,
      `gracefulStop: ${'9'.repeat(50_000)}s`,
    ]) {
      assert.ok(JSON.stringify(problems(text)).length < 5000, text.slice(0, 20))
    }
  })

  describe('loads', () => {
    it('need exactly one of rate, stages, profile and users', () => {
      assert.deepEqual(ofLoad('{}'), ['load: none of `rate`, `stages`, `profile` and `users` is given'])
      assert.deepEqual(ofLoad('{ rate: 1/s, users: 1, duration: 1s }'), ['load: `rate` and `users` are given together'])
      assert.deepEqual(ofLoad('{ rate: 1/s, users: 1, stages: [{ duration: 1s, rate: 1/s }] }'), [
        'load: `rate`, `stages` and `users` are given together',
      ])
    })

    it('need a duration beside rate and users', () => {
      assert.deepEqual(ofLoad('{ rate: 1/s }'), ['load.duration: missing beside `rate`'])
      assert.deepEqual(ofLoad('{ users: 1 }'), ['load.duration: missing beside `users`'])
    })

    it('take only the keys that go with their kind', () => {
      assert.deepEqual(ofLoad('{ rate: 1/s, duration: 1s, thinkTime: 1s, startRate: 1/s }'), [
        'load.startRate: startRate does not go with `rate`: only `stages` start from a rate',
        'load.thinkTime: thinkTime does not go with `rate`: only `users` think',
      ])
      assert.deepEqual(ofLoad('{ users: 1, duration: 1s, arrivals: even, maxInFlight: 1 }'), [
        'load.arrivals: arrivals does not go with `users`: users arrive when their answers have come',
        'load.maxInFlight: maxInFlight does not go with `users`: each user has at most one request in flight',
      ])
      assert.deepEqual(ofLoad('{ stages: [{ duration: 1s, rate: 1/s }], duration: 1s }'), [
        'load.duration: duration does not go with `stages`: each stage has a duration of its own',
      ])
    })

    it('refuse profiles that fire nothing or take no time', () => {
      assert.match(ofLoad('{ rate: 0/s, duration: 1s }')[0]!, /^load.rate: 0\/s is not allowed: it must be above 0/)
      assert.match(ofLoad('{ rate: 1/s, duration: 0 }')[0]!, /^load.duration: 0 is not allowed/)
      assert.match(ofLoad('{ stages: [{ duration: 0, rate: 1/s }] }')[0]!, /^load.stages: the stages last no time/)
      assert.match(ofLoad('{ stages: [{ duration: 1s, rate: 0 }] }')[0]!, /never rises above 0/)
      assert.match(ofLoad('{ stages: [{ duration: 1s, rate: 0 }, { duration: 0, rate: 5/s }] }')[0]!, /never rises/)
      assert.match(ofLoad('{ stages: [] }')[0]!, /^load.stages: has 0 entries/)
    })

    it('stay within the limits', () => {
      assert.match(ofLoad('{ rate: 2000000/s, duration: 1s }')[0]!, /load.rate: 2000000\/s is too large/)
      assert.match(ofLoad('{ rate: 1/s, duration: 25h }')[0]!, /load.duration: 25h is too large/)
      assert.match(ofLoad('{ rate: 1/s, duration: 23h, warmup: 2h }')[0]!, /last 25h together/)
      assert.match(ofLoad('{ users: 2000000, duration: 1s }')[0]!, /load.users: 2000000 is out of range/)
      assert.match(ofLoad('{ rate: 1/s, duration: 1s, maxInFlight: 0 }')[0]!, /load.maxInFlight: 0 is out of range/)
      const long = problems(
        `name: s\nmode: sequential\nscenarios: [${GOOD.replace('1s', '13h')}, ${GOOD.replace('a,', 'b,').replace('1s', '13h')}]`,
      )
      assert.deepEqual([long.length, long[0]!.path], [1, 'scenarios'])
    })

    it('pause only where there is something after', () => {
      const delayed = (mode: string, delay: string) =>
        problems(
          `name: s\n${mode}scenarios: [${GOOD.replace('name: a', `name: a, delayAfter: ${delay}`)}, ${GOOD.replace('a,', 'b,')}]`,
        )
      const [parallel] = delayed('', '1s')
      assert.deepEqual(parallel, {
        path: 'scenarios[0].delayAfter',
        message: 'delayAfter is given, but the scenarios run at once',
        hint: 'remove it, or set `mode: sequential`',
      })
      assert.match(delayed('mode: sequential\n', '5')[0]!.message, /5 has no unit/)
      assert.match(delayed('mode: sequential\n', '24h')[0]!.message, /the scenarios last 24h2s one after the other/)
    })

    it('take maxInFlight in one place', () => {
      const both = ofScenario('{ name: a, maxInFlight: 1, load: { rate: 1/s, duration: 1s, maxInFlight: 2 }, http: / }')
      assert.deepEqual(both, ['maxInFlight: maxInFlight is given for the scenario and for its load'])
      const users = ofScenario('{ name: a, maxInFlight: 1, load: { users: 1, duration: 1s }, http: / }')
      assert.match(users[0]!, /does not go with `users`/)
    })
  })

  describe('http', () => {
    it('refuses URLs that are none, lead away, or miss a target', () => {
      for (const [url, message] of [
        ['""', /^http: the URL is empty/],
        ['ftp://h/', /not an http or https URL/],
        ['"localhost:8080/x"', /has no scheme/],
        ['"http://"', /not a URL/],
        ['"//evil/x"', /leads to another host/],
        ['"\\\\\\\\evil/x"', /leads to another host/],
        ['" /x"', /spaces around it/],
        ['{ url: 5 }', /^http.url: expected text, got 5/],
        ['{}', /^http.url: missing/],
        ['5', /^http: expected text or a map, got 5/],
      ] as const) {
        assert.match(ofHttp(url).join(), message, url)
      }
      const [relative] = problems(`name: s\nscenarios: [${GOOD.replace('http://h/', '/x')}]`)
      assert.match(relative!.message, /is relative and the suite has no target/)
    })

    it('tells of a broken target once', () => {
      const found = problems(`name: s\ntarget: nowhere\nscenarios: [${GOOD.replace('http://h/', '/x')}]`)
      assert.deepEqual(
        found.map(({ path }) => path),
        ['target'],
      )
    })

    it('checks methods and bodies', () => {
      assert.match(ofHttp('{ method: get, url: / }')[0]!, /"get" is not GET, HEAD/)
      assert.match(ofHttp('{ method: CONNECT, url: / }')[0]!, /"CONNECT" is not/)
      assert.match(ofHttp('{ url: /, body: x }')[0]!, /^http.body: a GET request has no body/)
      assert.match(ofHttp('{ method: HEAD, url: /, json: {} }')[0]!, /^http.json: a HEAD request has no body/)
      assert.match(ofHttp('{ method: POST, url: /, json: {}, body: x }')[0]!, /`json` and `body` are both given/)
      assert.match(ofHttp('{ url: /, timeout: { connect: 0s } }')[0]!, /^http.timeout.connect: 0s is not allowed/)
      assert.match(ofHttp('{ url: /, timeout: { conect: 1s } }')[0]!, /did you mean `connect`/)
      assert.match(
        ofHttp('{ url: /, timeout: { tls: 1s }, driver: undici }')[0]!,
        /^http.timeout: the driver undici has/,
      )
      assert.match(
        ofHttp('{ url: /, pipelining: 2, warmConnections: 0, driver: undici }').join(),
        /http.pipelining: the driver undici.*http.warmConnections: the driver undici/,
      )
      assert.match(ofHttp('{ url: /, method: POST, pipelining: 2 }')[0]!, /^http.pipelining: POST requests may not/)
      assert.match(ofHttp('{ url: /, pipelining: 0 }')[0]!, /^http.pipelining: 0/)
      assert.match(ofHttp('{ url: /, warmConnections: -1 }')[0]!, /^http.warmConnections: -1/)
      assert.match(ofHttp('{ url: /, driver: curl }')[0]!, /^http.driver: "curl" is not wire or undici/)
      assert.match(ofHttp('{ url: /, timeout: 0s }')[0]!, /^http.timeout: 0s is not allowed/)
    })

    it('checks headers', () => {
      assert.match(ofHttp('{ url: /, headers: { "a b": c } }')[0]!, /not a header name/)
      assert.match(ofHttp('{ url: /, headers: { __proto__: c } }').join(), /not a header name/)
      assert.match(ofHttp('{ url: /, headers: { Content-Length: "5" } }')[0]!, /sets this header itself/)
      assert.match(ofHttp('{ url: /, headers: { a: b, A: c } }')[0]!, /given twice/)
      assert.match(ofHttp('{ url: /, headers: { a: "b\\r\\nc: d" } }')[0]!, /cannot carry/)
      assert.match(ofHttp('{ url: /, headers: { a: 5 } }')[0]!, /^http.headers.a: expected text, got 5/)
      assert.match(ofHttp('{ url: /, headers: { x-tenant: "env:TENANT" } }')[0]!, /not resolved/)
    })

    it('refuses literal credentials and never shows them', () => {
      for (const http of [
        '"http://bob:hunter2@h/"',
        '"http://hunter2@h/"',
        '"http://bob:hunter2@h:port/"',
        '{ url: /, headers: { authorization: "Bearer hunter2" } }',
        '{ url: /, headers: { Cookie: "session=hunter2" } }',
        '{ url: /, headers: { proxy-authorization: hunter2, X-API-Key: hunter2, x-auth-token: hunter2 } }',
        '{ url: /, headers: { authorization: "env:hunter2 " } }',
        '{ url: /, headers: { authorization: "file:hunter2" } }',
      ]) {
        const found = ofHttp(http)
        assert.ok(found.length > 0, http)
        assert.doesNotMatch(found.join(), /hunter2/)
      }
      const [problem] = problems(
        `name: s\nscenarios: [${GOOD.replace('"http://h/"', '{ url: "http://h/", headers: { authorization: x } }')}]`,
      )
      assert.match(problem!.message, /a literal credential is not allowed/)
      assert.match(problem!.hint!, /env:NAME/)
    })

    it('refuses credentials in the target', () => {
      const [problem] = problems(`name: s\ntarget: "http://bob:hunter2@h"\nscenarios: [${GOOD}]`)
      assert.equal(problem!.path, 'target')
      assert.match(problem!.message, /a literal credential is not allowed/)
      assert.doesNotMatch(JSON.stringify(problem), /hunter2/)
    })
  })

  describe('thresholds', () => {
    const ofThresholds = (text: string) =>
      problems(`name: s\nscenarios: [${GOOD}]\nthresholds: ${text}`).map(({ path, message }) => `${path}: ${message}`)

    it('are checked for syntax, metric, scenario and shape', () => {
      for (const [text, message] of [
        ['{ duration: "p(95)<5" }', /^thresholds.duration: expected a list/],
        ['{ duration: [] }', /^thresholds.duration: has 0 entries/],
        ['{ duration: [5] }', /^thresholds.duration\[0\]: expected text or a map, got 5/],
        ['{ duration: ["rate<5"] }', /^thresholds.duration\[0\]: duration has no rate/],
        ['{ duration: [{ threshold: "rate<5" }] }', /^thresholds.duration\[0\].threshold: duration has no rate/],
        ['{ duration: [{ abortOnFail: true }] }', /^thresholds.duration\[0\].threshold: missing/],
        ['{ "duration{stp:http}": ["avg<5"] }', /: stp: no step has this tag, did you mean `step`/],
        ['{ "duration{step:htp}": ["avg<5"] }', /: htp: no step has this name, did you mean `http`/],
        ['{ "duration{group:a}": ["avg<5"] }', /: a: no group has this name/],
        ['{ "checks{check:a}": ["rate>5%"] }', /: a: no check has this name/],
        ['{ "duration{step:http,step:http}": ["avg<5"] }', /: step is given twice/],
        ['{ "dropped{step:http}": ["count<5"] }', /: dropped has no step: it is of whole iterations/],
        ['{ duration: ["p(90)<1s for 10s"] }', /^thresholds.duration\[0\]: with `for` a condition says what is wrong/],
        ['{ duration: ["p(90)>1s for 10"] }', /^thresholds.duration\[0\]: after `for`, "10" has no unit/],
        ['{ duration: [{ threshold: "avg<5", abort: true }] }', /^thresholds.duration\[0\].abort: abort: unknown/],
        ['{ duration: [{ threshold: "avg<5", abortOnFail: "yes" }] }', /expected true or false, got "yes"/],
        ['{ "duration{scenario:z}": ["avg<5"] }', /z: no scenario has this name/],
        ['{ __proto__: ["avg<5"] }', /unknown metric/],
        ['[]', /^thresholds: expected a map, got a list/],
      ] as const) {
        assert.match(ofThresholds(text)[0]!, message, text)
      }
    })

    it('name steps, groups, checks and tags of the suite', () => {
      const scenarios = `
  - name: shop
    load: { rate: 1/s, duration: 1s }
    tags: { region: eu }
    steps:
      - { name: login, http: "http://h/login", tags: { team: id } }
      - { group: cart, tags: { team: shop }, steps: [{ http: "http://h/cart" }, { group: pay, steps: [{ http: { method: POST, url: "http://h/pay" } }] }] }
  - name: users
    load: { users: 1, duration: 1s }
    http: "http://h/"`
      const found = (selector: string, condition = 'rate<1') =>
        problems(`name: s\nscenarios:${scenarios}\nthresholds:\n  '${selector}': ["${condition}"]`).map(
          ({ message, hint }) => `${message}; ${hint}`,
        )
      for (const selector of [
        'failed{step:login}',
        'failed{step:GET /cart}',
        'failed{group:cart}',
        'failed{group:cart/pay}',
        'failed{team:shop,region:eu,step:POST /pay}',
        'dropped{region:eu}',
        'failed{node:whoever,step:http}',
      ]) {
        assert.deepEqual(
          parseSuite({
            text: `name: s\nscenarios:${scenarios}\nthresholds:\n  '${selector}': ["rate<1"]`,
            format: 'yaml',
          }).ok,
          true,
          selector,
        )
      }
      for (const [selector, message] of [
        [
          'failed{step:logn}',
          /^logn: no step has this name, did you mean `login`\?; steps are login, GET \/cart, POST/,
        ],
        ['failed{group:car}', /^car: no group has this name, did you mean `cart`\?; groups are cart or cart\/pay/],
        [
          'failed{team:shp}',
          /^shp: no tag `team` has this value, did you mean `shop`\?; values of team are id or shop/,
        ],
        ['failed{regon:eu}', /^regon: no step has this tag, did you mean `region`\?; select by scenario, step/],
        ['failed{step:login,team:shop}', /^nothing is selected: no step is step:login and team:shop; all that is in/],
        ['dropped{team:shop}', /^nothing is selected: no scenario has all its steps team:shop/],
        ['rate{scenario:users}', /^no rate is asked for: the load of "users" is of users; .*use `requests`/],
      ] as const) {
        assert.match(found(selector)[0] ?? '', message, selector)
      }
    })

    it('are bounded in number', () => {
      const list = Array.from({ length: LIMITS.thresholds + 1 }, (_, i) => `"avg<${i}"`).join(',')
      assert.match(ofThresholds(`{ duration: [${list}] }`)[0]!, /^thresholds: 201 thresholds/)
    })
  })
})
