/**
 * A node made of maps: the NodePort that the API and the CLI are tested against. Runs do what the test says.
 */

import type {
  NodeDocument,
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
} from '../../../src/api/node-port.ts'
import { VajraError } from '../../../src/base/errors.ts'
import { type Finding, inOrder, worstLevel } from '../../../src/base/finding.ts'
import type { RunId } from '../../../src/base/ids.ts'
import type { Report, RunStatus } from '../../../src/metrics/report-document.ts'
import { fakeReport } from './fake-documents.ts'

interface FakeRun {
  document: RunDocument
  report: Report
  readonly items: RunStreamItem[]
  readonly listeners: Set<(item: RunStreamItem) => void>
}

export class FakeNode implements NodePort {
  readonly name: string
  readonly version = '0.0.0-test'
  readonly bootId: string
  readonly runsById = new Map<RunId, FakeRun>()
  readonly submitted: SuiteSource[] = []
  readonly stops: { readonly runId: RunId; readonly reason: string }[] = []
  readonly others: NodeDocument[] = []
  http: string | null = null
  /** What pre-flight finds. */
  findings: readonly Finding[] = [
    { check: 'tcp', level: 'PASS', node: 'alpha', seen: 'http://127.0.0.1:1 is connected to' },
  ]
  ready: ReadinessDocument = { ready: true, reasons: [] }
  /** What the next calls of `submit` throw, in order. */
  readonly submitErrors: unknown[] = []
  /** Called with each new run: the script of its life. */
  onSubmit: (runId: RunId) => void = () => {}
  readonly scales: ScaleRequest[] = []
  /** Called with each stop. */
  onStop: (runId: RunId) => void = (runId) => this.end(runId, 'stopped')

  constructor(name = 'alpha') {
    this.name = name
    this.bootId = `boot-${name}`
  }

  addRun(runId: RunId, over: Partial<RunDocument> = {}): void {
    const document: RunDocument = {
      runId,
      suite: 'shop',
      status: 'running',
      createdAt: '2030-01-01T00:00:00.000Z',
      startedAt: '2030-01-01T00:00:01.000Z',
      durationMs: 2000,
      degraded: false,
      submittedTo: this.name,
      reason: null,
      shares: [{ node: this.name, bootId: this.bootId, fraction: 1 }],
      complete: null,
      thresholdsOk: null,
      ...over,
    }
    const report = fakeReport(runId, { status: document.status })
    this.runsById.set(runId, { document, report, items: [], listeners: new Set() })
  }

  setReport(runId: RunId, over: Partial<Report>): void {
    const run = this.#known(runId)
    run.report = { ...run.report, ...over }
  }

  emit(runId: RunId, item: RunStreamItem): void {
    const run = this.#known(runId)
    run.items.push(item)
    for (const listener of [...run.listeners]) listener(item)
  }

  end(runId: RunId, status: RunStatus, over: Partial<RunDocument> = {}): void {
    const run = this.#known(runId)
    run.document = { ...run.document, status, complete: true, ...over }
    run.report = { ...run.report, status }
    this.emit(runId, { type: 'end', data: run.document })
  }

  async submit(source: SuiteSource): Promise<{ readonly runId: RunId }> {
    if (this.submitErrors.length > 0) throw this.submitErrors.shift()
    const validation = this.validate(source)
    if (!validation.valid) {
      throw new VajraError('SUITE_INVALID', 'the suite has 1 error', { problems: validation.errors })
    }
    this.submitted.push(source)
    const runId = `r00000000-${String(this.submitted.length).padStart(10, '0')}`
    this.addRun(runId)
    this.onSubmit(runId)
    return { runId }
  }

  validate(source: SuiteSource): ValidationDocument {
    if (source.text.includes('INVALID')) {
      return {
        valid: false,
        errors: [{ path: 'scenarios[0].load.rate', message: 'INVALID is not a rate', hint: 'write 500/s' }],
        summary: null,
      }
    }
    const scenario = {
      name: 'browse',
      model: 'open' as const,
      startMs: 0,
      durationMs: 2000,
      planned: 100,
      users: null,
      peakRate: 50,
    }
    return { valid: true, errors: [], summary: { name: 'shop', durationMs: 2000, scenarios: [scenario] } }
  }

  async preflight(source: SuiteSource): Promise<ValidationDocument> {
    const document = this.validate(source)
    if (!document.valid) return { ...document, preflight: null }
    const findings = inOrder(this.findings)
    return { ...document, preflight: { level: worstLevel(findings), tookMs: 12, nodes: [this.name], findings } }
  }

  async gather(): Promise<void> {}

  runs(): readonly RunDocument[] {
    return [...this.runsById.values()].map((run) => run.document)
  }

  run(runId: RunId): RunDocument | undefined {
    return this.runsById.get(runId)?.document
  }

  async report(runId: RunId): Promise<Report | undefined> {
    return this.runsById.get(runId)?.report
  }

  async stop(runId: RunId, reason: string): Promise<boolean> {
    const run = this.#known(runId)
    if (['completed', 'failed', 'stopped'].includes(run.document.status)) return false
    this.stops.push({ runId, reason })
    run.document = { ...run.document, status: 'stopping', reason }
    setImmediate(() => this.onStop(runId))
    return true
  }

  async scale(runId: RunId, request: ScaleRequest): Promise<ScaledDocument> {
    if (this.#known(runId).document.status !== 'running')
      throw new VajraError('RUN_NOT_RUNNING', `run ${runId} has ended`)
    this.scales.push(request)
    const { scenario = 'only', rate, users } = request
    const load = users === undefined ? { rate: Number.parseFloat(String(rate)) } : { users }
    return { runId, scenario, ...load, at: 1234 }
  }

  subscribe(runId: RunId, listener: (item: RunStreamItem) => void): () => void {
    const run = this.#known(runId)
    run.listeners.add(listener)
    for (const item of run.items) listener(item)
    return () => run.listeners.delete(listener)
  }

  nodes(): NodesDocument {
    const self: NodeDocument = {
      name: this.name,
      bootId: this.bootId,
      coordinator: true,
      state: 'alive',
      capacity: 2,
      version: this.version,
      http: this.http,
      priority: 0,
      load: { inFlight: 0, cpu: 0.1, headroom: 0.9, latenessMs: 0, pacing: { setting: 'auto', mode: 'eco' } },
      runs: this.runsById.size,
    }
    return { self: this.name, selfBootId: this.bootId, coordinator: this.name, term: 1, nodes: [self, ...this.others] }
  }

  tasks(): readonly TaskDocument[] {
    return [
      {
        name: 'http',
        title: 'HTTP request',
        description: 'Sends one request.',
        category: 'http',
        parameters: { type: 'object' },
      },
    ]
  }

  readiness(): ReadinessDocument {
    return this.ready
  }

  metrics(): string {
    return '# TYPE vajra_runs gauge\nvajra_runs 0\n'
  }

  #known(runId: RunId): FakeRun {
    const run = this.runsById.get(runId)
    if (run === undefined) throw new VajraError('RUN_UNKNOWN', `no run ${runId}`)
    return run
  }
}
