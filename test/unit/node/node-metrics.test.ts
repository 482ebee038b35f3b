import assert from 'node:assert/strict'
import { RunAccumulator } from '../../../src/metrics/accumulator.ts'
import { nodeMetrics } from '../../../src/node/node-metrics.ts'
import { batch, closedLoad, counts, RUN_ID, scenario, suite, window } from '../metrics/fixtures.ts'

describe('the metrics of a node', () => {
  it('have the iterations of journeys and the requests of their steps', () => {
    const plain = scenario('buyers', closedLoad(2, 1))
    const steps = [
      { ...plain.steps[0]!, name: 'login' },
      { ...plain.steps[0]!, name: 'buy "it"', group: 'pay' },
    ]
    const journeys = [
      { ...plain, steps, branches: [{ weight: 1, steps: [0, 1] }] },
      scenario('plain', closedLoad(1, 1)),
    ]
    const accumulator = new RunAccumulator(suite(journeys))
    accumulator.add(
      batch(
        'a',
        0,
        window({ counts: counts({ sent: 5, succeeded: 5 }) }),
        window({ step: 1, counts: counts({ sent: 4, succeeded: 3, failed: 1 }) }),
        window({ step: 2, counts: counts({ sent: 5, dropped: 2, succeeded: 3, failed: 1 }) }),
        window({ scenario: 1, counts: counts({ sent: 7, succeeded: 7 }) }),
      ),
    )
    const live = accumulator.live({ runId: RUN_ID, status: 'running', durationMs: 1000, nodes: [] })
    const text = nodeMetrics({
      name: 'alpha',
      version: '1',
      coordinator: true,
      term: 1,
      nodes: 1,
      threads: 1,
      inFlight: 0,
      pacing: { setting: 'auto', mode: 'eco' },
      residentBytes: 1,
      cpuSeconds: 1,
      contradictions: 0,
      mesh: { peers: 0, messagesSent: 0, messagesReceived: 0, bytesSent: 0, bytesReceived: 0, dropped: 0, refused: 0 },
      runsByStatus: new Map(),
      live: [live],
    })
    const own = text.split('\n').filter((line) => /^vajra_run_(iterations|step)/.test(line))
    const run = `run="${RUN_ID}"`
    assert.deepEqual(own, [
      `vajra_run_iterations_sent_total{${run},scenario="buyers"} 5`,
      `vajra_run_iterations_dropped_total{${run},scenario="buyers"} 2`,
      `vajra_run_iterations_failed_total{${run},scenario="buyers"} 1`,
      `vajra_run_step_sent_total{${run},scenario="buyers",step="login"} 5`,
      `vajra_run_step_sent_total{${run},scenario="buyers",step="buy \\"it\\"",group="pay"} 4`,
      `vajra_run_step_failed_total{${run},scenario="buyers",step="login"} 0`,
      `vajra_run_step_failed_total{${run},scenario="buyers",step="buy \\"it\\"",group="pay"} 1`,
    ])
    assert.match(text, new RegExp(`vajra_run_sent_total\\{${run}\\} 16\n`))
  })
})
