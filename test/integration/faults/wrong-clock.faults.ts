/**
 * A node whose time of day is an hour ahead, by Debian's `faketime`: a library that is loaded before all others and
 * answers for the system's clock. It leaves the monotonic clock alone, as a machine's wrong clock does.
 */

import assert from 'node:assert/strict'
import { describeFault } from './support/fault-case.ts'
import { clockLibrary } from './support/prerequisites.ts'

const RATE = 300
const SECONDS = 12
const KILLED = 4200
const HOUR_MS = 3_600_000

const CRASH_MS = 2000

const library = clockLibrary()

describeFault(
  'a clock wrong by an hour, which then coordinates',
  {
    nodes: ['a', 'wrong', 'c'],
    late: 'wrong',
    rate: RATE,
    seconds: SECONDS,
    skipped: library === null,
    flagsOf: (name) => ['--priority', String({ wrong: 1 }[name] ?? 0)],
    environmentOf: (name) =>
      name === 'wrong'
        ? { LD_PRELOAD: library ?? '', FAKETIME: '+3600s', FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_DONT_RESET: '1' }
        : {},
    async faults(field) {
      const from = await field.at(KILLED)
      await field.kill(field.coordinator)
      field.promise({ what: 'it takes over', from, until: SECONDS * 1000, withinMs: CRASH_MS })
    },
  },
  (outcome) => {
    it('has a wrong clock', async () => {
      const { field } = outcome()
      const lines = field.cluster.node('wrong').stderr().split('\n')
      const times = lines
        .filter((line) => line.startsWith('{'))
        .map((line) => (JSON.parse(line) as { time: number }).time)
      assert.ok(times.length > 0, 'it wrote to its log')
      for (const time of times)
        assert.ok(Math.abs(Number(new Date(time)) - field.startedAt - HOUR_MS) < 120_000, `${time}`)
    })

    it('coordinates, and changes nothing about when the run was', () => {
      const { report, field } = outcome()
      const changed = report.events.filter(({ kind }) => kind === 'coordinator-changed')
      if (changed.length > 0) assert.equal(changed.at(-1)?.node, 'wrong')
      assert.equal(Date.parse(report.startedAt ?? ''), field.startedAt)
      assert.equal(report.durationMs, SECONDS * 1000)
    })
  },
)
