import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  formatBytes,
  formatCount,
  formatMs,
  formatPercent,
  formatRate,
  formatRunTime,
} from '../../../src/report/format.ts'

function table(format: (value: number) => string, expected: Readonly<Record<string, string>>): void {
  for (const [value, text] of Object.entries(expected)) assert.equal(format(Number(value)), text, `of ${value}`)
}

describe('quantities for people', () => {
  it('times', () => {
    table(formatMs, {
      0: '0s',
      0.001: '1µs',
      0.9994: '999µs',
      0.9995: '1.00ms',
      1.234: '1.23ms',
      9.996: '10.0ms',
      12.34: '12.3ms',
      99.96: '100ms',
      999.4: '999ms',
      999.6: '1.00s',
      59940: '59.9s',
      59960: '1m00s',
      125000: '2m05s',
      3600000: '1h00m',
      '-1.5': '-1.50ms',
    })
  })

  it('times never take more than six columns up to an hour', () => {
    fc.assert(fc.property(fc.double({ min: 0, max: 3_600_000, noNaN: true }), (ms) => [...formatMs(ms)].length <= 6))
  })

  it('run times', () => {
    table(formatRunTime, {
      0: '0.0s',
      12340: '12.3s',
      59960: '1m00.0s',
      125000: '2m05.0s',
      7325500: '2h02m05.5s',
      '-500': '-0.5s',
    })
  })

  it('counts', () => {
    table(formatCount, { 0: '0', 999: '999', 1000: '1,000', 1234567: '1,234,567' })
  })

  it('rates', () => {
    table(formatRate, {
      0: '0/s',
      0.5: '0.50/s',
      33.333: '33.3/s',
      99.96: '100/s',
      499.98: '500/s',
      12345.6: '12,346/s',
    })
  })

  it('fractions, never rounded to all or nothing', () => {
    table(formatPercent, {
      0: '0%',
      0.000001: '<0.01%',
      0.0125: '1.25%',
      0.5: '50.00%',
      0.999999: '>99.99%',
      1: '100%',
    })
  })

  it('bytes', () => {
    table(formatBytes, {
      0: '0 B',
      999: '999 B',
      1000: '1.00 kB',
      999600: '1.00 MB',
      25000000: '25.0 MB',
      1e9: '1.00 GB',
      5e15: '5000 TB',
    })
  })
})
