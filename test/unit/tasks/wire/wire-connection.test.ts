/** What cannot be brought about at will with a real server. */

import assert from 'node:assert/strict'
import { prepareRequest } from '../../../../src/tasks/http/prepared-request.ts'
import type { LinkEvents } from '../../../../src/tasks/http/wire/link.ts'
import { WireLane } from '../../../../src/tasks/http/wire/wire-lane.ts'
import { EMPTY, HeldLink } from './held-link.ts'

describe('a connection of the wire driver', () => {
  const links: HeldLink[] = []
  const kinds: (string | null)[] = []

  const open = (body?: string, more: object = {}): WireLane => {
    links.length = 0
    kinds.length = 0
    const url = 'https://held.invalid/'
    const request = prepareRequest({ method: 'POST', url, headers: {}, body, timeoutMs: 1000, ...more })
    const hold = (events: LinkEvents): HeldLink => {
      const link = new HeldLink(events)
      links.push(link)
      return link
    }
    return new WireLane(request, { settled: (_ticket, kind) => kinds.push(kind) }, hold)
  }

  for (const [what, body, connections] of [
    ['uses a connection again though nobody has said yet that a small request is written', 'x', 1],
    ['does not use a connection again when the answer comes before a long request is written', 'x'.repeat(20_000), 2],
  ] as const) {
    it(what, () => {
      const lane = open(body)
      lane.fire(0)
      links[0]!.events.ready(links[0]!)
      links[0]!.flushed = false
      links[0]!.answer()
      lane.fire(0)
      assert.deepEqual([kinds, links.length, links[0]!.destroyed], [[null], connections, connections === 2])
    })
  }

  it('pays no heed to what a connection says that it has given up', () => {
    const lane = open()
    lane.fire(0)
    const [first] = links
    lane.cut(0, 'interrupted')
    lane.fire(0)
    first!.events.ready(first!)
    first!.answer()
    first!.events.ended(first!)
    first!.events.failed(first!, new Error('late'))
    assert.deepEqual([kinds, first!.written.length], [['interrupted'], 0])
    links[1]!.events.ready(links[1]!)
    links[1]!.answer()
    assert.deepEqual(kinds, ['interrupted', null])
  })

  it('gives up a connection on which something comes that nobody asked for', () => {
    const lane = open()
    lane.fire(0)
    links[0]!.events.ready(links[0]!)
    links[0]!.answer()
    links[0]!.answer()
    lane.fire(0)
    assert.deepEqual([kinds, links.map(({ destroyed }) => destroyed)], [[null], [true, false]])
  })

  it('counts a failure to open a connection, and tries again with the next request', () => {
    const request = prepareRequest({ method: 'GET', url: 'http://h/', headers: {}, body: undefined, timeoutMs: 9 })
    const found: (string | null)[] = []
    const refuse = (): never => {
      throw Object.assign(new Error('no'), { code: 'EMFILE' })
    }
    const lane = new WireLane(request, { settled: (_ticket, kind) => found.push(kind) }, refuse)
    lane.fire(0)
    lane.fire(0)
    assert.deepEqual(found, ['exhausted', 'exhausted'])
  })

  for (const [part, kind, step] of [
    ['connectMs', 'connect_timeout', 0],
    ['tlsMs', 'tls_timeout', 1],
    ['firstByteMs', 'first_byte_timeout', 2],
    ['timeoutMs', 'timeout', 3],
  ] as const) {
    it(`ends a request as ${kind} in its own part only`, async () => {
      const limits = { connectMs: 5000, tlsMs: 5000, firstByteMs: 5000, timeoutMs: 5000, [part]: 40 }
      const { timeoutMs, ...phases } = limits
      const lane = open(undefined, { timeoutMs, phases })
      const begun = performance.now()
      lane.fire(0)
      const [link] = links
      if (step > 0) link!.events.connected(link!)
      if (step > 1) link!.events.ready(link!)
      if (step > 2) link!.answer(EMPTY.subarray(0, 20))
      while (kinds.length === 0) {
        assert.ok(performance.now() - begun < 2000, 'nothing timed out')
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      assert.deepEqual([kinds, link!.destroyed], [[kind], true])
      assert.ok(performance.now() - begun >= 39)
    })
  }

  it('lets a request take its time in a part that is not bounded', async () => {
    const lane = open(undefined, { phases: { connectMs: 30, tlsMs: 30, firstByteMs: 30 } })
    lane.fire(0)
    const [link] = links
    link!.events.connected(link!)
    link!.events.ready(link!)
    link!.answer(EMPTY.subarray(0, 20))
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.deepEqual(kinds, [])
    link!.answer(EMPTY.subarray(20))
    assert.deepEqual(kinds, [null])
  })
})
