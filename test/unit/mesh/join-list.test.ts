import assert from 'node:assert/strict'
import { seededRandom } from '../../../src/base/random.ts'
import { JoinList } from '../../../src/mesh/join-list.ts'

const nobody = () => false

function list(targets: { host: string; port: number }[], lookup: (host: string) => readonly string[] = () => []) {
  const log: string[] = []
  const hooks = {
    lookup: async (host: string) => lookup(host),
    log: (_level: string, message: string) => void log.push(message),
  }
  return { joins: new JoinList(targets, seededRandom(1), hooks), log }
}

describe('join list', () => {
  it('dials every address of a name, and follows its changes', async () => {
    let addresses = ['10.0.0.1', '10.0.0.2']
    const { joins } = list([{ host: 'headless', port: 7 }], () => addresses)
    assert.equal(await joins.refresh(0), true)
    assert.deepEqual(joins.due(0, nobody), [
      { host: '10.0.0.1', port: 7 },
      { host: '10.0.0.2', port: 7 },
    ])
    addresses = ['10.0.0.3']
    assert.equal(await joins.refresh(5000), false)
    assert.equal(await joins.refresh(10_000), true)
    assert.deepEqual(joins.due(10_000, nobody), [{ host: '10.0.0.3', port: 7 }])
  })

  it('dials what is not connected, backing off', () => {
    const target = { host: '10.0.0.1', port: 7 }
    const { joins, log } = list([target])
    assert.deepEqual(
      joins.due(0, () => true),
      [],
    )
    assert.deepEqual(joins.due(0, nobody), [target])
    joins.dialling(target)
    assert.deepEqual(joins.due(1e9, nobody), [])
    let now = 0
    for (let i = 0; i < 10; i++) joins.dialled(target, 'refused', 'refused', now)
    assert.deepEqual(joins.due(now + 7999, nobody), [])
    now += 12_001
    assert.deepEqual(joins.due(now, nobody), [target])
    assert.equal(log.length, 1)
    assert.match(log[0]!, /10\.0\.0\.1:7/)
  })

  it('comes back to an address whose node is gone', () => {
    const target = { host: '10.0.0.1', port: 7 }
    const { joins } = list([target])
    joins.dialled(target, 'connected', '', 0)
    assert.deepEqual(
      joins.due(60_000, () => true),
      [],
    )
    assert.deepEqual(joins.due(60_000, nobody), [target])
  })

  it('never dials its own address again', () => {
    const target = { host: '10.0.0.1', port: 7 }
    const { joins, log } = list([target])
    joins.dialled(target, 'self', '', 0)
    assert.deepEqual(joins.due(1e9, nobody), [])
    assert.deepEqual(log, [])
  })

  it('goes on when a name cannot be looked up, and says so once', async () => {
    let fails = true
    const { joins, log } = list([{ host: 'later', port: 7 }], () => {
      if (fails) throw new Error('ENOTFOUND')
      return ['10.0.0.9']
    })
    for (let now = 0; now < 5000; now += 1000) await joins.refresh(now)
    assert.equal(log.length, 1)
    fails = false
    await joins.refresh(6000)
    assert.deepEqual(joins.due(6000, nobody), [{ host: '10.0.0.9', port: 7 }])
  })
})
