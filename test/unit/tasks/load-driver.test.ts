import assert from 'node:assert/strict'
import type { HttpDriver } from '../../../src/tasks/http/driver.ts'
import { undiciDriver } from '../../../src/tasks/http/undici/undici-driver.ts'
import { wireDriver } from '../../../src/tasks/http/wire/wire-driver.ts'

type LoadDriver = typeof import('../../../src/tasks/http/load-driver.ts')

describe('drivers of a thread', () => {
  it('are rehearsed when they are about to be used, each once', async () => {
    // As on a new thread, whatever other tests have loaded.
    const newThread = '../../../src/tasks/http/load-driver.ts?new-thread'
    const { loadDriver, rehearseDrivers } = (await import(newThread)) as LoadDriver
    const drivers = [wireDriver, undiciDriver]
    const own = drivers.map(({ rehearse }) => rehearse)
    const rehearsed: HttpDriver[] = []
    for (const driver of drivers) Object.assign(driver, { rehearse: async () => void rehearsed.push(driver) })
    try {
      await rehearseDrivers()
      assert.equal(await loadDriver('wire'), wireDriver)
      assert.equal(await loadDriver('wire'), wireDriver)
      assert.deepEqual(rehearsed, [])
      await rehearseDrivers()
      assert.deepEqual(rehearsed, [wireDriver])
      await loadDriver('wire')
      assert.equal(await loadDriver('undici'), undiciDriver)
      await rehearseDrivers()
      assert.deepEqual(rehearsed, [wireDriver, undiciDriver])
    } finally {
      drivers.forEach((driver, i) => void Object.assign(driver, { rehearse: own[i] }))
    }
  })
})
