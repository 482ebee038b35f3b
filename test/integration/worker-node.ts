/** A worker pool under test, with everything it has said. */

import type { VajraError } from '../../src/base/errors.ts'
import { checkBatch } from '../../src/metrics/validate-batch.ts'
import { addCounts, type Counts, type Window, type WindowBatch, ZERO_COUNTS } from '../../src/metrics/window.ts'
import type { OnceRunner } from '../../src/node/once-runner.ts'
import type { Suite } from '../../src/suite/spec.ts'
import type { DrainedRun, NamedValues } from '../../src/worker/messages.ts'
import { monotonicNow } from '../../src/worker/monotonic.ts'
import { WorkerPool } from '../../src/worker/pool.ts'

export const SLOTS = 16
const TASKS = new URL('./worker-tasks.ts', import.meta.url)
const CREDENTIALS = new URL('../../src/tasks/credentials/keeper-main.ts', import.meta.url)

let runs = 0

export const newRunId = (): string => `r00000000-${String(runs++).padStart(10, '0')}`

export const allSlots = (from = 0): { slot: number; from: number }[] =>
  Array.from({ length: SLOTS }, (_, slot) => ({ slot, from }))

export class WorkerNode {
  readonly name: string
  readonly pool: WorkerPool
  readonly batches: WindowBatch[] = []
  readonly faults: { runId: string | null; error: VajraError }[] = []
  readonly logs: string[] = []
  /** Runs setups and teardowns on the pool, where a test has them. */
  once: Pick<OnceRunner, 'takes' | 'drained'> | undefined
  readonly #drained = new Map<string, PromiseWithResolvers<DrainedRun>>()

  /** @param spareMs of the pool; its own unless given */
  constructor(name: string, threads: number, spareMs?: number) {
    this.name = name
    this.pool = new WorkerPool({
      threads,
      node: name,
      bootId: `boot-${name}`,
      tasksUrl: TASKS,
      credentialsUrl: CREDENTIALS,
      ...(spareMs === undefined ? {} : { spareMs }),
      onBatch: (batch) => {
        if (this.once?.takes(batch) !== true) this.batches.push(checkBatch(batch))
      },
      onDrained: (drained) => {
        if (this.once?.drained(drained) !== true) this.#waiter(drained.runId).resolve(drained)
      },
      onFault: (runId, error) => this.faults.push({ runId, error }),
      onLog: (_level, message) => this.logs.push(message),
    })
  }

  #waiter(runId: string): PromiseWithResolvers<DrainedRun> {
    const waiter = this.#drained.get(runId) ?? Promise.withResolvers<DrainedRun>()
    this.#drained.set(runId, waiter)
    return waiter
  }

  /** How many threads there are, and what they have in flight. */
  get status(): { readonly threads: number; readonly inFlight: number } {
    const { threads, inFlight } = this.pool.status()
    return { threads, inFlight }
  }

  drained(runId: string): Promise<DrainedRun> {
    return this.#waiter(runId).promise
  }

  prepare(runId: string, suite: Suite): Promise<void> {
    const bootId = `boot-${this.name}`
    return this.pool.prepare({ runId, suite, slotCount: SLOTS, seed: 7, node: this.name, bootId })
  }

  /** Runs a suite alone and resolves when it is over. @param leaseMs of run time; the whole run unless given */
  async runAlone(
    suite: Suite,
    leaseMs = 1e6,
    setup: NamedValues = {},
  ): Promise<{ runId: string; startAt: number; drained: DrainedRun }> {
    const runId = newRunId()
    const startAt = await this.begin(runId, suite, leaseMs, setup)
    return { runId, startAt, drained: await this.drained(runId) }
  }

  /** Prepares a run with all slots and starts it. @returns its start */
  async begin(runId: string, suite: Suite, leaseMs = 1e6, setup: NamedValues = {}): Promise<number> {
    await this.prepare(runId, suite)
    await this.pool.assign(runId, { sequence: 1, slots: allSlots(), releaseAt: 0, revisions: [] })
    const startAt = monotonicNow() + 50
    this.pool.lease(runId, startAt + leaseMs)
    this.pool.start(runId, startAt, setup)
    return startAt
  }

  windows(runId: string, scenario = 0): Window[] {
    const own = this.batches.filter((batch) => batch.runId === runId)
    return own.flatMap(({ windows }) => windows.filter((window) => window.scenario === scenario))
  }

  totals(runId: string, scenario = 0): Counts {
    return this.windows(runId, scenario).reduce((sum, { counts }) => addCounts(sum, counts), ZERO_COUNTS)
  }

  errors(runId: string, scenario = 0): Record<string, number> {
    const errors: Record<string, number> = {}
    for (const window of this.windows(runId, scenario)) {
      for (const [kind, count] of Object.entries(window.errors)) errors[kind] = (errors[kind] ?? 0) + count
    }
    return errors
  }
}

/** Waits for a run time. */
export async function untilRun(startAt: number, run: number): Promise<void> {
  const wait = startAt + run - monotonicNow()
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
}

/** Waits until something holds. */
export async function eventually(holds: () => boolean, what: string, withinMs = 5000): Promise<void> {
  const deadline = monotonicNow() + withinMs
  while (!holds()) {
    if (monotonicNow() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
