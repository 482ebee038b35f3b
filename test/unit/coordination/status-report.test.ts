import assert from 'node:assert/strict'
import type { RunStatusReport } from '../../../src/coordination/messages.ts'
import { merged, tellsTheSame } from '../../../src/coordination/status-report.ts'

const term = { number: 3, solo: false, coordinator: 'c' }

const REPORT: RunStatusReport = {
  runId: 'r1',
  has: { term, sequence: 4 },
  applied: { term, sequence: 4 },
  appliedAt: 120,
  stage: 'ready',
  error: null,
  final: null,
  chores: { setup: null, teardown: null },
  elapsed: 1000,
  held: [{ bootId: 'a', ranges: [[0, 4]] }],
  gone: ['z'],
}

const KNOWN = merged(undefined, REPORT)

function same(change: Partial<RunStatusReport>): boolean {
  return tellsTheSame(new Map([['r1', KNOWN]]), [{ ...structuredClone(REPORT), ...change }])
}

describe('an account of a node', () => {
  it('says nothing new while only time passes', () => {
    assert.ok(same({}))
    assert.ok(same({ elapsed: 1500 }))
    assert.ok(same({ held: [] }), 'what was told before is known')
  })

  it('is news when anything else has changed', () => {
    const changes: Partial<RunStatusReport>[] = [
      { has: { term, sequence: 5 } },
      { applied: { term, sequence: 5 } },
      { applied: null },
      { appliedAt: 121 },
      { stage: 'drained' },
      { error: 'broken' },
      { final: { firstSequence: 0, lastSequence: 4, hash: '' } },
      { elapsed: null },
      { held: [{ bootId: 'a', ranges: [[0, 5]] }] },
      { held: [{ bootId: 'b', ranges: [[0, 4]] }] },
      { gone: [] },
      { gone: ['y'] },
    ]
    for (const change of changes) assert.ok(!same(change), JSON.stringify(change))
  })

  it('adds to what is known to be held, in whatever order it comes', () => {
    const later = { ...REPORT, held: [{ bootId: 'a', ranges: [[3, 6]] as const }] }
    const other = { ...REPORT, held: [{ bootId: 'b', ranges: [[0, 0]] as const }] }
    const held = new Map([
      ['a', [[0, 6]]],
      ['b', [[0, 0]]],
    ])
    assert.deepEqual(merged(merged(KNOWN, later), other).held, held)
    const reordered = [other, later, REPORT].reduce((known, report) => merged(known, report), merged(undefined, REPORT))
    assert.deepEqual(new Map([...reordered.held].sort()), held)
  })

  it('is news when it is the first, and when it is about other runs', () => {
    assert.ok(!tellsTheSame(undefined, []))
    assert.ok(!tellsTheSame(new Map(), [REPORT]))
    assert.ok(!tellsTheSame(new Map([['r1', KNOWN]]), []))
    assert.ok(!tellsTheSame(new Map([['r2', { ...KNOWN, runId: 'r2' }]]), [REPORT]))
  })
})
