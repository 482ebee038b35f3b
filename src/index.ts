/**
 * Vajra Mesh as a library: start nodes in a process of one's own, submit suites, read reports.
 *
 * @example
 * ```ts
 * import { createNode, nodeOptions } from 'vajra-mesh'
 *
 * const node = await createNode(nodeOptions({ configDir: '' }))
 * const { runId } = await node.port.submit({ format: 'yaml', text: suite })
 * node.port.subscribe(runId, async ({ type }) => {
 *   if (type !== 'end') return
 *   console.log((await node.port.report(runId))?.totals)
 *   await node.close()
 * })
 * ```
 */

export type {
  NodeDocument,
  NodePort,
  NodesDocument,
  ReadinessDocument,
  RunDocument,
  RunStreamItem,
  SuiteSource,
  TaskDocument,
  ValidationDocument,
} from './api/node-port.ts'
export { type ApiOptions, type RunningApi, startApi } from './api/server.ts'
export { ERROR_KINDS, type ErrorCode, EXIT, type Problem, VajraError } from './base/errors.ts'
export type { BootId, RunId } from './base/ids.ts'
export type { LiveIterations, LiveScenario, LiveStep, LiveTotals } from './metrics/live-document.ts'
export type {
  Coverage,
  LatencySummary,
  NodeCoverage,
  Report,
  RunEvent,
  RunStatus,
  ScenarioReport,
  StepReport,
  ThresholdResult,
  TimelinePoint,
  Totals,
} from './metrics/report-document.ts'
export { createNode } from './node/create-node.ts'
export { type Log, type LogLevel, type NodeOptions, nodeOptions } from './node/options.ts'
export type { RunningNode } from './node/running-node.ts'
export type { SuiteText } from './suite/document.ts'
export { suiteJsonSchema } from './suite/json-schema.ts'
export { type ParsedSuite, type ParseSuiteOptions, parseSuite } from './suite/parse.ts'
export type { TaskShape } from './suite/shape.ts'
export type {
  ClosedLoad,
  Load,
  OnNodeLoss,
  OpenLoad,
  RateSegment,
  Scenario,
  ShareStrategy,
  Suite,
  TaskSpec,
  Threshold,
} from './suite/spec.ts'
