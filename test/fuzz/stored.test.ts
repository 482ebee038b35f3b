/** What a database holds from before, changed: a run that cannot be read is told of and left alone, all others are there. */

import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Input } from '../../src/coordination/io.ts'
import type { RunRecord } from '../../src/coordination/messages.ts'
import { type CoreState, initialState } from '../../src/coordination/state.ts'
import { step } from '../../src/coordination/step.ts'
import { IDLE } from '../../src/membership/view.ts'
import type { Driver } from '../../src/node/driver.ts'
import { restoreRuns } from '../../src/node/restore-runs.ts'
import { RunBook, SuiteCache } from '../../src/node/run-book.ts'
import { factsOf } from '../../src/run/facts.ts'
import type { ShareTable } from '../../src/run/share-table.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { parseSuite } from '../../src/suite/parse.ts'
import { table as anyTable } from './message-arbitrary.ts'
import { damagedText, patience, tries } from './runs.ts'

const SOUND = 'r00000000-aaaaaaaaaa'
const OTHER = 'r00000000-bbbbbbbbbb'
const text = JSON.stringify({
  name: 'stored',
  target: 'http://127.0.0.1:1',
  scenarios: [{ name: 'a', load: { rate: '10/s', duration: '2s' }, http: '/' }],
})

const recordOf = (runId: string): RunRecord => ({
  runId,
  createdAt: 1,
  origin: 'boot',
  originName: 'node',
  voters: ['a'],
  source: { text, format: 'json' },
})

const soundTable: ShareTable = {
  runId: OTHER,
  version: { term: { number: 1, solo: false, coordinator: 'boot' }, sequence: 3 },
  phase: 'completed',
  members: [
    { bootId: 'boot', node: 'node', weight: 1, firstFrom: 0, lostAt: null, givenUpAt: null, final: null, left: false },
    {
      bootId: 'other',
      node: 'other',
      weight: 1,
      firstFrom: 0,
      lostAt: null,
      givenUpAt: null,
      final: null,
      left: false,
    },
  ],
  voters: ['boot', 'other'],
  holders: [0, 1, 0, 1],
  since: [0, 0, 0, 0],
  startAt: 5,
  startedAt: 5,
  stopAt: null,
  reason: null,
  degraded: false,
  verdict: null,
  revisions: [],
  setup: null,
  teardown: null,
  events: [],
}

/** Plain data with one of its values, at any depth, replaced by another. */
function replaced(original: object): fc.Arbitrary<string> {
  const paths: (string | number)[][] = []
  const walk = (value: unknown, path: (string | number)[]) => {
    paths.push(path)
    if (typeof value !== 'object' || value === null) return
    for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key])
  }
  walk(original, [])
  return fc.tuple(fc.constantFrom(...paths), fc.jsonValue()).map(([path, value]) => {
    if (path.length === 0) return JSON.stringify(value)
    const copy = structuredClone(original) as Record<string | number, unknown>
    let at = copy
    for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>
    at[path.at(-1)!] = value
    return JSON.stringify(copy)
  })
}

const broken = (original: object) =>
  fc.oneof(
    replaced(original),
    damagedText(fc.constant(JSON.stringify(original))),
    fc.constant(JSON.stringify(original)),
  )

describe('fuzz: what is stored', function () {
  this.timeout(patience(30))

  it('is taken back or told of; the node goes on with the rest', () => {
    const tables = fc.oneof(
      broken(soundTable),
      anyTable.map((one) => JSON.stringify({ ...one, runId: OTHER })),
    )
    const reports = fc.option(broken({ runId: OTHER, digest: 'd', totals: {} }), { nil: null })
    fc.assert(
      fc.property(broken(recordOf(OTHER)), fc.option(tables, { nil: null }), reports, (record, table, report) => {
        const store = openStore({ path: ':memory:' })
        store.putRun({ runId: SOUND, createdAt: 1, record: JSON.stringify(recordOf(SOUND)) })
        store.putRun({ runId: OTHER, createdAt: 2, record })
        if (table !== null) store.putTable(OTHER, table, false)
        if (report !== null) store.putReport(OTHER, report)
        const log: string[] = []
        const inputs: Input[] = []
        const driver = { input: (input: Input) => inputs.push(input) } as unknown as Driver
        restoreRuns({ driver, book: new RunBook(), suites: new SuiteCache() }, store, (_level, message) =>
          log.push(message),
        )
        store.close()
        const restored = inputs.map((input) => (input.kind === 'restore' ? input.record.runId : ''))
        assert.ok(restored.includes(SOUND), log.join())
        assert.equal(restored.length + log.length, 2, `${restored} ${log}`)
        goesOn(inputs)
      }),
      tries(150),
    )
  })

  /** The core takes what was restored, and ticks. */
  function goesOn(inputs: readonly Input[]): void {
    const info = { name: 'n', capacity: 1, priority: 0, version: '1', http: null, load: IDLE }
    const describe = (source: RunRecord['source']) => {
      const parsed = parseSuite(source)
      return parsed.ok ? factsOf(parsed.suite) : null
    }
    let state: CoreState = initialState({ bootId: 'self', info, describe })
    const turns: Input[] = [...inputs, ...Array.from({ length: 400 }, () => ({ kind: 'tick' as const }))]
    for (const [i, input] of turns.entries()) state = step(state, input, { monotonic: 100 * i, wall: 100 * i }).state
  }
})
