/**
 * JSON Schemas (2020-12) of the documents the API takes and gives, by name. They describe `node-port.ts` and
 * `report-document.ts` for the outside; a test holds the two against each other.
 */

import { ERROR_KINDS } from '../base/errors.ts'
import { RUN_ID_PATTERN } from '../base/ids.ts'
import { PACING_MODES, PACING_SETTINGS } from '../base/pacing.ts'
import { preflight } from './preflight-schemas.ts'
import {
  bootId,
  checks,
  checkTotals,
  choreReport,
  count,
  flag,
  generatorSaturated,
  instant,
  latency,
  list,
  milliseconds,
  number,
  object,
  orNull,
  runEvent,
  runTime,
  Scale,
  Scaled,
  type Schema,
  scenarioSummary,
  Task,
  tags,
  text,
  thresholdResults,
} from './schema-parts.ts'

import { Suite, SuiteForm } from './suite-schemas.ts'

export type { Schema } from './schema-parts.ts'

/** A reference to another schema of the document. */
export function ref(name: SchemaName): Schema {
  return { $ref: `#/components/schemas/${name}` }
}

const RunId: Schema = { type: 'string', pattern: RUN_ID_PATTERN.source }

const RunStatus: Schema = {
  type: 'string',
  enum: ['created', 'distributing', 'running', 'stopping', 'completed', 'failed', 'stopped'],
  description: 'states only move forward; the last three are final',
}

const Problem = object({ path: text, message: text, hint: text }, ['hint'])

const ErrorDocument = object(
  {
    code: { type: 'string', enum: Object.keys(ERROR_KINDS) },
    message: text,
    hint: text,
    errors: { ...list(ref('Problem')), minItems: 1 },
  },
  ['hint'],
)

const Validation = object(
  {
    valid: flag,
    errors: list(ref('Problem')),
    summary: orNull(object({ name: text, durationMs: milliseconds, scenarios: list(scenarioSummary) })),
    preflight: orNull(preflight),
  },
  ['preflight'],
)

const Run = object(
  {
    runId: ref('RunId'),
    suite: text,
    status: ref('RunStatus'),
    createdAt: instant,
    startedAt: orNull(instant),
    durationMs: milliseconds,
    degraded: flag,
    submittedTo: text,
    reason: orNull(text),
    shares: list(object({ node: text, bootId, fraction: { type: 'number', minimum: 0, maximum: 1 } })),
    complete: orNull(flag),
    thresholdsOk: orNull(flag),
    live: ref('LiveTotals'),
  },
  ['live'],
)

const Totals = object(
  {
    scheduled: count,
    sent: count,
    dropped: count,
    succeeded: count,
    failed: count,
    unaccounted: count,
    rate: { type: 'number', description: 'requests per second' },
    bytesSent: count,
    bytesReceived: count,
    latency: { ...ref('Latency'), description: 'from the planned start' },
    serviceTime: { ...ref('Latency'), description: 'from the actual send' },
    lateness: { ...ref('Latency'), description: 'from the planned start to the actual send' },
    errors: { type: 'object', additionalProperties: count },
    checks: checkTotals,
  },
  ['checks'],
)

const LiveTotals = object({
  runId: ref('RunId'),
  status: ref('RunStatus'),
  at: runTime,
  durationMs: milliseconds,
  nodes: list(text),
  totals: ref('Totals'),
  scenarios: list(
    object(
      {
        name: text,
        startMs: runTime,
        durationMs: milliseconds,
        warmupMs: milliseconds,
        rate: number,
        inFlight: count,
        errorsPerSecond: number,
        p50: milliseconds,
        p99: milliseconds,
        sent: count,
        failed: count,
        dropped: count,
        iterations: object({ rate: number, inFlight: count, sent: count, failed: count, dropped: count }),
        steps: list(object({ name: text, group: text, sent: count, failed: count }, ['group'])),
      },
      ['iterations', 'steps'],
    ),
  ),
})

const step = object({ name: text, group: text, tags, totals: ref('Totals'), checks }, ['group', 'tags', 'checks'])

const Report = object(
  {
    runId: ref('RunId'),
    suite: text,
    status: ref('RunStatus'),
    startedAt: orNull(instant),
    durationMs: milliseconds,
    degraded: flag,
    complete: flag,
    coverage: object({
      windowsExpected: count,
      windowsReceived: count,
      nodes: list(
        object({
          node: text,
          bootId,
          windows: count,
          requests: count,
          firstAt: orNull(runTime),
          lastAt: orNull(runTime),
          lost: flag,
          pacing: orNull({
            type: 'string',
            enum: [...PACING_MODES, 'mixed'],
            description: 'how it waited for arrivals',
          }),
        }),
      ),
    }),
    generatorSaturated,
    setup: choreReport,
    teardown: choreReport,
    totals: ref('Totals'),
    scenarios: list(
      object(
        {
          name: text,
          driver: orNull({ type: 'string', enum: ['wire', 'undici'], description: 'what sent its HTTP requests' }),
          totals: ref('Totals'),
          warmup: object({ sent: count, succeeded: count, failed: count, dropped: count }),
          iterations: { ...ref('Totals'), description: 'of journeys and mixes: iterations in place of requests' },
          steps: list(step),
        },
        ['iterations'],
      ),
    ),
    thresholds: thresholdResults,
    events: list(ref('RunEvent')),
    timeline: list(
      object({
        at: runTime,
        scheduled: count,
        sent: count,
        succeeded: count,
        failed: count,
        dropped: count,
        rate: number,
        p50: milliseconds,
        p99: milliseconds,
        latenessP50: milliseconds,
        latenessP99: milliseconds,
      }),
    ),
    digest: { type: 'string', description: 'equal on every node that holds the whole run' },
  },
  ['setup', 'teardown'],
)

const Nodes = object({
  self: text,
  selfBootId: bootId,
  coordinator: orNull(text),
  term: count,
  nodes: list(
    object({
      name: text,
      bootId,
      coordinator: flag,
      state: { type: 'string', enum: ['alive', 'silent', 'leaving'] },
      capacity: number,
      version: text,
      http: orNull(text),
      priority: number,
      load: object({
        inFlight: count,
        cpu: number,
        headroom: number,
        latenessMs: number,
        pacing: object({
          setting: { type: 'string', enum: PACING_SETTINGS },
          mode: { type: 'string', enum: PACING_MODES, description: 'what runs now; of auto: what it has chosen' },
        }),
      }),
      runs: count,
    }),
  ),
})

/** Everything under `components.schemas` of the published document. */
export const SCHEMAS = {
  RunId,
  RunStatus,
  Problem,
  Error: ErrorDocument,
  Suite,
  SuiteForm,
  Validation,
  Accepted: object({ runId: ref('RunId') }),
  Stopping: object({ runId: ref('RunId'), status: ref('RunStatus') }),
  Scale,
  Scaled,
  Run,
  Runs: object({ runs: list(ref('Run')) }),
  Latency: latency,
  Totals,
  LiveTotals,
  RunEvent: runEvent,
  Report,
  Nodes,
  Task,
  Tasks: object({ tasks: list(ref('Task')) }),
  Health: object({ status: { const: 'ok' } }),
  Readiness: object({ ready: flag, reasons: list(text) }),
} as const

export type SchemaName =
  | 'RunId'
  | 'RunStatus'
  | 'Problem'
  | 'Error'
  | 'Suite'
  | 'SuiteForm'
  | 'Validation'
  | 'Accepted'
  | 'Stopping'
  | 'Scale'
  | 'Scaled'
  | 'Run'
  | 'Runs'
  | 'Latency'
  | 'Totals'
  | 'LiveTotals'
  | 'RunEvent'
  | 'Report'
  | 'Nodes'
  | 'Task'
  | 'Tasks'
  | 'Health'
  | 'Readiness'
