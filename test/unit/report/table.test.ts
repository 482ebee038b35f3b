import assert from 'node:assert/strict'
import { renderNodes, renderRuns, renderTable } from '../../../src/report/table.ts'

const plain = { colour: false }

describe('tables', () => {
  it('align their columns', () => {
    assert.equal(
      renderTable(
        ['name', 'count'],
        [
          ['a', '1,000'],
          ['long', '1'],
        ],
        { ...plain, alignments: ['left', 'right'] },
      ),
      ['NAME  COUNT', 'a     1,000', 'long      1'].join('\n'),
    )
    assert.equal(renderTable(['a'], [], { colour: true }), '\u001b[1mA\u001b[0m')
  })

  it('show no control characters', () => {
    assert.equal(renderTable(['a'], [['x\u001b[2Jy\nz\u202e']], plain), 'A\nx\ufffd[2Jy\ufffdz\ufffd')
  })

  it('show nodes and who coordinates', () => {
    const node = {
      name: 'alpha',
      bootId: 'boot1',
      coordinator: false,
      state: 'alive',
      capacity: 2,
      version: '0.1.0',
      http: 'http://127.0.0.1:7070',
      load: { inFlight: 1200, cpu: 0.374, pacing: { setting: 'auto', mode: 'eco' } as const },
      runs: 1,
    }
    const load = { inFlight: 1200, cpu: 0.374, pacing: { setting: 'precise', mode: 'precise' } as const }
    const other = { ...node, load, name: 'beta-2', bootId: 'boot2', coordinator: true, http: null, capacity: 1.5 }
    assert.equal(
      renderNodes({ self: 'alpha', coordinator: 'beta-2', term: 3, nodes: [node, other] }, plain),
      [
        'NAME    ROLE         STATE  CAPACITY  CPU  PACING      IN FLIGHT  RUNS  HTTP                   VERSION  BOOT ID',
        'alpha                alive         2  37%  auto (eco)      1,200     1  http://127.0.0.1:7070  0.1.0    boot1',
        'beta-2  coordinator  alive       1.5  37%  precise         1,200     1  -                      0.1.0    boot2',
        '',
        '2 nodes, coordinator: beta-2 (term 3), asked: alpha',
      ].join('\n'),
    )
    const alone = renderNodes({ self: 'alpha', coordinator: null, term: 0, nodes: [node] }, plain)
    assert.match(alone, /\n\n1 node, coordinator: none elected yet \(term 0\), asked: alpha$/)
  })

  it('show runs and their verdicts', () => {
    const run = {
      runId: 'r00000001-0000000001',
      suite: 'shop',
      status: 'completed',
      createdAt: '2026-01-02T03:04:05.678Z',
      durationMs: 30_000,
      degraded: true,
      complete: false,
      thresholdsOk: true,
      shares: [{}, {}],
    }
    const running = { ...run, status: 'running', degraded: false, complete: null, thresholdsOk: null }
    assert.equal(
      renderRuns([run, running], plain),
      [
        'RUN                   SUITE  STATUS                CREATED                   DURATION  NODES  THRESHOLDS  COVERAGE',
        'r00000001-0000000001  shop   completed (degraded)  2026-01-02T03:04:05.678Z     30.0s      2  hold        incomplete',
        'r00000001-0000000001  shop   running               2026-01-02T03:04:05.678Z     30.0s      2  -           -',
      ].join('\n'),
    )
    assert.equal(renderRuns([], plain), 'no runs')
  })
})
