import assert from 'node:assert/strict'
import { decodeBatch, encodeBatch } from '../../../src/mesh/batch-codec.ts'
import { buildReport } from '../../../src/metrics/build-report.ts'
import { checkBatch } from '../../../src/metrics/validate-batch.ts'
import { renderSummary } from '../../../src/report/text.ts'
import type { Expectation } from '../../../src/suite/journey-spec.ts'
import { mergeWindows } from '../../../src/worker/window-merge.ts'
import { batch, counts, header, journey, openLoad, participant, scenario, suite, window } from './fixtures.ts'

const RUN = 'r00000000-0000000001'

function expectation(name: string): Expectation {
  return { name, part: { kind: 'status' }, test: { kind: 'exists' } }
}

const own = (step: number, checks?: readonly (readonly [number, number])[]) =>
  window({ step, counts: counts({ sent: 3, succeeded: 3 }), ...(checks === undefined ? {} : { checks }) })

describe('checks of answers', () => {
  const steps = [{ expect: [expectation('status 200'), expectation('fast')] }, { expect: [expectation('sold')] }, {}]
  const shop = suite([journey(scenario('shop', openLoad(3, 2)), ...steps)])

  it('are added up by thread, second, node, step and in all', () => {
    const second = mergeWindows([
      own(0, [[3, 0]]),
      own(0, [
        [1, 1],
        [0, 2],
      ]),
      own(1, [[0, 3]]),
      own(2),
    ])
    assert.deepEqual(
      second.map(({ checks }) => checks),
      [
        [
          [4, 1],
          [0, 2],
        ],
        [[0, 3]],
        undefined,
      ],
    )
    const batches = [
      batch('a', 0, ...second),
      batch(
        'a',
        1,
        own(0, [
          [3, 0],
          [3, 0],
        ]),
      ),
      batch('b', 0, own(1, [[2, 1]])),
    ]
    const head = header([participant('a', { lastSequence: 1 }), participant('b', { lastSequence: 0 })], {
      durationMs: 2000,
    })
    const report = buildReport(head, shop, 1, batches)
    const [only] = report.scenarios
    assert.deepEqual(
      only!.steps.map(({ checks }) => checks),
      [
        [
          { name: 'status 200', passed: 7, failed: 1 },
          { name: 'fast', passed: 3, failed: 2 },
        ],
        [{ name: 'sold', passed: 2, failed: 4 }],
        undefined,
      ],
    )
    assert.deepEqual(only!.steps[0]!.totals.checks, { passed: 10, failed: 3 })
    assert.deepEqual(
      [only!.totals.checks, report.totals.checks],
      [
        { passed: 12, failed: 7 },
        { passed: 12, failed: 7 },
      ],
    )
    assert.match(renderSummary(report, { colour: false, width: 80 }), /checks\.*: 63\.16% {2}12 of 19 passed/)
    const silent = buildReport(
      header([participant('a', { lastSequence: 0 })]),
      suite([scenario('a', openLoad(1, 1))]),
      1,
      [],
    )
    assert.ok(!('checks' in silent.totals) && !('checks' in silent.scenarios[0]!.steps[0]!))
  })

  it('come out of a message as they went in, and leave those without as they were', () => {
    const told = batch(
      'a',
      0,
      own(0, [
        [1, 2],
        [3, 4],
      ]),
      own(1),
    )
    assert.deepEqual(decodeBatch(encodeBatch(told)), told)
  })

  it('are refused where they are no counts', () => {
    const bootId = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'
    const told = (checks: unknown) => ({ runId: RUN, bootId, sequence: 0, windows: [{ ...own(0), checks }] })
    const most = (message: string) => ({ code: 'MESSAGE_INVALID', message: new RegExp(message) })
    for (const bad of [[], 'x', [[1]], [[1, -1]], [[1, 2, 3]], [['1', 0]], Array.from({ length: 51 }, () => [0, 0])]) {
      assert.throws(() => checkBatch(told(bad)), most('checks'), JSON.stringify(bad).slice(0, 40))
    }
  })
})
