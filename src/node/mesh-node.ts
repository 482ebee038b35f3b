/** The node behind its API: implements the NodePort over the driver's state, the book of runs and the store. */

import type {
  NodePort,
  NodesDocument,
  ReadinessDocument,
  RunDocument,
  RunStreamItem,
  ScaledDocument,
  ScaleRequest,
  SuiteSource,
  TaskDocument,
  ValidationDocument,
} from '../api/node-port.ts'
import type { Clock } from '../base/clock.ts'
import { VajraError } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import type { Input } from '../coordination/io.ts'
import { hasTotals } from '../coordination/keeping.ts'
import { coordinatorOf, isActiveRun, isCoordinator } from '../coordination/state.ts'
import { decodeBatch } from '../mesh/batch-codec.ts'
import type { MeshPort } from '../mesh/mesh-port.ts'
import type { LiveTotals } from '../metrics/live-document.ts'
import type { Report } from '../metrics/report-document.ts'
import type { WindowBatch } from '../metrics/window.ts'
import type { StorePort } from '../store/store-port.ts'
import { httpTaskDescriptor } from '../suite/http-task.ts'
import type { WorkerPool } from '../worker/pool.ts'
import { AbortWatch } from './abort-watch.ts'
import { nodesDocument, runDocument, statusOf } from './documents.ts'
import type { Driver } from './driver.ts'
import { Gathering } from './gathering.ts'
import { isOver } from './interrupted.ts'
import { nodeMetrics } from './node-metrics.ts'
import type { NodeOptions } from './options.ts'
import type { Preflight } from './preflight.ts'
import type { RunBook } from './run-book.ts'
import { RunReports } from './run-reports.ts'
import { RunStreams } from './run-streams.ts'
import { Scaling } from './scaling.ts'
import { Submissions } from './submissions.ts'
import type { WindowExchange } from './window-exchange.ts'

/** Whoever asks about a run waits this long at most until its windows have been gathered, in milliseconds. */
const GATHER_MS = 3000

/** A report is waited for while windows have come within this time, in milliseconds. */
const COMING_MS = 10_000

export interface MeshNodeParts {
  readonly options: NodeOptions
  readonly version: string
  readonly clock: Clock
  readonly mesh: MeshPort
  readonly store: StorePort
  readonly pool: WorkerPool
  readonly book: RunBook
  readonly driver: () => Driver
  readonly exchange: () => WindowExchange
  readonly preflight: Preflight
}

export class MeshNode implements NodePort {
  readonly name: string
  readonly version: string
  readonly #parts: MeshNodeParts
  readonly #streams: RunStreams
  readonly #submissions: Submissions
  readonly #reports: RunReports
  readonly #gathering: Gathering
  readonly #aborts: AbortWatch
  readonly #scaling: Scaling

  constructor(parts: MeshNodeParts) {
    this.#parts = parts
    this.name = parts.options.name
    this.version = parts.version
    const { clock, book, store } = parts
    const core = { state: () => this.#state, input: (input: Input) => parts.driver().input(input) }
    const { name, allowTarget } = parts.options
    this.#submissions = new Submissions({ ...core, node: name, allowTarget, clock, store })
    this.#scaling = new Scaling({ ...core, clock, suite: (runId) => book.page(runId)?.suite })
    this.#reports = new RunReports({
      store: parts.store,
      book: parts.book,
      log: parts.options.log,
      now: parts.clock.monotonic,
      runs: () => this.#state.runs,
      comesIn: (runId) => this.#gathering.isComing(runId, COMING_MS),
      reported: (runId) => {
        this.#streams.end(runId)
        this.#gathering.progressed(runId)
      },
    })
    this.#gathering = new Gathering({
      ...core,
      now: parts.clock.monotonic,
      isReported: (runId) => this.#reports.final(runId) !== undefined,
      isOver: (runId) => this.#isOver(runId),
    })
    this.#aborts = new AbortWatch({
      state: () => this.#state,
      book: parts.book,
      gathering: this.#gathering,
      stored: (runId) => this.#storedBatches(runId),
      input: (input) => parts.driver().input(input),
    })
    this.#streams = new RunStreams({
      events: (runId) => this.#state.runs.get(runId)?.table?.events ?? [],
      live: (runId) => this.#liveItem(runId),
      end: (runId) => this.#endItem(runId),
    })
  }

  #isOver(runId: RunId): boolean {
    const run = this.#state.runs.get(runId)
    return run !== undefined && isOver(run, this.#now)
  }

  get #state() {
    return this.#parts.driver().state
  }

  get #now() {
    return this.#parts.clock.monotonic()
  }

  validate(source: SuiteSource): Promise<ValidationDocument> {
    return this.#submissions.validate(source)
  }

  async preflight(source: SuiteSource): Promise<ValidationDocument> {
    const { suite, ...document } = await this.#submissions.read(source)
    if (suite === null) return { ...document, preflight: null }
    return { ...document, preflight: await this.#parts.preflight.check(source, suite) }
  }

  submit(source: SuiteSource): Promise<{ readonly runId: RunId }> {
    return this.#submissions.submit(source)
  }

  accepted(runId: RunId, replicated: boolean): void {
    this.#submissions.accepted(runId, replicated)
  }

  runs(): readonly RunDocument[] {
    const runs = [...this.#state.runs.values()].sort((a, b) => b.record.createdAt - a.record.createdAt)
    return runs.map((run) => runDocument(run, this.#reports.final(run.record.runId), this.#now))
  }

  gather(runId: RunId): Promise<void> {
    return this.#gathering.gather(runId, GATHER_MS)
  }

  /** A window of a run is stored. */
  progressed(runId: RunId): void {
    this.#gathering.progressed(runId)
    this.#aborts.progressed(runId)
  }

  run(runId: RunId): RunDocument | undefined {
    const run = this.#state.runs.get(runId)
    if (run === undefined) return undefined
    const document = runDocument(run, this.#reports.final(runId), this.#now)
    const live = isActiveRun(run) ? this.live(runId) : undefined
    return live === undefined ? document : { ...document, live }
  }

  async report(runId: RunId): Promise<Report | undefined> {
    if (this.#isOver(runId)) this.#gathering.want(runId)
    else await this.gather(runId)
    return this.#reports.get(runId)
  }

  /** All windows of a run are here that will ever be. */
  settled(runId: RunId): void {
    this.#reports.settle(runId)
  }

  async stop(runId: RunId, reason: string): Promise<boolean> {
    const run = this.#state.runs.get(runId)
    if (run === undefined) throw new VajraError('RUN_UNKNOWN', `this node does not know run ${runId}`)
    if (isOver(run, this.#now)) return false
    this.#parts.driver().input({ kind: 'stop', runId, stop: 'user', reason })
    return true
  }

  scale(runId: RunId, request: ScaleRequest): Promise<ScaledDocument> {
    return this.#scaling.scale(runId, request)
  }

  subscribe(runId: RunId, listener: (item: RunStreamItem) => void): () => void {
    this.#gathering.want(runId)
    return this.#streams.subscribe(runId, listener)
  }

  runChanged(runId: RunId): void {
    this.#streams.changed(runId)
    this.#aborts.progressed(runId)
    if (!this.#gathering.isPart(runId)) return
    // Where no report is made unless somebody asks, nothing else makes room for newer runs.
    if (this.#isOver(runId)) this.#parts.store.prune(LIMITS.endedRuns)
    // Adding up what is gathered as it comes holds nothing up; all at once at the first question would.
    else this.#totals(runId)
  }

  /** Once a second: live totals to listeners, interrupted runs, and the coordinator's look at thresholds. */
  tick(): void {
    for (const runId of [...this.#streams.runIds(), ...this.#reports.awaited()]) this.#gathering.want(runId)
    this.#gathering.tick()
    for (const runId of this.#parts.book.runIds()) {
      if (this.#isOver(runId) && this.#gathering.isIdle(runId)) this.#parts.book.page(runId)?.forgetTotals()
    }
    this.#streams.tick()
    this.#reports.settleInterrupted()
    this.#aborts.tick()
  }

  #totals(runId: RunId) {
    const page = this.#parts.book.page(runId)
    if (page === undefined) throw new VajraError('RUN_UNKNOWN', `this node does not know run ${runId}`)
    return page.totals(() => this.#storedBatches(runId), this.#state.runs.get(runId)?.table ?? null)
  }

  *#storedBatches(runId: RunId): Iterable<WindowBatch> {
    for (const { bytes } of this.#parts.store.batches(runId)) yield decodeBatch(bytes)
  }

  /**
   * Totals of a run so far, the same on every node up to the windows on their way; undefined for unknown runs, and
   * where not all windows are here.
   */
  live(runId: RunId): LiveTotals | undefined {
    const run = this.#state.runs.get(runId)
    if (run === undefined || this.#parts.book.page(runId) === undefined) return undefined
    if (!hasTotals(this.#state, runId, this.#now)) return undefined
    const { table } = run
    const taking = new Set(table?.holders)
    const nodes = (table?.members ?? []).filter((member, i) => taking.has(i) && member.lostAt === null)
    return this.#totals(runId).live({
      runId,
      status: statusOf(run, this.#now),
      durationMs: table?.stopAt ?? run.facts.durationMs,
      nodes,
    })
  }

  #liveItem(runId: RunId) {
    const data = this.live(runId)
    return data === undefined ? undefined : ({ type: 'live', data } as const)
  }

  #endItem(runId: RunId) {
    const run = this.#state.runs.get(runId)
    const report = this.#reports.final(runId)
    if (run === undefined || report === undefined) return undefined
    return { type: 'end', data: runDocument(run, report, this.#now) } as const
  }

  nodes(): NodesDocument {
    return nodesDocument(this.#state, [...this.#state.runs.values()].filter(isActiveRun).length, this.#now)
  }

  tasks(): readonly TaskDocument[] {
    return [httpTaskDescriptor as unknown as TaskDocument]
  }

  readiness(): ReadinessDocument {
    const reasons: string[] = []
    if (coordinatorOf(this.#state) === null) reasons.push('no coordinator is elected')
    if (this.#state.leaving) reasons.push('the node is leaving')
    return { ready: reasons.length === 0, reasons }
  }

  metrics(): string {
    const { mesh, pool, exchange } = this.#parts
    const { runs, election } = this.#state
    const runsByStatus = new Map<string, number>()
    for (const run of runs.values()) {
      const status = statusOf(run, this.#now)
      runsByStatus.set(status, (runsByStatus.get(status) ?? 0) + 1)
    }
    const usage = process.cpuUsage()
    return nodeMetrics({
      name: this.name,
      version: this.version,
      coordinator: isCoordinator(this.#state),
      term: election.term.number,
      nodes: this.nodes().nodes.length,
      ...pool.status(),
      residentBytes: process.memoryUsage.rss(),
      cpuSeconds: (usage.user + usage.system) / 1e6,
      contradictions: exchange().contradictions,
      mesh: mesh.statistics(),
      runsByStatus,
      live: [...runs].filter(([, run]) => isActiveRun(run)).flatMap(([runId]) => this.live(runId) ?? []),
    })
  }
}
