import assert from 'node:assert/strict'
import { HeadMemory, REMEMBERED_LIMIT } from '../../../../src/tasks/http/wire/head-memory.ts'
import { readResponse } from './read-response.ts'

/** Tells how many heads were taken over. */
class CountingMemory extends HeadMemory {
  found = 0

  override find(octets: Uint8Array, from: number, to: number): number {
    const length = super.find(octets, from, to)
    if (length > 0) this.found++
    return length
  }
}

const head = (date: string, more = ''): string =>
  `HTTP/1.1 200 OK\r\ndate: ${date}\r\n${more}keep-alive: timeout=5\r\ncontent-length: 2\r\n\r\n`

/** Reads responses one after another, each as without a memory. @returns how many heads were taken over */
function taken(...texts: readonly string[]): number {
  const heads = new CountingMemory()
  for (const text of texts) {
    const bytes = Buffer.from(text, 'latin1')
    for (const bodiless of [false, true]) {
      assert.deepEqual(readResponse([bytes], bodiless, heads), readResponse([bytes], bodiless), text)
    }
  }
  return heads.found
}

describe('the memory of heads', () => {
  it('takes over the head that came last, whatever follows it and whatever was asked', () => {
    assert.equal(taken(`${head('one')}ab`, `${head('one')}cd`, `${head('two')}ab`), 4)
  })

  it('takes over what an interim response said, and which transfer coding', () => {
    const interim = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'
    // Within one response the second is remembered instead of the first, and then the last.
    assert.equal(taken(interim.repeat(2) + head('one')), 2)
    assert.equal(taken('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\na: b\r\n\r\n'), 1)
  })

  it('takes over nothing that differs in any octet', () => {
    const text = `${head('one')}ab`
    for (let at = 0; at < text.length - 2; at++) {
      for (const octet of ['\0', ' ', '\r', '\n', 'x', '9', '\x80']) {
        if (text[at] === octet) continue
        const heads = new CountingMemory()
        const changed = Buffer.from(text.slice(0, at) + octet + text.slice(at + 1), 'latin1')
        readResponse([Buffer.from(text)], false, heads)
        assert.deepEqual(readResponse([changed], false, heads), readResponse([changed]), `${octet} at ${at}`)
        assert.equal(heads.found, 0)
      }
    }
  })

  it('takes over nothing that has not come whole', () => {
    const bytes = Buffer.from(`${head('one')}ab`)
    const heads = new CountingMemory()
    readResponse([bytes], false, heads)
    for (let at = 1; at < bytes.length - 2; at++) {
      readResponse([bytes.subarray(0, at), bytes.subarray(at)], false, heads)
    }
    assert.equal(heads.found, 0)
  })

  it('remembers no head that is too long', () => {
    const long = (octets: number) => {
      const least = head('one', 'x: \r\n').length
      return `${head('one', `x: ${'a'.repeat(octets - least)}\r\n`)}ab`
    }
    assert.equal(taken(long(REMEMBERED_LIMIT)), 1)
    assert.equal(taken(long(REMEMBERED_LIMIT + 1)), 0)
  })

  it('goes on to remember where heads were different for long', () => {
    const heads = new CountingMemory()
    const read = (text: string) => readResponse([Buffer.from(text)], false, heads)
    for (let i = 0; i < 1000; i++) read(`${head(`${i}`)}ab`)
    assert.equal(heads.found, 0)
    for (let i = 0; i < 200; i++) read(`${head('same')}ab`)
    assert.ok(heads.found > 100, `${heads.found}`)
  })
})
