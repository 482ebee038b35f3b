/**
 * Window batches from peers that have the key: contradictory, repeated, forged, of nodes that never were. What was
 * stored first stays, everything else is refused or counted, and nothing is kept or sent without bound.
 */

import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { BootId } from '../../src/base/ids.ts'
import { LIMITS } from '../../src/base/limits.ts'
import { addSequence, type Ranges } from '../../src/base/ranges.ts'
import { decodeBatch, encodeBatch } from '../../src/mesh/batch-codec.ts'
import { decodeMessage, encodeMessage } from '../../src/mesh/codec.ts'
import type { MeshPort } from '../../src/mesh/mesh-port.ts'
import type { WindowBatch } from '../../src/metrics/window.ts'
import { WindowExchange } from '../../src/node/window-exchange.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { parseSuite } from '../../src/suite/parse.ts'
import { batch, counts, encoded, RUN_ID, window } from '../unit/metrics/fixtures.ts'
import { damaged, patience, tries } from './runs.ts'

const SELF = 'self'
const parsed = parseSuite({
  text: JSON.stringify({
    name: 'w',
    target: 'http://127.0.0.1:1',
    scenarios: [{ name: 'a', load: { rate: '10/s', duration: '10s' }, http: '/' }],
  }),
  format: 'json',
})
assert.ok(parsed.ok)
const { suite } = parsed

function exchange() {
  const store = openStore({ path: ':memory:' })
  store.putRun({ runId: RUN_ID, createdAt: 1, record: '{}' })
  const held = new Map<BootId, Ranges>()
  const added: WindowBatch[] = []
  const complaints: string[] = []
  const log: string[] = []
  const sent: { readonly to: BootId; readonly bytes: Uint8Array }[] = []
  const mesh = {
    bootId: SELF,
    peers: () => ['x'],
    send: (to: BootId, _channel: string, bytes: Uint8Array) => {
      sent.push({ to, bytes })
      return true
    },
  } as unknown as MeshPort
  const windows = new WindowExchange({
    mesh,
    store,
    suiteOf: (runId) => (runId === RUN_ID ? suite : undefined),
    recipientsOf: () => null,
    heldOf: (runId) => (runId === RUN_ID ? held : undefined),
    input: (input) => {
      if (input.kind !== 'batch') return
      held.set(input.bootId, addSequence(held.get(input.bootId) ?? [], input.sequence))
    },
    added: (one) => added.push(one),
    complain: (from, error) => complaints.push(`${from}: ${String(error)}`),
    log: (level, message) => log.push(`${level}: ${message}`),
  })
  return { windows, store, held, added, complaints, log, sent }
}

/** A sound batch whose contents differ with `sent`. */
function soundBatch(bootId: BootId, sequence: number, sent: number): WindowBatch {
  if (sent === 0) return batch(bootId, sequence)
  const histogram = encoded(...Array.from({ length: sent }, (_, i) => 100 + i))
  const measured = { latency: histogram, serviceTime: histogram, lateness: histogram, firstAt: 0, lastAt: 1 }
  return batch(bootId, sequence, window({ counts: counts({ sent, succeeded: sent }), ...measured }))
}

function envelope(...batches: readonly Uint8Array[]): Uint8Array {
  return encodeMessage({ kind: 'batches', batches })
}

describe('fuzz: windows', function () {
  this.timeout(patience(30))

  it('keeps the first of contradictory windows, whatever comes in whichever order', () => {
    const one = fc.tuple(fc.constantFrom('a', 'b', SELF), fc.nat(5), fc.nat(3))
    fc.assert(
      fc.property(fc.array(fc.array(one, { maxLength: 4 }), { maxLength: 12 }), (messages) => {
        const { windows, store, added, log } = exchange()
        const first = new Map<string, number>()
        let contradictions = 0
        for (const message of messages) {
          windows.receive('x', envelope(...message.map((parts) => encodeBatch(soundBatch(...parts)))))
          windows.flush()
          for (const [bootId, sequence, sent] of message) {
            const key = `${bootId}/${sequence}`
            if (bootId === SELF) continue
            if (!first.has(key)) first.set(key, sent)
            else if (first.get(key) !== sent) contradictions++
          }
        }
        assert.equal(windows.contradictions, contradictions)
        assert.equal(log.length, Math.min(contradictions, 100))
        assert.equal(added.length, first.size)
        for (const stored of store.batches(RUN_ID)) {
          const [bootId, sequence] = [stored.bootId, stored.sequence]
          const expected = encodeBatch(soundBatch(bootId, sequence, first.get(`${bootId}/${sequence}`) ?? -1))
          assert.deepEqual(Buffer.from(stored.bytes), Buffer.from(expected))
          assert.equal(decodeBatch(stored.bytes).sequence, sequence)
        }
        store.close()
      }),
      tries(60),
    )
  })

  it('complains about whatever else comes, and stores nothing unchecked', () => {
    const sound = envelope(encodeBatch(soundBatch('a', 1, 3)))
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged(fc.constant(sound)))
    const { windows, store, complaints } = exchange()
    fc.assert(
      fc.property(bytes, (message) => {
        const before = complaints.length
        windows.receive('x', message)
        windows.flush()
        assert.ok(complaints.length <= before + 1)
        for (const complaint of complaints.slice(before)) assert.match(complaint, /^x: VajraError: /)
      }),
      tries(500),
    )
    // A flipped bit may make another sound batch; what is stored has been checked, so it can be read and is one window.
    for (const stored of store.batches(RUN_ID)) {
      assert.ok(decodeBatch(stored.bytes).windows.length <= 1)
    }
    store.close()
  })

  it('keeps windows of so many nodes of a run and no more, and none of its own from others', () => {
    const { windows, store, held, complaints } = exchange()
    const most = 4 * LIMITS.nodes
    for (let from = 0; from < most + 500; from += 500) {
      const batches = Array.from({ length: 500 }, (_, i) => encodeBatch(soundBatch(`invented${from + i}`, 0, 0)))
      windows.receive('x', envelope(...batches))
      windows.flush()
    }
    windows.receive('x', envelope(encodeBatch(soundBatch(SELF, 0, 0))))
    windows.flush()
    assert.ok(held.size < most + 500 && held.size >= most, `${held.size} nodes`)
    assert.ok(!held.has(SELF))
    assert.match(complaints.at(-1) ?? '', /windows of 4096 nodes/)
    store.close()
  })

  it('serves no more than may be asked for at once, whatever is asked', () => {
    const { windows, store, sent } = exchange()
    store.putBatches(
      Array.from({ length: 2000 }, (_, sequence) => ({
        runId: RUN_ID,
        bootId: 'a',
        sequence,
        bytes: encodeBatch(soundBatch('a', sequence, 0)),
      })),
    )
    const bound = fc.integer({ min: -1, max: 10_000_000 })
    const near = fc.integer({ min: -1, max: 2500 })
    const ranges = fc.array(fc.tuple(fc.oneof(near, bound), fc.oneof(near, bound)), { maxLength: 64 })
    fc.assert(
      fc.property(ranges, (asked) => {
        sent.length = 0
        windows.serve('x', RUN_ID, 'a', asked)
        const served = sent.flatMap(
          ({ bytes }) => (decodeMessage(bytes, LIMITS.windowsBytes) as { batches: Uint8Array[] }).batches,
        )
        assert.ok(served.length <= LIMITS.pullSequences, `${served.length} batches for ${JSON.stringify(asked)}`)
      }),
      tries(150),
    )
    store.close()
  })
})
