import assert from 'node:assert/strict'
import type { RunEvent } from '../../../src/metrics/report-document.ts'
import { withChangesInPlace } from '../../../src/metrics/scaled-events.ts'

const event = (kind: RunEvent['kind'], at: number): RunEvent => ({ at, kind, message: '' })

describe('changes of the load among the events of a run', () => {
  it('are where they took effect, and are not told where the run ended before', () => {
    const events = [
      event('run-started', 0),
      event('scaled', 60_000),
      event('scaled', 5000),
      event('node-lost', 4500),
      event('run-stopping', 20_000),
    ]
    const kinds = (durationMs: number) => withChangesInPlace(events, durationMs).map(({ kind, at }) => `${kind} ${at}`)
    assert.deepEqual(kinds(20_000), ['run-started 0', 'node-lost 4500', 'scaled 5000', 'run-stopping 20000'])
    assert.deepEqual(kinds(120_000).at(-1), 'scaled 60000')
  })
})
