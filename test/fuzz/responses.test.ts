/**
 * The wire driver's parser against Node.js's own: what it takes, Node.js takes too and reads the same in it. It may
 * refuse what Node.js takes. However a stream is cut into pieces, it is read the same.
 */

import assert from 'node:assert/strict'
import fc from 'fast-check'
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
        for (let at = 0; at <= bytes.length; at++) {
          assert.deepEqual(readResponse(cutAt(bytes, at), verb === 'HEAD'), whole, `cut at ${at}`)
        }
        const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
        assert.deepEqual(readResponse(single, verb === 'HEAD'), whole, 'octet by octet')
      }),
      tries(600),
    )
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
