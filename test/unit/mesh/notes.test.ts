import assert from 'node:assert/strict'
import fc from 'fast-check'
import { VajraError } from '../../../src/base/errors.ts'
import { LIMITS } from '../../../src/base/limits.ts'
import { encodeMessage } from '../../../src/mesh/codec.ts'
import { decodeNote, encodeNote, type Note, PEERS_PER_NOTE } from '../../../src/mesh/notes.ts'

const endpoint = { host: '10.0.0.1', port: 7077 }

describe('notes about peers', () => {
  it('come out as they went in', () => {
    const notes: Note[] = [
      { note: 'hello', name: 'build-2', endpoints: [endpoint], ready: true },
      { note: 'peers', peers: [{ bootId: 'a', endpoints: [endpoint, { host: 'fd00::1', port: 1 }] }] },
    ]
    for (const note of notes) assert.deepEqual(decodeNote(encodeNote(note)), note)
  })

  it('are at most as long as a control message, however many addresses are in them', () => {
    const endpoints = Array.from({ length: LIMITS.addressesPerNode }, () => ({
      host: 'ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255',
      port: 65_535,
    }))
    const peers = Array.from({ length: PEERS_PER_NOTE }, (_, i) => ({ bootId: `${i}`.padEnd(64, 'x'), endpoints }))
    assert.ok(encodeNote({ note: 'peers', peers }).length < LIMITS.controlBytes)
  })

  it('keep a bounded number of addresses, and none that cannot be dialled', () => {
    const addresses = [
      7,
      '/ip4/10.0.0.1/udp/1',
      '/ip4/10.0.0.1/tcp/0',
      '/dns/a.example/tcp/7',
      ...new Array(20).fill('/ip4/10.0.0.1/tcp/7077'),
    ]
    const note = decodeNote(encodeMessage(['hello', 'x', addresses, false]))
    assert.ok(note?.note === 'hello')
    assert.ok(note.endpoints.length <= LIMITS.addressesPerNode)
    assert.deepEqual(new Set(note.endpoints.map(({ port }) => port)), new Set([7077]))
  })

  it('cannot bring control characters into a log', () => {
    const note = decodeNote(encodeMessage(['hello', '\u001b[2Jname\n\u202e', [], false]))
    assert.ok(note?.note === 'hello')
    assert.equal(note.name, '?[2Jname??')
  })

  it('are refused when malformed, skipped when of a later kind', () => {
    assert.equal(decodeNote(encodeMessage(['later', 1])), null)
    const tooMany = new Array(PEERS_PER_NOTE + 1).fill(['a', []])
    for (const value of [
      null,
      {},
      ['hello', 1, []],
      ['peers', 'x'],
      ['peers', [['not an id!', []]]],
      ['peers', tooMany],
    ]) {
      assert.throws(() => decodeNote(encodeMessage(value)), VajraError)
    }
    fc.assert(
      fc.property(fc.anything({ maxDepth: 3 }), (value) => {
        try {
          decodeNote(encodeMessage(['peers', JSON.parse(JSON.stringify(value) ?? 'null')]))
        } catch (error) {
          assert.ok(error instanceof VajraError)
        }
      }),
    )
  })
})
