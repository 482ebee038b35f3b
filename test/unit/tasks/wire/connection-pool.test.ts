import assert from 'node:assert/strict'
import fc from 'fast-check'
import { DROPPED_AFTER_MS, FIRST_WINDOW } from '../../../../src/tasks/http/wire/connect-window.ts'
import { KEEP_ALIVE_MS } from '../../../../src/tasks/http/wire/keep-alive.ts'
import { LinkGroup } from '../../../../src/tasks/http/wire/link-group.ts'
import { EMPTY, type HeldLink } from './held-link.ts'
import { HeldPool } from './held-pool.ts'

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
const twoEmpty = Buffer.concat([EMPTY, EMPTY])

describe('the connections of the wire driver', () => {
  it('are opened ahead of the requests, which then find them', () => {
    const held = new HeldPool()
    held.warm(3)
    for (const link of held.links) link.ready()
    held.submit(0, 1, 2)
    assert.deepEqual([held.links.length, held.sentOn.size, held.settledAs], [3, 3, []])
    held.submit(3)
    assert.equal(held.links.length, 4)
  })

  it('are waited for where they are being opened ahead, and opened for requests alone once there are any', () => {
    const held = new HeldPool()
    held.warm(FIRST_WINDOW + 10)
    held.submit(0)
    assert.equal(held.links.length, FIRST_WINDOW)
    held.links[5]!.ready()
    assert.deepEqual([held.links.length, held.links[5]!.written.length], [FIRST_WINDOW, 1])
    held.warm(1000)
    assert.equal(held.links.length, FIRST_WINDOW)
  })

  it('are opened ahead only once where the target takes none, and no request fails for it', () => {
    const held = new HeldPool()
    held.warm(5)
    for (const link of held.links) link.fail('ECONNREFUSED')
    assert.deepEqual([held.links.length, held.settledAs], [5, []])
    held.submit(0)
    assert.equal(held.links.length, 6)
  })

  it('fail one request with each attempt that fails, and the one that has waited longest', () => {
    const held = new HeldPool()
    held.submit(0, 1, 2)
    held.links[2]!.fail('ECONNREFUSED')
    held.links[0]!.fail('ECONNRESET')
    assert.deepEqual(held.settledAs, [
      [0, 'connect_refused'],
      [1, 'connection_reset'],
    ])
    assert.equal(held.links.length, 3)
    held.links[1]!.ready()
    assert.equal(held.sentOn.has(2), true)
  })

  it('are taken as they become free, whichever they were opened for', () => {
    const held = new HeldPool()
    held.submit(0)
    held.links[0]!.ready()
    held.submit(1)
    held.links[0]!.answer()
    assert.deepEqual([held.settledAs, held.links[0]!.written.length], [[[0, null]], 2])
    held.links[1]!.fail('ECONNREFUSED')
    assert.equal(held.settledAs.length, 1)
  })

  it('are asked for a few at a time, and for more with each that is made', () => {
    const held = new HeldPool()
    held.submit(...range(10_000))
    assert.equal(held.links.length, FIRST_WINDOW)
    for (const link of held.links.slice(0, 100)) link.ready()
    assert.equal(held.links.length, FIRST_WINDOW + 200)
  })

  it('are asked for a few at a time again when the target has dropped one, and it holds up nobody', () => {
    const held = new HeldPool()
    held.submit(...range(10_000))
    for (const link of held.links.slice(0, 100)) link.ready()
    const before = held.links.length
    held.pass(DROPPED_AFTER_MS - 300)
    assert.equal(held.links.length, before)
    held.pass(600)
    assert.equal(held.links.length, before + FIRST_WINDOW)
    held.pass(DROPPED_AFTER_MS)
    assert.equal(held.links.length, before + 2 * FIRST_WINDOW)
  })

  it('are given up when the only request they were opened for is', () => {
    const held = new HeldPool()
    held.submit(0, 1)
    held.waiting.delete(1)
    held.pool.withdraw()
    assert.deepEqual([held.links.map(({ destroyed }) => destroyed), held.settledAs], [[true, false], []])
    held.links[1]!.ready()
    assert.equal(held.sentOn.has(0), true)
  })

  describe('with pipelining', () => {
    const filled = (depth: number, requests: number): [HeldPool, HeldLink] => {
      const held = new HeldPool(depth)
      held.submit(...range(requests))
      for (const link of held.links) link.ready()
      return [held, held.links[0]!]
    }

    it('are filled one after the other', () => {
      const [held] = filled(4, 9)
      assert.deepEqual(
        held.links.map(({ written }) => written.length),
        [4, 4, 1],
      )
      held.submit(9)
      assert.equal(held.links.length, 3)
    })

    it('answer in order, several at a time or in pieces', () => {
      const [held, link] = filled(4, 4)
      link.answer(twoEmpty)
      link.answer(EMPTY.subarray(0, 7))
      link.answer(Buffer.concat([EMPTY.subarray(7), EMPTY.subarray(0, 30)]))
      link.answer(EMPTY.subarray(30))
      assert.deepEqual(
        held.settledAs,
        range(4).map((ticket) => [ticket, null]),
      )
      assert.equal(link.destroyed, false)
    })

    it('fail everything in flight when they end, and each request once', () => {
      for (const [end, kind] of [
        [(link: HeldLink) => link.end(), 'closed'],
        [(link: HeldLink) => link.fail('ECONNRESET'), 'connection_reset'],
        [(link: HeldLink) => link.answer(Buffer.from('nonsense')), 'protocol'],
      ] as const) {
        const [held, link] = filled(4, 4)
        link.answer()
        end(link)
        end(link)
        assert.deepEqual(held.settledAs, [
          [0, null],
          [1, kind],
          [2, kind],
          [3, kind],
        ])
      }
    })

    it('fail what the server will not answer any more once it says that it closes', () => {
      const [held, link] = filled(3, 3)
      link.answer(Buffer.from('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'))
      assert.deepEqual(held.settledAs, [
        [0, null],
        [1, 'closed'],
        [2, 'closed'],
      ])
    })

    it('take no answer that nobody asked for', () => {
      const [held, link] = filled(2, 1)
      link.answer(twoEmpty)
      assert.deepEqual([held.settledAs, link.destroyed], [[[0, null]], true])
    })

    it('take no answer for one to a request that is sent while they are read', () => {
      const [held, link] = filled(2, 2)
      const { settled } = held
      held.settled = (...told) => {
        settled.apply(held, told)
        if (held.submitted === 2) held.submit(2)
      }
      link.answer(Buffer.concat([twoEmpty, EMPTY]))
      assert.deepEqual(held.settledAs, [
        [0, null],
        [1, null],
        [2, 'protocol'],
      ])
    })
  })

  describe('of pools that share them', () => {
    const two = (depth = 1): [HeldPool, HeldPool] => {
      const group = new LinkGroup()
      return [new HeldPool(depth, group), new HeldPool(depth, group)]
    }

    it('are taken from another pool where they are idle, and from there again', () => {
      const [first, second] = two()
      first.submit(0)
      first.links[0]!.ready()
      second.submit(1)
      assert.equal(second.links.length, 1)
      first.links[0]!.answer()
      assert.deepEqual([first.settledAs, second.sentOn.has(1)], [[[0, null]], true])
      first.links[0]!.answer()
      first.submit(2)
      assert.deepEqual([second.settledAs, first.sentOn.has(2), first.links.length], [[[1, null]], true, 1])
      second.links[0]!.ready()
      second.submit(3)
      assert.deepEqual([second.sentOn.has(3), second.links.length], [true, 1])
    })

    it('end with the requests of whoever has them', () => {
      const [first, second] = two()
      first.submit(0)
      first.links[0]!.ready()
      first.links[0]!.answer()
      second.submit(1)
      first.links[0]!.fail('ECONNRESET')
      assert.deepEqual([first.settledAs, second.settledAs], [[[0, null]], [[1, 'connection_reset']]])
      first.submit(2)
      assert.equal(first.links.length, 2)
    })

    it('are not taken where a request is in flight on them, nor when they are too old', () => {
      const [first, second] = two(2)
      first.submit(0)
      first.links[0]!.ready()
      second.submit(1)
      assert.equal(second.links.length, 1)
      second.links[0]!.ready()
      for (const { links } of [first, second]) links[0]!.answer()
      second.now += KEEP_ALIVE_MS + 1000
      second.submit(2)
      assert.deepEqual([second.links.length, first.links[0]!.destroyed, second.links[0]!.destroyed], [2, true, true])
    })

    it('stay where they are when the other pool is closed', async () => {
      const [first, second] = two()
      first.submit(0)
      first.links[0]!.ready()
      first.links[0]!.answer()
      await second.pool.close()
      first.submit(1)
      assert.deepEqual([first.sentOn.has(1), first.links.length], [true, 1])
    })
  })

  for (const [pools, among] of [
    [1, ''],
    [3, ', in pools that share them'],
  ] as const) {
    it(`settle every request once, whatever happens to them${among}`, () => settleOnce(pools))
  }
})

/** Random events on pools of one group. */
function settleOnce(pools: number): void {
  const step = fc.record({
    what: fc.constantFrom('submit', 'submit', 'submit', 'ready', 'ready', 'answer', 'answer', 'fail', 'end', 'pass'),
    pool: fc.nat(pools - 1),
    which: fc.nat(30),
    count: fc.integer({ min: 1, max: 4 }),
  })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 120 }), (depth, steps) => {
      const group = new LinkGroup()
      const all = Array.from({ length: pools }, () => new HeldPool(depth, group))
      const ready = new Set<HeldLink>()
      for (const { what, pool, which, count } of steps) {
        const held = all[pool]!
        const link = held.links[which % Math.max(1, held.links.length)]
        if (what === 'submit') for (let i = 0; i < count; i++) held.submit(held.submitted)
        else if (what === 'pass') held.pass(count * 300)
        else if (link === undefined || link.destroyed) continue
        else if (what === 'fail') link.fail('ECONNRESET')
        else if (what === 'end') link.end()
        else if (what === 'ready' && !ready.has(link)) {
          ready.add(link)
          link.ready()
        } else if (what === 'answer' && ready.has(link)) {
          link.answer(Buffer.concat(Array.from({ length: count }, () => EMPTY)))
        }
        for (const each of all) assertAllKnown(each)
      }
      // Whoever waits is served as soon as connections can be made.
      for (const { waiting, links } of all) {
        for (let at = 0; waiting.size > 0; at++) {
          const link = links[at]
          assert.ok(link !== undefined, 'requests wait, and nothing is opened for them')
          if (!link.destroyed && !ready.has(link)) link.ready()
        }
      }
    }),
    { numRuns: 300 },
  )
}

function assertAllKnown(held: HeldPool): void {
  assert.ok(held.links.length <= held.submitted, 'more attempts than requests')
  const settled = held.settledAs.map(([ticket]) => ticket)
  assert.equal(new Set(settled).size, settled.length, 'settled twice')
  assert.equal(settled.length + held.waiting.size + held.sentOn.size, held.submitted, 'a request is lost')
}
