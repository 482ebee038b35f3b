import assert from 'node:assert/strict'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { LIMITS } from '../../../src/base/limits.ts'

import { StepServer } from './step-server.ts'

describe('requests of steps, with each driver', () => {
  const server = new StepServer()

  before(() => server.start())
  afterEach(() => server.tidy())
  after(() => server.stop())

  for (const driver of ['wire', 'undici'] as const) {
    describe(driver, () => {
      it('fill in path, query, headers and body, and count what they send', async () => {
        const http = {
          method: 'POST',
          url: '/a/{{x}}?q={{x}}&raw={{raw:y}}',
          headers: { 'x-value': 'is {{y}}', 'content-type': 'application/json' },
          body: '{"x":"{{x}}","n":{{json:n}}}',
          bodyFormat: 'json',
        }
        const { fire } = server.stepOn(driver, { http })
        const first = await fire({ x: 'ü/"\n', y: 'a,b', n: '3' })
        const second = await fire({ x: '', y: '', n: '[]' })
        assert.deepEqual([first.kind, second.kind], [null, null])
        const [one, two] = server.seen
        assert.equal(one!.url, '/a/%C3%BC%2F%22%0A?q=%C3%BC%2F%22%0A&raw=a,b')
        assert.equal(one!.headers['x-value'], 'is a,b')
        assert.deepEqual(JSON.parse(one!.body), { x: 'ü/"\n', n: 3 })
        assert.deepEqual(JSON.parse(two!.body), { x: '', n: [] })
        // Both send the same, octet for octet.
        assert.deepEqual([first.sent - second.sent], [2 * 15 + 2 * 3 + Buffer.byteLength('ü/\\"\\n') - 1])
      })

      it('send nothing where a value is missing or cannot stand in its place', async () => {
        const { fire } = server.stepOn(driver, { http: { headers: { 'x-a': '{{x}}' } } })
        assert.deepEqual(await fire(), { kind: 'missing:x', sent: 0 })
        assert.deepEqual(await fire({ x: 'a\r\nx-evil: 1' }), { kind: 'invalid:x', sent: 0 })
        assert.deepEqual(await fire({ x: '嘊' }), { kind: 'invalid:x', sent: 0 })
        assert.equal(server.seen.length, 0)
        assert.equal((await fire({ x: 'fine' })).kind, null)
        assert.equal(server.seen[0]!.headers['x-a'], 'fine')
      })

      it('have users wait whose values are missing, and let go of them when told to', async () => {
        const { fire, cut } = server.stepOn(driver, { http: { url: '/{{x}}' } })
        const before = performance.now()
        for (let time = 0; time < 4; time++) assert.deepEqual(await fire({}, 0, 3), { kind: 'missing:x', sent: 0 })
        assert.ok(performance.now() - before >= 14)
        const last = fire({}, 0, 3)
        cut(0)
        assert.equal((await last).kind, 'interrupted')
      })

      it('take values out of status, headers, cookies, JSON and text', async () => {
        server.answer = (response) => {
          response.setHeader('x-id', ['a', 'b'])
          response.setHeader('set-cookie', ['sid=one; Path=/', 'sid=two; HttpOnly'])
          response.setHeader('content-type', 'application/json; charset=utf-8')
          response.write('{"token":"t-ü","list":[{"id":1},{"id":2}],"n":null,')
          setTimeout(() => response.end('"order":"order-17"}'), 5)
        }
        const extract = {
          token: 'json:$.token',
          second: 'json:$.list[?@.id == 2]',
          none: 'json:$.n',
          id: 'header:X-Id',
          sid: 'cookie:sid',
          order: 'regex:order-(\\d+)',
          status: 'status',
          duration: 'duration',
          body: 'body',
          lacking: { from: 'json:$.lacking', default: 'instead' },
        }
        const { fire, value } = server.stepOn(driver, { extract })
        assert.equal((await fire()).kind, null)
        assert.deepEqual(
          Object.keys(extract)
            .filter((name) => name !== 'body')
            .map((name) => value(name)),
          ['t-ü', '{"id":2}', 'null', 'a, b', 'two', '17', '200', '20', 'instead'],
        )
        assert.match(value('body')!, /^\{"token".*\}$/)
      })

      it('fail where nothing is found', async () => {
        server.answer = (response) => response.end('no json')
        const { fire } = server.stepOn(driver, { extract: { token: 'json:$.token' } })
        assert.equal((await fire()).kind, 'extract:token')
      })

      it('check what is expected, and fail by the first check that does not hold', async () => {
        server.answer = (response) => {
          response.statusCode = 404
          response.end('{"ok":true,"n":5}')
        }
        const good = {
          status: [200, '4xx'],
          json: { '$.ok': true, '$.n': { above: 4, atMost: 5 } },
          body: 'ok',
          regex: '^\\{',
          duration: '<=20ms',
        }
        const passing = server.stepOn(driver, { expect: good })
        assert.equal((await passing.fire()).kind, null)
        assert.deepEqual(
          passing.checks.map(([, held]) => held),
          [true, true, true, true, true, true, true],
        )
        const failing = server.stepOn(driver, {
          expect: { ...good, duration: '<20ms', body: 'nothing', headers: { 'x-a': { exists: true } } },
        })
        assert.equal((await failing.fire()).kind, 'check:duration <20ms')
        assert.deepEqual(failing.checks.filter(([, held]) => !held).length, 3)
        const silent = server.stepOn(driver, { expect: { body: 'ok' } })
        assert.equal((await silent.fire()).kind, 'http_4xx')
      })

      for (const [coding, compress] of [
        ['gzip', gzipSync],
        ['br', brotliCompressSync],
        ['deflate', deflateSync],
        ['deflate', deflateRawSync],
        ['zstd', zstdCompressSync],
      ] as const) {
        it(`read a body that is compressed unasked: ${coding}, ${compress.name}`, async () => {
          server.answer = (response) => {
            response.setHeader('content-encoding', coding)
            response.end(compress(Buffer.from('{"a":"b"}')))
          }
          const { fire, value } = server.stepOn(driver, { extract: { a: 'json:$.a' } })
          assert.equal((await fire()).kind, null)
          assert.equal(value('a'), 'b')
        })
      }

      it('say so when a body is too large, as it comes or once decoded, or cannot be decoded', async () => {
        const { fire } = server.stepOn(driver, { expect: { body: { exists: true } } })
        const large = Buffer.alloc(LIMITS.answerBytes + 1, 'a')
        server.answer = (response) => response.end(large.subarray(1))
        assert.equal((await fire()).kind, null)
        server.answer = (response) => response.end(large)
        assert.equal((await fire()).kind, 'body_too_large')
        server.answer = (response) => response.setHeader('content-encoding', 'gzip').end(gzipSync(large))
        assert.equal((await fire()).kind, 'body_too_large')
        server.answer = (response) => response.setHeader('content-encoding', 'gzip').end('not gzip')
        assert.equal((await fire()).kind, 'body_encoding')
        server.answer = (response) => response.setHeader('content-encoding', 'compress').end('?')
        assert.equal((await fire()).kind, 'body_encoding')
        server.answer = (response) => response.end('fine')
        assert.equal((await fire()).kind, null)
      })

      it('search for no pattern in what would hold up their thread', async () => {
        const from = 'regex:(?:a{1,30}){1,30}$'
        const { fire, value } = server.stepOn(driver, { extract: { a: { from, default: 'none' } } })
        server.answer = (response) => response.end('a'.repeat(20))
        assert.equal((await fire()).kind, null)
        assert.equal(value('a'), 'a'.repeat(20))
        const begin = performance.now()
        server.answer = (response) => response.end('a'.repeat(LIMITS.answerBytes))
        assert.equal((await fire()).kind, 'pattern_too_costly')
        const checking = server.stepOn(driver, { expect: { body: { matches: '(?:a{1,30}){1,30}$' } } })
        assert.equal((await checking.fire()).kind, 'pattern_too_costly')
        assert.deepEqual(checking.checks, [[0, false]])
        assert.ok(performance.now() - begin < 2000)
      })

      it('send cookies back where they belong, until they end', async () => {
        server.answer = (response, { url }) => {
          if (url === '/set?1')
            response.setHeader('set-cookie', ['a=1; Path=/', 'b=2; Path=/other', 'c=3; Domain=evil.invalid'])
          if (url === '/set?2') response.setHeader('set-cookie', 'a=; Max-Age=0; Path=/')
          response.end()
        }
        const { fire } = server.stepOn(driver, { http: { url: '{{raw:to}}'.replace(/^/, '/') }, cookies: true })
        for (const to of ['', 'set?1', 'x', 'other/y', 'x', 'set?2', 'x']) await fire({ to })
        assert.deepEqual(
          server.seen.map(({ headers }) => headers.cookie),
          [undefined, undefined, 'a=1', 'b=2; a=1', 'a=1', 'a=1', undefined],
        )
      })

      it('send cookies with requests that are otherwise always the same', async () => {
        server.answer = (response) => response.setHeader('set-cookie', 'sid=s; Path=/').end()
        const { fire } = server.stepOn(driver, { cookies: true })
        const [first, second] = [await fire(), await fire()]
        assert.deepEqual(
          server.seen.map(({ headers }) => headers.cookie),
          [undefined, 'sid=s'],
        )
        assert.equal(second.sent - first.sent, 'cookie: sid=s\r\n'.length)
      })
    })
  }

  it('keeps the answers of pipelined requests apart', async () => {
    server.answer = (response, { url }) =>
      response.end(JSON.stringify({ url, filler: 'x'.repeat(Number(url.slice(1)) * 3000) }))
    const { fire, value } = server.stepOn('wire', {
      http: { url: '/{{x}}', pipelining: 8 },
      extract: { url: 'json:$.url' },
    })
    const tickets = Array.from({ length: 8 }, (_, ticket) => ticket)
    const ends = await Promise.all(tickets.map((ticket) => fire({ x: String(ticket) }, ticket)))
    assert.ok(ends.every(({ kind }) => kind === null))
    assert.deepEqual(
      tickets.map((ticket) => value('url', ticket)),
      tickets.map((ticket) => `/${ticket}`),
    )
  })
})
