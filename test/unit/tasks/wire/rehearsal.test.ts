import assert from 'node:assert/strict'
import { rehearse } from '../../../../src/tasks/http/wire/rehearsal.ts'

describe("the wire driver's rehearsal", () => {
  it('comes to its end, and soon', async () => {
    const begun = process.cpuUsage()
    await rehearse()
    const { user, system } = process.cpuUsage(begun)
    assert.ok((user + system) / 1000 < 500, `${(user + system) / 1000} ms`)
  })
})
