import assert from 'node:assert/strict'
import { CHUNK_LINE_LIMIT } from '../../../../src/tasks/http/wire/chunk-reader.ts'
import { HeadMemory } from '../../../../src/tasks/http/wire/head-memory.ts'
import { HEAD_LIMIT, INTERIM_LIMIT } from '../../../../src/tasks/http/wire/response-parser.ts'
import { cutAt, readResponse } from './read-response.ts'

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`

/** What is read whole is read the same in every two pieces, octet by octet, and with its head remembered. */
function read(text: string, bodiless = false) {
  const bytes = Buffer.from(text, 'latin1')
  const whole = readResponse([bytes], bodiless)
  const places = bytes.length > 2000 ? [1, 20, bytes.length >> 1, bytes.length - 1] : bytes.keys()
  const heads = new HeadMemory()
  assert.deepEqual(readResponse([bytes], bodiless, heads), whole, 'to be remembered')
  assert.deepEqual(readResponse([bytes], bodiless, heads), whole, 'remembered')
  for (const at of places) {
    assert.deepEqual(readResponse(cutAt(bytes, at), bodiless), whole, `cut at ${at}`)
    assert.deepEqual(readResponse(cutAt(bytes, at), bodiless, heads), whole, `remembered, and cut at ${at}`)
  }
  const octets = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
  assert.deepEqual(readResponse(octets, bodiless), whole, 'octet by octet')
  return whole
}

const done = (text: string, body: string, bodiless = false) => {
  const result = read(text, bodiless)
  assert.deepEqual([result.outcome, result.body], ['done', body], JSON.stringify(text.slice(0, 200)))
  return result
}

describe('the response parser', () => {
  it('reads a body of a given length, and no further', () => {
    const text = `${OK}Content-Length: 5\r\n\r\nhelloHTTP/1.1 200`
    assert.deepEqual(done(text, 'hello'), {
      outcome: 'done',
      statuses: [200],
      body: 'hello',
      consumed: text.length - 12,
      persistent: true,
      keepAliveSeconds: -1,
    })
    done(`${OK}content-length:0\r\n\r\n`, '')
    done(`${OK}CONTENT-LENGTH: \t 0005 \t\r\n\r\nhello`, 'hello')
  })

  it('reads chunks, with extensions and trailers', () => {
    assert.equal(done(`${CHUNKED}5\r\nhello\r\n0\r\n\r\nx`, 'hello').consumed, CHUNKED.length + 15)
    done(`${CHUNKED}00a\r\n0123456789\r\n1\r\n!\r\n000\r\n\r\n`, '0123456789!')
    done(`${CHUNKED}1;a=b;c="d\\"e";f\r\nx\r\n0;last\r\nx-sum: 1\r\nx-more:\r\n\r\n`, 'x')
    done(`${OK}Transfer-Encoding: gzip, Chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`, 'x')
    done(`${OK}transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, '')
  })

  it('reads up to the end of the connection when the header says nothing', () => {
    assert.equal(done(`${OK}\r\nall of it`, 'all of it').persistent, false)
    done('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nx', 'x')
    done(`${OK}\r\n`, '')
  })

  it('knows answers without a body', () => {
    for (const status of [204, 304]) done(`HTTP/1.1 ${status} X\r\ncontent-length: 5\r\n\r\n`, '')
    assert.equal(done(`${OK}content-length: 5\r\n\r\n`, '', true).persistent, true)
    assert.equal(done(`${OK}\r\n`, '', true).persistent, true)
    done(CHUNKED, '', true)
  })

  it('passes over interim responses', () => {
    const interim = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\ncontent-length: 7\r\n\r\n'
    const { statuses } = done(`HTTP/1.1 100 Continue\r\n\r\n${interim}${OK}content-length: 1\r\n\r\nx`, 'x')
    assert.deepEqual(statuses, [200])
    const many = (count: number) => read(`${interim.repeat(count)}${OK}content-length: 0\r\n\r\n`).outcome
    assert.deepEqual([many(INTERIM_LIMIT), many(INTERIM_LIMIT + 1)], ['done', 'failed'])
    assert.equal(read('HTTP/1.1 101 Switching Protocols\r\n\r\n').outcome, 'failed')
  })

  for (const [line, version, persistent] of [
    ['', '1.1', true],
    ['Connection: keep-alive', '1.1', true],
    ['Connection: close', '1.1', false],
    ['Connection: upgrade,  Close ,x', '1.1', false],
    ['Connection: keep-alive\r\nConnection: close', '1.1', false],
    ['Proxy-Connection: close', '1.1', false],
    ['Proxy-Connection: keep-alive', '1.0', false],
    ['Connection: closed', '1.1', true],
    ['', '1.0', false],
    ['Connection: Keep-Alive', '1.0', true],
  ] as const) {
    it(`${persistent ? 'keeps' : 'ends'} an HTTP/${version} connection on "${line.replace('\r\n', '; ')}"`, () => {
      const text = `HTTP/${version} 200 OK\r\n${line}${line && '\r\n'}content-length: 0\r\n\r\n`
      assert.equal(done(text, '').persistent, persistent)
    })
  }

  it('reads how long an idle connection is kept', () => {
    const seconds = (value: string) =>
      done(`${OK}Keep-Alive: ${value}\r\ncontent-length: 0\r\n\r\n`, '').keepAliveSeconds
    assert.deepEqual(['timeout=5', 'max=9, Timeout=12', 'timeout=x', 'max=1'].map(seconds), [5, 12, -1, -1])
  })

  it('takes status lines without a reason, with or without the space', () => {
    for (const end of [' ', '', ' \xe4\t!']) done(`HTTP/1.1 200${end}\r\ncontent-length: 0\r\n\r\n`, '')
  })

  it('takes names that only begin like those that matter', () => {
    done(
      `${OK}content-lengthy: x\r\nconnection-x: close\r\ntransfer-encodings: y\r\nc: 1\r\ncontent-length: 1\r\n\r\nx`,
      'x',
    )
  })

  for (const [what, text] of [
    ['an empty line first', `\r\n${OK}content-length: 0\r\n\r\n`],
    ['another protocol', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['a minor version it does not know', 'HTTP/1.2 200 OK\r\n\r\n'],
    ['lower-case http', 'http/1.1 200 OK\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n'],
    ['a bare line feed after the status', 'HTTP/1.1 200 OK\ncontent-length: 0\r\n\r\n'],
    ['a bare line feed after a field', `${OK}content-length: 0\n\r\n`],
    ['a bare line feed at the end of the header', `${OK}content-length: 0\r\n\n`],
    ['a bare carriage return in a field', `${OK}a: b\rc: d\r\n\r\n`],
    ['a NUL in a field', `${OK}a: b\0c\r\n\r\n`],
    ['a NUL in the reason', 'HTTP/1.1 200 O\0K\r\n\r\n'],
    ['a space before the colon', `${OK}content-length : 0\r\n\r\n`],
    ['a folded line', `${OK}a: b\r\n c\r\n\r\n`],
    ['a field that begins with a space', `${OK} a: b\r\n\r\n`],
    ['a field without a name', `${OK}: b\r\n\r\n`],
    ['a line without a colon', `${OK}nothing\r\n\r\n`],
    ['both lengths', `${OK}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`],
    ['both lengths the other way round', `${OK}transfer-encoding: chunked\r\ncontent-length: 1\r\n\r\n0\r\n\r\n`],
    ['two lengths', `${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nxy`],
    ['one length twice', `${OK}content-length: 1\r\ncontent-length: 1\r\n\r\nx`],
    ['a list of lengths', `${OK}content-length: 1, 1\r\n\r\nx`],
    ['a length with a sign', `${OK}content-length: +1\r\n\r\nx`],
    ['a negative length', `${OK}content-length: -1\r\n\r\nx`],
    ['an empty length', `${OK}content-length:\r\n\r\n`],
    ['a length in hexadecimal', `${OK}content-length: 0x1\r\n\r\nx`],
    ['a length beyond what is exact', `${OK}content-length: 9007199254740993\r\n\r\nx`],
    ['a length without end', `${OK}content-length: ${'1'.repeat(2000)}\r\n\r\nx`],
    ['a coding that is not chunked', `${OK}transfer-encoding: gzip\r\n\r\nx`],
    ['a coding after chunked', `${OK}transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n`],
    ['chunked twice', `${OK}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a coding that looks like chunked', `${OK}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['an empty coding', `${OK}transfer-encoding:\r\n\r\n0\r\n\r\n`],
    ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a chunk without a size', `${CHUNKED}\r\n0\r\n\r\n`],
    ['a size that is no number', `${CHUNKED}g\r\n\r\n`],
    ['a size with a prefix', `${CHUNKED}0x1\r\nx\r\n0\r\n\r\n`],
    ['a size with a sign', `${CHUNKED}-1\r\nx\r\n0\r\n\r\n`],
    ['a size before a space', `${CHUNKED}1 \r\nx\r\n0\r\n\r\n`],
    ['a size after a space', `${CHUNKED} 1\r\nx\r\n0\r\n\r\n`],
    ['a size beyond what is exact', `${CHUNKED}ffffffffffffff\r\n`],
    ['a size of too many digits', `${CHUNKED}${'0'.repeat(17)}\r\n\r\n`],
    ['a bare line feed after a size', `${CHUNKED}1\nx\r\n0\r\n\r\n`],
    ['a bare line feed after a chunk', `${CHUNKED}1\r\nx\n0\r\n\r\n`],
    ['a chunk longer than its size', `${CHUNKED}1\r\nxy\r\n0\r\n\r\n`],
    ['an extension without a name', `${CHUNKED}1;\r\nx\r\n0\r\n\r\n`],
    ['an extension with a bare line feed', `${CHUNKED}1;a=b\nx\r\n0\r\n\r\n`],
    ['extensions without end', `${CHUNKED}1;${'a'.repeat(CHUNK_LINE_LIMIT)}\r\nx\r\n0\r\n\r\n`],
    ['a length in a trailer', `${CHUNKED}0\r\ncontent-length: 1\r\n\r\nx`],
    ['a coding in a trailer', `${CHUNKED}0\r\ntransfer-encoding: chunked\r\n\r\n`],
    ['a bare line feed after trailers', `${CHUNKED}0\r\na: b\r\n\n`],
    ['a header without end', `${OK}${'a: b\r\n'.repeat(HEAD_LIMIT / 6)}\r\n`],
    ['a reason without end', `HTTP/1.1 200 ${'a'.repeat(HEAD_LIMIT)}\r\n\r\n`],
    ['a name without end', `${OK}${'a'.repeat(HEAD_LIMIT)}: b\r\n\r\n`],
    ['trailers without end', `${CHUNKED}0\r\n${'a: b\r\n'.repeat(HEAD_LIMIT / 6 + 1)}\r\n`],
  ] as const) {
    it(`refuses ${what}`, () => assert.equal(read(text).outcome, 'failed'))
  }

  it('does not take what was cut off for whole', () => {
    for (const text of [
      `${OK}content-length: 5\r\n\r\nhello`,
      `${CHUNKED}5\r\nhello\r\n0\r\n\r\n`,
      `HTTP/1.1 100 C\r\n\r\n${OK}content-length: 0\r\n\r\n`,
    ]) {
      for (let length = 0; length < text.length; length++) {
        assert.equal(readResponse([Buffer.from(text.slice(0, length))]).outcome, 'cut', `${length} of ${text}`)
      }
    }
  })

  it('takes a header of the greatest size', () => {
    const filler = 'a'.repeat(HEAD_LIMIT - OK.length - 'x: \r\ncontent-length: 0\r\n\r\n'.length)
    done(`${OK}x: ${filler}\r\ncontent-length: 0\r\n\r\n`, '')
    assert.equal(read(`${OK}x: ${filler}a\r\ncontent-length: 0\r\n\r\n`).outcome, 'failed')
  })
})
