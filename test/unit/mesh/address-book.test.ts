import assert from 'node:assert/strict'
import { LIMITS } from '../../../src/base/limits.ts'
import { seededRandom } from '../../../src/base/random.ts'
import { AddressBook, YIELD_MS } from '../../../src/mesh/address-book.ts'

const nobody = () => false
const at = (port: number, host = '10.0.0.1') => ({ host, port })
const book = () => new AddressBook('m', seededRandom(1))

describe('address book', () => {
  it('dials a higher boot id at once and gives a lower one a head start', () => {
    const addresses = book()
    addresses.learn('z', [at(1)], 100)
    addresses.learn('a', [at(2)], 100)
    assert.deepEqual(addresses.due(100, nobody), ['z'])
    assert.deepEqual(addresses.due(100 + YIELD_MS, nobody), ['z', 'a'])
  })

  it('does not dial who is connected, who is being dialled, or itself', () => {
    const addresses = book()
    addresses.learn('x', [at(1)], 0)
    addresses.learn('y', [at(2)], 0)
    addresses.learn('m', [at(3)], 0)
    addresses.dialling('y')
    assert.deepEqual(
      addresses.due(1e6, (bootId) => bootId === 'x'),
      [],
    )
  })

  it('waits longer after every failure, within bounds', () => {
    const addresses = book()
    addresses.learn('z', [at(1)], 0)
    let now = 0
    const pauses = Array.from({ length: 12 }, () => {
      addresses.dialling('z')
      addresses.dialled('z', [[at(1), 'unreachable']], now)
      const from = now
      while (!addresses.isDue('z', now)) now += 10
      return now - from
    })
    assert.ok(pauses[0]! >= 400 && pauses[0]! <= 610, `${pauses[0]}`)
    assert.ok(pauses[4]! > 4 * pauses[0]!)
    assert.ok(pauses.every((pause) => pause <= 24_010))
  })

  it('forgets a boot id when nobody listens any more, three times in a row', () => {
    const addresses = book()
    addresses.learn('z', [at(1), at(2)], 0)
    const refused = [
      [at(1), 'refused'],
      [at(2), 'refused'],
    ] as const
    assert.equal(addresses.dialled('z', refused, 0), false)
    assert.equal(addresses.dialled('z', refused, 1), false)
    assert.equal(addresses.dialled('z', refused, 2), true)
    assert.equal(addresses.has('z'), false)
  })

  it('keeps a boot id that is merely out of reach, for an hour', () => {
    const addresses = book()
    addresses.learn('z', [at(1), at(2)], 0)
    for (let i = 0; i < 50; i++) {
      assert.equal(
        addresses.dialled(
          'z',
          [
            [at(1), 'refused'],
            [at(2), 'unreachable'],
          ],
          i,
        ),
        false,
      )
      assert.equal(addresses.dialled('z', [[at(1), 'rejected']], i), false)
    }
    assert.equal(addresses.dialled('z', [[at(1), 'unreachable']], 3_600_001), true)
  })

  it('drops addresses at which another node answers, and the boot id with its last', () => {
    const addresses = book()
    addresses.learn('z', [at(1), at(2)], 0)
    assert.equal(
      addresses.dialled(
        'z',
        [
          [at(1), 'stranger'],
          [at(2), 'unreachable'],
        ],
        0,
      ),
      false,
    )
    assert.deepEqual(addresses.endpoints('z'), [at(2)])
    assert.equal(addresses.dialled('z', [[at(2), 'self']], 0), true)
  })

  it('starts over when a connection is lost', () => {
    const addresses = book()
    addresses.learn('z', [at(1)], 0)
    for (let i = 0; i < 8; i++) addresses.dialled('z', [[at(1), 'unreachable']], 0)
    addresses.dialled('z', [[at(1), 'connected']], 1000)
    addresses.lost('z', 5000)
    assert.equal(addresses.isDue('z', 5000), false)
    assert.equal(addresses.isDue('z', 5600), true)
  })

  it('tries what worked first and loopback last', () => {
    const addresses = book()
    addresses.learn('z', [at(1, '10.0.0.1'), at(1, '127.0.0.1'), at(1, '10.0.0.2')], 0)
    assert.deepEqual(
      addresses.endpoints('z').map(({ host }) => host),
      ['10.0.0.1', '10.0.0.2', '127.0.0.1'],
    )
    addresses.prefer('z', at(1, '127.0.0.1'))
    assert.deepEqual(
      addresses.endpoints('z').map(({ host }) => host),
      ['127.0.0.1', '10.0.0.1', '10.0.0.2'],
    )
  })

  it('keeps a bounded number of nodes and addresses, and drops the longest unheard', () => {
    const addresses = book()
    addresses.learn(
      'z',
      Array.from({ length: 20 }, (_, i) => at(i + 1)),
      0,
    )
    assert.equal(addresses.endpoints('z').length, LIMITS.addressesPerNode)
    for (let i = 0; i < LIMITS.nodes; i++) addresses.learn(`n${i}`, [at(1)], i + 1)
    assert.equal(addresses.size, LIMITS.nodes)
    assert.equal(addresses.has('z'), false)
  })
})
