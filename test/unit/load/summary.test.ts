import assert from 'node:assert/strict'
import { summarizeSuite } from '../../../src/load/summary.ts'
import { parseSuite } from '../../../src/suite/parse.ts'

describe('summarizeSuite', () => {
  it('tells lengths, planned arrivals of the measured part, users and peak rates', () => {
    const parsed = parseSuite({
      format: 'yaml',
      text: `
name: s
mode: sequential
target: http://h
scenarios:
  - { name: constant, load: { rate: 500/s, duration: 30s, warmup: 5s }, http: / }
  - { name: ramp, load: { stages: [{ duration: 10s, rate: 100/s }, { duration: 10s, rate: 0/s }] }, http: / }
  - { name: random, load: { rate: 3/s, duration: 10s, arrivals: poisson }, http: / }
  - { name: users, load: { users: 7, duration: 5s, warmup: 1s }, http: / }
`,
    })
    assert.ok(parsed.ok)
    const open = { model: 'open', users: null }
    assert.deepEqual(summarizeSuite(parsed.suite), {
      name: 's',
      durationMs: 71_000,
      scenarios: [
        { name: 'constant', ...open, startMs: 0, durationMs: 35_000, planned: 15_000, peakRate: 500 },
        { name: 'ramp', ...open, startMs: 35_000, durationMs: 20_000, planned: 1000, peakRate: 100 },
        { name: 'random', ...open, startMs: 55_000, durationMs: 10_000, planned: 30, peakRate: 3 },
        { name: 'users', model: 'closed', startMs: 65_000, durationMs: 6000, planned: null, users: 7, peakRate: null },
      ],
    })
  })
})
