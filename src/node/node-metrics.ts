/** `/metrics`: what operators watch, as Prometheus families. */

import type { Pacing } from '../base/pacing.ts'
import { type MetricFamily, renderPrometheus } from '../export/prometheus.ts'
import type { MeshStatistics } from '../mesh/mesh-port.ts'
import type { LiveTotals } from '../metrics/live-document.ts'
import type { LatencySummary } from '../metrics/report-document.ts'

export interface NodeFigures {
  readonly name: string
  readonly version: string
  readonly coordinator: boolean
  readonly term: number
  readonly nodes: number
  readonly threads: number
  readonly inFlight: number
  readonly pacing: Pacing
  readonly residentBytes: number
  readonly cpuSeconds: number
  readonly contradictions: number
  readonly mesh: MeshStatistics
  readonly runsByStatus: ReadonlyMap<string, number>
  readonly live: readonly LiveTotals[]
}

export function nodeMetrics(figures: NodeFigures): string {
  return renderPrometheus([...nodeFamilies(figures), ...meshFamilies(figures.mesh), ...runFamilies(figures.live)])
}

function one(name: string, help: string, type: 'gauge' | 'counter', value: number): MetricFamily {
  return { name, help, type, samples: [{ value }] }
}

function nodeFamilies(figures: NodeFigures): MetricFamily[] {
  const { name, version } = figures
  return [
    { name: 'vajra_node_info', help: 'The node', type: 'gauge', samples: [{ labels: { name, version }, value: 1 }] },
    one('vajra_coordinator', 'Whether this node coordinates', 'gauge', figures.coordinator ? 1 : 0),
    one('vajra_term', 'Term of the present coordinator', 'gauge', figures.term),
    one('vajra_nodes', 'Nodes of the mesh, this one included', 'gauge', figures.nodes),
    one('vajra_load_threads', 'Load threads running', 'gauge', figures.threads),
    one('vajra_in_flight', 'Requests in flight on this node', 'gauge', figures.inFlight),
    {
      name: 'vajra_pacing_info',
      help: 'How load threads wait for arrivals: as set, and as they do now',
      type: 'gauge',
      samples: [{ labels: { setting: figures.pacing.setting, mode: figures.pacing.mode }, value: 1 }],
    },
    one('vajra_window_contradictions_total', 'Windows refused as contradictory', 'counter', figures.contradictions),
    one('process_resident_memory_bytes', 'Resident memory', 'gauge', figures.residentBytes),
    one('process_cpu_seconds_total', 'CPU time of the process', 'counter', figures.cpuSeconds),
    {
      name: 'vajra_runs',
      help: 'Runs this node knows, by status',
      type: 'gauge',
      samples: [...figures.runsByStatus].map(([status, value]) => ({ labels: { status }, value })),
    },
  ]
}

function meshFamilies(mesh: MeshStatistics): MetricFamily[] {
  return [
    one('vajra_mesh_peers', 'Peers connected', 'gauge', mesh.peers),
    one('vajra_mesh_messages_sent_total', 'Messages sent', 'counter', mesh.messagesSent),
    one('vajra_mesh_messages_received_total', 'Messages received', 'counter', mesh.messagesReceived),
    one('vajra_mesh_bytes_sent_total', 'Bytes sent in messages', 'counter', mesh.bytesSent),
    one('vajra_mesh_bytes_received_total', 'Bytes received in messages', 'counter', mesh.bytesReceived),
    one('vajra_mesh_messages_dropped_total', 'Messages given up', 'counter', mesh.dropped),
    one('vajra_mesh_messages_refused_total', 'Messages refused', 'counter', mesh.refused),
  ]
}

const RUN_COUNTERS = ['scheduled', 'sent', 'dropped', 'succeeded', 'failed'] as const

const RUN_TIMES = [
  ['latency', 'vajra_run_latency_seconds', 'From the planned start to the end of the answer'],
  ['serviceTime', 'vajra_run_service_time_seconds', 'From the actual send to the end of the answer'],
  ['lateness', 'vajra_run_lateness_seconds', 'From the planned start to the actual send'],
] as const

const QUANTILES: readonly (readonly [string, keyof LatencySummary])[] = [
  ['0.5', 'p50'],
  ['0.9', 'p90'],
  ['0.99', 'p99'],
  ['1', 'max'],
]

/** A gauge, not a summary: the whole run's percentiles are known, not their parts. */
function timeFamily(live: readonly LiveTotals[], [time, name, help]: (typeof RUN_TIMES)[number]): MetricFamily {
  const samples = live.flatMap((run) =>
    QUANTILES.map(([quantile, statistic]) => ({
      labels: { run: run.runId, quantile },
      value: (run.totals[time][statistic] as number) / 1000,
    })),
  )
  return { name, help: `${help}, of the run so far in the whole mesh`, type: 'gauge', samples }
}

/** Of journeys and mixes: their iterations, and the requests of their steps. */
function journeyFamilies(live: readonly LiveTotals[]): MetricFamily[] {
  const journeys = live.flatMap((run) =>
    run.scenarios.map((scenario) => ({ scenario, labels: { run: run.runId, scenario: scenario.name } })),
  )
  const iterations = (['sent', 'dropped', 'failed'] as const).map(
    (counter): MetricFamily => ({
      name: `vajra_run_iterations_${counter}_total`,
      help: `Iterations of journeys and mixes ${counter === 'sent' ? 'begun' : counter}, in the whole mesh`,
      type: 'counter',
      samples: journeys.flatMap(({ scenario, labels }) =>
        scenario.iterations === undefined ? [] : [{ labels, value: scenario.iterations[counter] }],
      ),
    }),
  )
  const steps = (['sent', 'failed'] as const).map(
    (counter): MetricFamily => ({
      name: `vajra_run_step_${counter}_total`,
      help: `Requests ${counter} of the steps of journeys and mixes, in the whole mesh`,
      type: 'counter',
      samples: journeys.flatMap(({ scenario, labels }) =>
        (scenario.steps ?? []).map((step) => ({
          labels: { ...labels, step: step.name, ...(step.group === undefined ? {} : { group: step.group }) },
          value: step[counter],
        })),
      ),
    }),
  )
  return [...iterations, ...steps]
}

/** The cluster's totals of the runs that go on, as this node holds them. */
function runFamilies(live: readonly LiveTotals[]): MetricFamily[] {
  const counters = RUN_COUNTERS.map(
    (counter): MetricFamily => ({
      name: `vajra_run_${counter}_total`,
      help: `Requests ${counter}, in the whole mesh`,
      type: 'counter',
      samples: live.map((run) => ({ labels: { run: run.runId }, value: run.totals[counter] })),
    }),
  )
  const rate: MetricFamily = {
    name: 'vajra_run_rate',
    help: 'Requests per second of the newest full second, in the whole mesh',
    type: 'gauge',
    samples: live.flatMap((run) =>
      run.scenarios.map((scenario) => ({ labels: { run: run.runId, scenario: scenario.name }, value: scenario.rate })),
    ),
  }
  return [...counters, rate, ...journeyFamilies(live), ...RUN_TIMES.map((time) => timeFamily(live, time))]
}
