import assert from 'node:assert/strict'
import { GOOD, problems, problemsOfScenario } from './parsing.ts'

const ofHttp = (http: string) => problemsOfScenario(`{ name: a, load: { rate: 1/s, duration: 1s }, http: ${http} }`)

describe('problems of a suite with its requests', () => {
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
    assert.match(ofHttp('{ url: /, timeout: { tls: 1s }, driver: undici }')[0]!, /^http.timeout: the driver undici has/)
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
