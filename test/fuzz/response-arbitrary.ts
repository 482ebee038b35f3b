/** Responses, sound ones and those that try to be read in two ways. */

import fc from 'fast-check'

const line = (text: string): string => `${text}\r\n`
const weighted = <T>(often: readonly T[], seldom: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...often) }, { weight: 1, arbitrary: fc.constantFrom(...seldom) })

const lineEnd = fc.oneof(
  { weight: 60, arbitrary: fc.constant('\r\n') },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\r', '\r\r\n', ' \r\n', '\r\n ', '\0\r\n') },
)

const statusLine = weighted(
  [
    'HTTP/1.1 200 OK',
    'HTTP/1.1 200',
    'HTTP/1.1 404 Not Found',
    'HTTP/1.1 204 No Content',
    'HTTP/1.1 304 Not Modified',
    'HTTP/1.0 200 OK',
    'HTTP/1.1 503 ',
    'HTTP/1.1 999 \xe4',
  ],
  [
    'HTTP/0.9 200 OK',
    'HTTP/1.1  200 OK',
    'HTTP/2.0 200 OK',
    'http/1.1 200 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 20 OK',
    'HTTP/1.1 099 X',
    'HTTP/1.1 101 Switching',
    'HTTP/1.1\t200 OK',
    'HTTP/1.12 200 OK',
    'ICY 200 OK',
    '',
  ],
)

const framing = weighted(
  [
    ['content-length: 5'],
    ['Content-Length:5 '],
    ['transfer-encoding: chunked'],
    ['Transfer-Encoding: gzip, Chunked'],
    ['transfer-encoding: gzip', 'transfer-encoding: chunked'],
    [],
    ['content-length: 0'],
  ],
  [
    ['content-length: 5', 'transfer-encoding: chunked'],
    ['transfer-encoding: chunked', 'content-length: 5'],
    ['content-length: 5', 'content-length: 5'],
    ['content-length: 5', 'content-length: 6'],
    ['content-length: 5, 5'],
    ['content-length: +5'],
    ['content-length: 0x5'],
    ['content-length: 5 5'],
    ['content-length:'],
    ['content-length: 99999999999999999999'],
    ['content-length : 5'],
    ['content-length\t: 5'],
    ['content-length', ': 5'],
    [' content-length: 5'],
    ['x: y', ' content-length: 5'],
    ['transfer-encoding: identity'],
    ['transfer-encoding: xchunked'],
    ['transfer-encoding: chunked, identity'],
    ['transfer-encoding: chunked', 'transfer-encoding: identity'],
    ['transfer-encoding: "chunked"'],
    ['transfer-encoding:\x0bchunked'],
    ['transfer-encoding: ,chunked'],
    ['transfer-encoding:'],
  ],
)

const field = weighted(
  [
    'date: Sat, 21 Nov 2026 12:00:00 GMT',
    'Connection: keep-alive',
    'Connection: close',
    'Keep-Alive: timeout=5, max=100',
    'etag: "65a5-264"',
    'x:',
    'content-type: text/html; charset=\xfctf',
    'set-cookie: a=b; path=/',
    'connection: x , CLOSE',
  ],
  [
    'connection: keep-alive, close',
    'Proxy-Connection: close',
    'upgrade: h2c',
    'x y: z',
    ': z',
    'x',
    'x: \x01',
    'x: \x7f',
  ],
)

const interim = weighted(['', ''], [line('HTTP/1.1 100 Continue') + line(''), 'HTTP/1.1 103 E\r\nlink: </a>\r\n\r\n'])

const size = weighted(
  ['5', '05', '0005', '5;a=b', '5;a="b\\"c"', '5;a'],
  [
    '5 ',
    ' 5',
    '0x5',
    '+5',
    '-5',
    '',
    '5;',
    '5;a=',
    '5 ;a',
    '5;a b',
    '5;"a"',
    '5;a="b',
    '5\0',
    '1000000000000005',
    '5,5',
  ],
)

const chunkedBody = fc
  .tuple(fc.array(fc.tuple(size, lineEnd, lineEnd), { maxLength: 3 }), fc.array(field, { maxLength: 1 }), lineEnd)
  .map(([chunks, trailers, end]) => {
    const data = chunks.map(([octets, afterSize, afterData]) => `${octets}${afterSize}hello${afterData}`).join('')
    return `${data}0\r\n${trailers.map(line).join('')}${end}`
  })

const body = fc.oneof(
  chunkedBody,
  fc.constantFrom('hello', 'hello', '', 'hell', 'hello\r\n', 'helloHTTP/1.1 200 OK\r\n\r\n'),
)

/** Bytes that may be a response, and may be followed by more. */
export const anyResponse: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    interim,
    statusLine,
    lineEnd,
    fc.shuffledSubarray([0, 1, 2, 3]),
    framing,
    fc.array(field, { maxLength: 3 }),
    lineEnd,
    body,
  )
  .chain(([before, status, statusEnd, order, lengths, fields, headEnd, content]) => {
    const all = [...lengths, ...fields]
    const first = order.map((index) => all[index]).filter((text) => text !== undefined)
    const lines = [...first, ...all.filter((text) => !first.includes(text))]
    return fc
      .array(lineEnd, { minLength: lines.length, maxLength: lines.length })
      .map(
        (ends) =>
          `${before}${status}${statusEnd}${lines.map((text, at) => text + ends[at]).join('')}${headEnd}${content}`,
      )
  })
  .map((text) => Uint8Array.from(Buffer.from(text, 'latin1')))
