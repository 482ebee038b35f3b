import assert from 'node:assert/strict'
import { ERROR_KINDS, EXIT } from '../../../src/base/errors.ts'
import { EXIT_CODES, verdictExitCode, verdictOf } from '../../../src/cli/exit-codes.ts'
import type { Report } from '../../../src/metrics/report-document.ts'
import { fakeReport } from '../api/fake-documents.ts'

const RUN = 'r00000000-aaaaaaaaaa'
const CROSSED = [{ metric: 'duration', expression: 'p(99)<1ms', ok: false, observed: 6 }]

describe('exit codes', () => {
  const code = (over: Partial<Report>, reason: string | null = null, input = {}) =>
    verdictExitCode(fakeReport(RUN, over), { interrupted: false, thresholds: true, reason, ...input })

  it('are one table that has every code there is', () => {
    const listed = EXIT_CODES.map((row) => row.code)
    assert.deepEqual(
      listed,
      [...listed].sort((a, b) => a - b),
    )
    assert.deepEqual(new Set(listed), new Set(Object.values(EXIT)))
    for (const kind of Object.values(ERROR_KINDS)) assert.ok(listed.includes(kind.exitCode))
  })

  it('say how a run ended', () => {
    assert.equal(code({}), 0)
    assert.equal(code({ thresholds: [{ ...CROSSED[0]!, ok: true }] }), 0)
    assert.equal(code({ thresholds: CROSSED }), 99)
    assert.equal(code({ complete: false }), 96)
    assert.equal(code({ degraded: true }), 0)
    assert.equal(code({ status: 'stopped' }, 'stopped by a user'), 103)
    assert.equal(code({ status: 'failed' }, 'FAILED: something'), 1)
    assert.equal(code({ status: 'failed' }), 1)
    assert.equal(code({ status: 'failed' }, 'NODE_LOST: beta'), 96)
    assert.equal(code({ status: 'failed' }, 'TASK_SETUP_FAILED: node beta: no such variable'), 107)
    assert.equal(code({ status: 'failed' }, 'TIMEOUT: not ready in time: beta'), 102)
    assert.equal(code({ status: 'stopped', thresholds: CROSSED }, 'THRESHOLD: p(99)<1ms'), 99)
  })

  it('put crossed thresholds over missing measurements, and the own signal over all', () => {
    assert.equal(code({ complete: false, thresholds: CROSSED }), 99)
    assert.equal(code({ status: 'failed', complete: false, thresholds: CROSSED }, 'NODE_LOST: beta'), 99)
    assert.equal(code({ status: 'stopped', thresholds: CROSSED }, 'stopped by a user'), 99)
    assert.equal(code({ status: 'stopped', thresholds: CROSSED }, 'interrupted', { interrupted: true }), 105)
    assert.equal(code({ status: 'failed' }, 'TASK_SETUP_FAILED: x', { interrupted: true }), 105)
  })

  it('do not depend on thresholds where these are not wanted', () => {
    assert.equal(code({ thresholds: CROSSED }, null, { thresholds: false }), 0)
    assert.equal(code({ thresholds: CROSSED, complete: false }, null, { thresholds: false }), 96)
    assert.equal(code({ status: 'stopped', thresholds: CROSSED }, 'THRESHOLD: x', { thresholds: false }), 0)
  })

  it('name the threshold that stopped the run', () => {
    const thresholds = [...CROSSED, { ...CROSSED[0]!, metric: 'failed', stoppedRun: { at: 2000, observed: 6 } }]
    const { code: exit, sentence } = verdictOf(fakeReport(RUN, { status: 'stopped', thresholds }), {
      interrupted: false,
      thresholds: true,
    })
    assert.deepEqual([exit, sentence], [99, "2 thresholds were crossed: failed 'p(99)<1ms' stopped the run"])
  })

  it('read the reason from the events when only the report is there', () => {
    const events = [{ at: 5, kind: 'run-ended' as const, message: 'TASK_SETUP_FAILED: node beta: x' }]
    const report = fakeReport(RUN, { status: 'failed', events })
    assert.equal(verdictExitCode(report, { interrupted: false, thresholds: true }), 107)
  })

  it('come with a sentence whenever they are not 0', () => {
    for (const over of [{ thresholds: CROSSED }, { complete: false }, { status: 'stopped' as const }]) {
      assert.notEqual(verdictOf(fakeReport(RUN, over), { interrupted: false, thresholds: true }).sentence, '')
    }
    assert.equal(verdictOf(fakeReport(RUN), { interrupted: false, thresholds: true }).sentence, '')
  })
})
