/**
 * The wire driver's parser against Node.js's own: what it takes, Node.js takes too and reads the same in it. It may
 * refuse what Node.js takes. However a stream is cut into pieces, it is read the same.
 */

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { statusKind } from '../../src/tasks/http/error-kind.ts'
import { HeadMemory } from '../../src/tasks/http/wire/head-memory.ts'
import { HeldPool } from '../unit/tasks/wire/held-pool.ts'
import { cutAt, readResponse } from '../unit/tasks/wire/read-response.ts'
import { readWithNode } from './node-response.ts'
import { anyResponse } from './response-arbitrary.ts'
import { damaged, patience, tries } from './runs.ts'

const method = fc.constantFrom('GET' as const, 'GET' as const, 'GET' as const, 'HEAD' as const)
const octets = fc.oneof({ weight: 3, arbitrary: anyResponse }, { weight: 1, arbitrary: damaged(anyResponse) })

describe('responses from anywhere', () => {
  it('are read the same however they are cut', function () {
    this.timeout(patience(20))
    fc.assert(
      fc.property(octets, method, (bytes, verb) => {
        const whole = readResponse([bytes], verb === 'HEAD')
        // Remembered after a request with the other method, and then again and again.
        const heads = new HeadMemory()
        readResponse([bytes], verb !== 'HEAD', heads)
        assert.deepEqual(readResponse([bytes], verb === 'HEAD', heads), whole, 'remembered')
        for (let at = 0; at <= bytes.length; at++) {
          assert.deepEqual(readResponse(cutAt(bytes, at), verb === 'HEAD'), whole, `cut at ${at}`)
          assert.deepEqual(readResponse(cutAt(bytes, at), verb === 'HEAD', heads), whole, `remembered, cut at ${at}`)
        }
        const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
        assert.deepEqual(readResponse(single, verb === 'HEAD'), whole, 'octet by octet')
      }),
      tries(600),
    )
  })

  it('are read the same with the head of another before them remembered', function () {
    this.timeout(patience(20))
    fc.assert(
      fc.property(fc.array(octets, { minLength: 2, maxLength: 3 }), fc.nat(), fc.nat(255), (several, place, octet) => {
        const heads = new HeadMemory()
        // The first is there once more, but for one octet.
        const changed = several[0]!.slice()
        changed[place % changed.length] = octet
        for (const bytes of [...several, several[0]!, changed, several[0]!]) {
          assert.deepEqual(readResponse([bytes], false, heads), readResponse([bytes]))
        }
      }),
      tries(1500),
    )
  })

  it('are told apart where several requests were sent ahead, however they are cut', function () {
    this.timeout(patience(20))
    let apart = 0
    fc.assert(
      fc.property(fc.array(octets, { minLength: 1, maxLength: 4 }), fc.nat(), fc.nat(), (several, first, second) => {
        const read = several.map((bytes) => readResponse([bytes]))
        const sound = read.every(({ outcome, persistent }) => outcome === 'done' && persistent)
        fc.pre(sound)
        const stream = Buffer.concat(several.map((bytes, i) => bytes.subarray(0, read[i]!.consumed)))
        const [from, to] = [first % (stream.length + 1), second % (stream.length + 1)].sort((a, b) => a - b) as [
          number,
          number,
        ]
        const held = new HeldPool(several.length)
        held.submit(...several.keys())
        const [link] = held.links
        link!.ready()
        for (const piece of [stream.subarray(0, from), stream.subarray(from, to), stream.subarray(to)]) {
          link!.answer(piece)
        }
        const kinds = read.map(({ statuses }, ticket) => [ticket, statusKind(statuses[0]!)])
        assert.deepEqual([held.settledAs, link!.destroyed], [kinds, false], JSON.stringify(stream.toString('latin1')))
        if (several.length > 1) apart++
      }),
      tries(600),
    )
    assert.ok(apart > 50, `only ${apart} streams held several`)
  })

  it('are what Node.js makes of them, or refused', async function () {
    this.timeout(patience(30))
    let agreed = 0
    await fc.assert(
      fc.asyncProperty(octets, method, fc.nat(), async (bytes, verb, cut) => {
        const ours = readResponse([bytes], verb === 'HEAD')
        if (ours.outcome !== 'done') return
        // What follows a response is nobody's, and its reader may stumble over it in its own way.
        const response = bytes.subarray(0, ours.consumed)
        const theirs = await readWithNode(cutAt(response, cut % (response.length + 1)), verb)
        const text = JSON.stringify(Buffer.from(response).toString('latin1'))
        assert.ok(theirs.ok, `Node.js refuses ${text}: ${theirs.ok ? '' : theirs.code}`)
        assert.deepEqual([ours.statuses, ours.body], [[theirs.status], theirs.body], text)
        // After HEAD without a length Node.js ends the connection, for no reason that RFC 9112 knows.
        if (ours.persistent && verb === 'GET')
          assert.ok(theirs.persistent, `Node.js would end the connection after ${text}`)
        agreed++
      }),
      tries(1500),
    )
    assert.ok(agreed > 200, `only ${agreed} responses were read`)
  })
})
