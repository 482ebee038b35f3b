/**
 * What the HTTP API needs of a node, and nothing else. The node's composition root implements it.
 */

import type { Problem } from '../base/errors.ts'
import type { PreflightDocument } from '../base/finding.ts'
import type { BootId, RunId } from '../base/ids.ts'
import type { Pacing } from '../base/pacing.ts'
import type { LiveTotals } from '../metrics/live-document.ts'
import type { Report, RunEvent, RunStatus } from '../metrics/report-document.ts'

/** One row of `GET /v1/runs` and the body of `GET /v1/runs/:id` (there with `live`). */
export interface RunDocument {
  readonly runId: RunId
  /** Name of the suite. */
  readonly suite: string
  readonly status: RunStatus
  /** ISO 8601; when the run was accepted. */
  readonly createdAt: string
  readonly startedAt: string | null
  readonly durationMs: number
  readonly degraded: boolean
  /** Name of the node that accepted it. */
  readonly submittedTo: string
  /** Why a run failed or was stopped; null otherwise. */
  readonly reason: string | null
  /** Nodes that fire, or fired, with the fraction of the load each has now (sums to 1 while none is vacant). */
  readonly shares: readonly { readonly node: string; readonly bootId: BootId; readonly fraction: number }[]
  /** Whether this node's report for the run is complete; null while the run goes on, and until the report is made. */
  readonly complete: boolean | null
  /** Whether the thresholds hold; null while unknown. */
  readonly thresholdsOk: boolean | null
  readonly live?: LiveTotals
}

export interface NodeDocument {
  readonly name: string
  readonly bootId: BootId
  readonly coordinator: boolean
  readonly state: 'alive' | 'silent' | 'leaving'
  readonly capacity: number
  readonly version: string
  /** Address of its HTTP API, or null when it has none. */
  readonly http: string | null
  /** Rank for elections, highest first: configured priority. */
  readonly priority: number
  /**
   * As the node last told: CPU use of its process in cores, free CPU time of its machine (0 to 1), lateness (p99), how
   * its load threads wait for arrivals.
   */
  readonly load: {
    readonly inFlight: number
    readonly cpu: number
    readonly headroom: number
    readonly latenessMs: number
    readonly pacing: Pacing
  }
  readonly runs: number
}

/** Body of `GET /v1/nodes`. */
export interface NodesDocument {
  /** Name of the node that answers. */
  readonly self: string
  readonly selfBootId: BootId
  /** Name of the coordinator; null while none is elected. */
  readonly coordinator: string | null
  readonly term: number
  readonly nodes: readonly NodeDocument[]
}

/** One row of `GET /v1/tasks`. */
export interface TaskDocument {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly category: string
  /** JSON Schema of the task's parameters. */
  readonly parameters: Readonly<Record<string, unknown>>
}

/** A suite document as it came in. */
export interface SuiteSource {
  readonly text: string
  readonly format: 'yaml' | 'json'
  /** Data files that came with it, by the path that the suite has for them. */
  readonly files?: ReadonlyMap<string, Uint8Array>
}

/** Body of `POST /v1/validate` answers. */
export interface ValidationDocument {
  readonly valid: boolean
  readonly errors: readonly Problem[]
  /** What the suite amounts to, when valid. */
  readonly summary: {
    readonly name: string
    readonly durationMs: number
    readonly scenarios: readonly {
      readonly name: string
      readonly model: 'open' | 'closed'
      readonly startMs: number
      readonly durationMs: number
      /** Arrivals planned in the measured part; null for a closed model. */
      readonly planned: number | null
      readonly users: number | null
      readonly peakRate: number | null
      /** Steps that an iteration may take; missing where each is one request. */
      readonly steps?: number
    }[]
  } | null
  /** Only where it was asked for; null when the suite is not valid. */
  readonly preflight?: PreflightDocument | null
}

/** What `GET /v1/runs/:id/events` streams, one server-sent event each, the event's name being `type`. */
export type RunStreamItem =
  | { readonly type: 'live'; readonly data: LiveTotals }
  | { readonly type: 'event'; readonly data: RunEvent }
  | { readonly type: 'end'; readonly data: RunDocument }

/** Body of `POST /v1/runs/:id/scale`: a scenario's new load, from shortly after now to its end. One of rate and users. */
export interface ScaleRequest {
  /** May be left out of a run with one scenario. */
  readonly scenario?: string
  /** As in suites: `800/s`. */
  readonly rate?: unknown
  readonly users?: number
}

/** The answer: the change is certain. */
export interface ScaledDocument {
  readonly runId: RunId
  readonly scenario: string
  /** Arrivals per second of an open load. */
  readonly rate?: number
  /** Users of a closed one. */
  readonly users?: number
  /** Run time from which, on all nodes. */
  readonly at: number
}

export interface ReadinessDocument {
  readonly ready: boolean
  /** Why not, when not. */
  readonly reasons: readonly string[]
}

/** A node, as its HTTP API sees it. Methods throw or reject with VajraError only. */
export interface NodePort {
  readonly name: string
  readonly version: string
  /** Resolves once the run is held by the coordinator and one more node where there is one. */
  submit(source: SuiteSource): Promise<{ readonly runId: RunId }>
  validate(source: SuiteSource): ValidationDocument | Promise<ValidationDocument>
  /** The same, and where the suite is valid what all nodes of the mesh find before a run. Takes up to 5 s. */
  preflight(source: SuiteSource): Promise<ValidationDocument>
  runs(): readonly RunDocument[]
  /**
   * Resolves when this node has what it takes to answer for a run: at once where every node has all windows, else when
   * it has gathered them from the others, or a short patience is over.
   */
  gather(runId: RunId): Promise<void>
  /** Undefined when this node does not know the run. */
  run(runId: RunId): RunDocument | undefined
  /** Undefined when this node does not know the run. Of a run that goes on: the report so far. */
  report(runId: RunId): Promise<Report | undefined>
  /** Asks the mesh to stop a run gracefully; resolves once the coordinator has it. False when it had ended. */
  stop(runId: RunId, reason: string): Promise<boolean>
  /** Changes a scenario's load; resolves once that is certain, which may be before it takes effect. */
  scale(runId: RunId, request: ScaleRequest): Promise<ScaledDocument>
  /** Calls back with what has happened so far, then with what happens, `end` last. Returns the unsubscriber. */
  subscribe(runId: RunId, listener: (item: RunStreamItem) => void): () => void
  nodes(): NodesDocument
  tasks(): readonly TaskDocument[]
  readiness(): ReadinessDocument
  /** Prometheus text format. */
  metrics(): string
}
