import assert from 'node:assert/strict'
import { fromCpus, fromStat, machineTimes } from '../../../src/system/machine-times.ts'

describe('CPU times of the machine', () => {
  it('are the sums of all CPUs in /proc/stat, in milliseconds', () => {
    const stat = 'cpu  5 10 15 700 90 20 30 40 0 0\ncpu0 1 2 3 300 50 10 10 20 0 0\nintr 7\n'
    assert.deepEqual(fromStat(stat), { idle: 7000, total: 7500 })
  })

  it('are what Node.js says as well, wherever they come from', () => {
    const known = fromCpus()
    const times = machineTimes()
    // Linux rounds each CPU's time and the sum of all to hundredths of a second, and time goes on.
    for (const part of ['idle', 'total'] as const) {
      assert.ok(Math.abs(times[part] - known[part]) < 1000, `${part}: ${times[part]}, ${known[part]}`)
    }
    assert.ok(times.total > times.idle && times.idle > 0)
  })
})
