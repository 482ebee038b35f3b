import assert from 'node:assert/strict'
import { LIMITS } from '../../../src/base/limits.ts'
import { parseSuite } from '../../../src/suite/parse.ts'
import { GOOD, problems } from './parsing.ts'

describe('problems of a suite with its thresholds', () => {
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
      ['failed{step:logn}', /^logn: no step has this name, did you mean `login`\?; steps are login, GET \/cart, POST/],
      ['failed{group:car}', /^car: no group has this name, did you mean `cart`\?; groups are cart or cart\/pay/],
      ['failed{team:shp}', /^shp: no tag `team` has this value, did you mean `shop`\?; values of team are id or shop/],
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
