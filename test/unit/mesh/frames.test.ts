import assert from 'node:assert/strict'
import fc from 'fast-check'
import { VajraError } from '../../../src/base/errors.ts'
import { encodeFrame, FrameDecoder, frameBytes } from '../../../src/mesh/frames.ts'

const frame = fc.record({ kind: fc.nat(255), payload: fc.uint8Array({ maxLength: 300 }) }, { noNullPrototype: true })

describe('frames', () => {
  it('come out as they went in, in whatever pieces the stream brings them', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 10 }), fc.array(fc.integer({ min: 1, max: 70 })), (frames, cuts) => {
        const read: { kind: number; payload: Uint8Array }[] = []
        const decoder = new FrameDecoder(300, (kind, payload) => read.push({ kind, payload }))
        const bytes = Buffer.concat(frames.map(({ kind, payload }) => encodeFrame(kind, payload)))
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const length = cuts[i % Math.max(1, cuts.length)] ?? bytes.length
          decoder.push(bytes.subarray(at, at + length))
          at += length
        }
        assert.deepEqual(read, frames)
      }),
    )
  })

  it('have memory of their own', () => {
    const bytes = encodeFrame(0, Uint8Array.of(7))
    let kept = new Uint8Array(0)
    new FrameDecoder(10, (_kind, payload) => {
      kept = payload as Uint8Array<ArrayBuffer>
    }).push(bytes)
    bytes.fill(0)
    assert.deepEqual(kept, Uint8Array.of(7))
    assert.equal(frameBytes(1), bytes.length)
  })

  it('are refused over the limit, before anything is kept for them', () => {
    const decoder = new FrameDecoder(10, () => assert.fail('no frame'))
    decoder.push(Uint8Array.of(0, 0xff, 0xff, 0xff))
    assert.throws(
      () => decoder.push(Uint8Array.of(0xff)),
      (error) => error instanceof VajraError && error.code === 'MESSAGE_INVALID',
    )
  })

  it('of a large message come out whole', () => {
    const payload = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251)
    const bytes = encodeFrame(1, payload)
    const read: Uint8Array[] = []
    const decoder = new FrameDecoder(payload.length, (_kind, one) => read.push(one))
    for (let at = 0; at < bytes.length; at += 1448) decoder.push(bytes.subarray(at, at + 1448))
    assert.equal(read.length, 1)
    assert.deepEqual(Buffer.compare(read[0]!, payload), 0)
  })
})
