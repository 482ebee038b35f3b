/**
 * The load threads of a node. They are started for the first run, or when one is expected, so that an idle node stays
 * small, and one that dies is replaced at once for the runs that go on, or else with the next run. Control messages go to
 * them, windows come back; leases and in-flight counters are in shared memory.
 */

import type { MonotonicMs, RunMs } from '../base/clock.ts'
import { VajraError } from '../base/errors.ts'
import type { BootId, RunId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import type { PacingSetting } from '../base/pacing.ts'
import type { WindowBatch } from '../metrics/window.ts'
import { asksOthers } from '../suite/credential-use.ts'
import { type CredentialsLink, CredentialThread } from './credential-thread.ts'
import { LoadThread } from './load-thread.ts'
import type {
  Assignment,
  DrainedRun,
  FromThread,
  LogLevel,
  NamedValues,
  PreparedRun,
  WorkerStatus,
} from './messages.ts'
import { monotonicNow } from './monotonic.ts'
import { PacingControl } from './pacing-control.ts'
import { PoolRun } from './pool-run.ts'
import { Ticker } from './ticker.ts'

export interface WorkerPoolOptions {
  /** Load threads; at least 1. */
  readonly threads: number
  /** How load threads wait for arrivals; `auto` unless given. */
  readonly pacing?: PacingSetting
  readonly node: string
  readonly bootId: BootId
  /** Module with `builtinTasks`, loaded by the threads. */
  readonly tasksUrl: URL
  /** Module of the thread that keeps credentials; without one, each load thread asks for those of its own. */
  readonly credentialsUrl?: URL
  /** Entry of a thread; only tests need another. */
  readonly threadUrl?: URL
  /** How long threads may wait for a run that was only expected, in milliseconds; a minute unless given. */
  readonly spareMs?: number
  /** The node's windows of one second of a run; sequences are contiguous. */
  readonly onBatch: (batch: WindowBatch) => void
  /** The run is over on this node; all its batches have been given out. */
  readonly onDrained: (drained: DrainedRun) => void
  /**
   * A thread died, or none can take its place; null when it had no run. What it had in flight is counted as failed, what
   * it would have fired until another one is ready as dropped.
   */
  readonly onFault: (runId: RunId | null, error: VajraError) => void
  /** What tasks log. To stderr unless given. */
  readonly onLog?: (level: LogLevel, message: string) => void
}

/** Somebody who has been told that nothing is in the way of a run submits it sooner than this, or thinks again. */
const SPARE_MS = 60_000

/** Source or build output: entries of threads lie beside this file with the same extension. */
const entry = (name: string): URL => {
  return new URL(`./${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
}

export class WorkerPool {
  readonly #options: WorkerPoolOptions
  readonly #threads = new Map<number, LoadThread>()
  readonly #pacing: PacingControl
  #ticker: Ticker | undefined
  readonly #credentials: CredentialThread | undefined
  readonly #runs = new Map<RunId, PoolRun>()
  /** Runs that are over here: there is nothing left to assign, but being asked is no error. */
  readonly #ended = new Set<RunId>()
  /** Runs out when the threads have waited long enough for the run that was expected; undefined once one has come. */
  #spareTimer: NodeJS.Timeout | undefined
  #endingSpares: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(options: WorkerPoolOptions) {
    this.#options = options
    this.#pacing = new PacingControl({
      setting: options.pacing ?? 'auto',
      threads: options.threads,
      clock: monotonicNow,
      onChange: (mode) => this.#log('info', `load threads pace in ${mode} mode now (pacing auto)`),
    })
    const { credentialsUrl } = options
    if (credentialsUrl === undefined) return
    this.#credentials = new CredentialThread(credentialsUrl, (error) => options.onFault(null, error))
  }

  /** A run is about to come: starts the threads, unless they run already. Starting them takes longer than planning. */
  standBy(): void {
    clearTimeout(this.#spareTimer)
    this.#spareTimer = undefined
    if (!this.#closed) this.#startThreads()
  }

  /** A run may come: starts the threads, unless they run already, and ends them again when none comes for a while. */
  expect(): void {
    const wasSpare = this.#spareTimer !== undefined
    if (this.#closed || (this.#threads.size > 0 && !wasSpare)) return
    this.standBy()
    this.#spareTimer = setTimeout(() => this.#endSpares(), this.#options.spareMs ?? SPARE_MS).unref()
  }

  #endSpares(): void {
    this.#spareTimer = undefined
    const threads = [...this.#threads.values()]
    this.#threads.clear()
    this.#endingSpares = Promise.all([this.#endingSpares, ...threads.map((thread) => thread.close())])
  }

  /**
   * Makes a run ready: threads are running, tasks are set up. Once per run.
   *
   * @throws VajraError `TASK_SETUP_FAILED`; the run is forgotten then
   */
  async prepare(run: PreparedRun): Promise<void> {
    const { runId } = run
    if (this.#closed || this.#runs.has(runId)) {
      throw new VajraError('INTERNAL', `run ${runId}: prepared ${this.#closed ? 'after the pool was closed' : 'twice'}`)
    }
    this.standBy()
    const poolRun = new PoolRun({
      run,
      threads: [...this.#threads.values()],
      clock: monotonicNow,
      onBatch: (sequence, windows, generator) => {
        const batch = { runId, bootId: run.bootId, sequence, windows }
        this.#options.onBatch(generator === undefined ? batch : { ...batch, generator })
      },
      onDrained: (drained) => {
        this.#forget(runId)
        this.#options.onDrained(drained)
      },
      onFault: (error) => this.#options.onFault(runId, error),
      ...this.#credentialsOf(run),
    })
    this.#runs.set(runId, poolRun)
    this.#pacing.watch()
    try {
      await poolRun.prepare()
    } catch (error) {
      this.#remove(runId)
      throw error
    }
  }

  #remove(runId: RunId): void {
    this.#runs.delete(runId)
    this.#credentials?.leave(runId)
    if (this.#runs.size === 0) this.#pacing.rest()
  }

  /**
   * Starts a run.
   *
   * @param startAt on this process's monotonic clock, in the future; what is planned before a thread has learned of a
   *   start is dropped
   * @param setup what the suite's setup gave; nothing unless given
   */
  start(runId: RunId, startAt: MonotonicMs, setup: NamedValues = {}): void {
    this.#runs.get(runId)?.start(startAt, setup)
    // Not needed before, and it would compete with load threads for the CPU while everybody waits for the last of them to
    // be ready. Those that wait by timers only never need it.
    if (!this.#closed && this.#pacing.pacing.setting !== 'eco') this.#ticker?.start()
  }

  /**
   * Sets which slots the node fires; before the start or at any time. Slots that were held and are not listed are
   * fired up to `releaseAt`, or up to where a thread has come already.
   *
   * Call it before the {@link lease} that comes with it: after a lapse, a lease alone means that nothing has changed.
   *
   * @returns run time from which every thread follows it: released slots may be fired by others from then on
   * @throws VajraError `RUN_UNKNOWN` when the run was not prepared or was discarded; `MESSAGE_INVALID` for slots that do
   *   not exist
   */
  async assign(runId: RunId, assignment: Assignment): Promise<RunMs> {
    const run = this.#runs.get(runId)
    if (run !== undefined) return run.assign(assignment)
    if (this.#ended.has(runId)) return assignment.releaseAt
    throw new VajraError('RUN_UNKNOWN', `run ${runId} is not prepared on this node`)
  }

  /** Allows firing until a time on this process's monotonic clock. Nothing is fired before the first lease. */
  lease(runId: RunId, until: MonotonicMs): void {
    this.#runs.get(runId)?.lease(until)
  }

  /**
   * Ends a run early: nothing planned at or after `at` is fired. What is in flight may finish within the suite's
   * `gracefulStopMs` and is counted as failed, kind `interrupted`, after that.
   */
  stop(runId: RunId, at: RunMs): void {
    this.#runs.get(runId)?.stop(at)
  }

  /** Forgets a run at once. What is in flight is aborted, nothing more is reported. */
  discard(runId: RunId): void {
    const run = this.#runs.get(runId)
    this.#remove(runId)
    this.#ended.delete(runId)
    run?.discard()
  }

  status(): WorkerStatus {
    let inFlight = 0
    for (const run of this.#runs.values()) inFlight += run.inFlight
    const { pacing, spinning } = this.#pacing
    return { threads: this.#threads.size, inFlight, pacing, spinning }
  }

  #credentialsOf({ runId, suite }: PreparedRun): { readonly openCredentials?: () => CredentialsLink } {
    const credentials = this.#credentials
    if (credentials === undefined || !suite.scenarios.some(({ steps }) => steps.some(({ task }) => asksOthers(task))))
      return {}
    return { openCredentials: () => credentials.connect(runId) }
  }

  #forget(runId: RunId): void {
    this.#remove(runId)
    this.#ended.add(runId)
    const [oldest] = this.#ended
    if (this.#ended.size > LIMITS.endedRuns && oldest !== undefined) this.#ended.delete(oldest)
  }

  /** Discards all runs and ends the threads. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#spareTimer)
    for (const runId of [...this.#runs.keys()]) this.discard(runId)
    const threads = [...this.#threads.values()]
    this.#threads.clear()
    const ending = [...threads.map((thread) => thread.close()), this.#endingSpares]
    await Promise.all([...ending, this.#ticker?.close(), this.#credentials?.close()])
  }

  #startThreads(): void {
    const { threads } = this.#options
    this.#ticker ??= new Ticker(entry('ticker-main'), threads, (cause) => this.#loseTicker(cause))
    for (let index = 0; index < threads; index++) this.#runningThread(index, this.#ticker)
  }

  #runningThread(index: number, ticker: Ticker): LoadThread {
    const running = this.#threads.get(index)
    if (running !== undefined && !running.failed) return running
    const { threadUrl = entry('thread-main'), tasksUrl } = this.#options
    const thread: LoadThread = new LoadThread({
      url: threadUrl,
      data: { index, tasksUrl: tasksUrl.href, ticker: ticker.linkOf(index), pacing: this.#pacing.memory },
      onMessage: (message) => this.#receive(index, message),
      onDeath: (error) => this.#lose(thread, ticker, error),
    })
    this.#threads.set(index, thread)
    return thread
  }

  #receive(index: number, message: FromThread): void {
    if (message.type === 'window' && message.second !== null) this.#pacing.note(index, message.second)
    if (message.type === 'log') this.#log(message.level, message.message)
    else this.#runs.get(message.runId)?.receive(index, message)
  }

  #log(level: LogLevel, message: string): void {
    if (this.#options.onLog !== undefined) this.#options.onLog(level, message)
    else process.stderr.write(`${level}: ${message}\n`)
  }

  /** The load threads go on by their own timers, less exact. */
  #loseTicker(cause: Error): void {
    const error = new VajraError('WORKER_CRASHED', `the thread that paces the load died: ${cause.message}`, {
      hint: 'runs go on, but requests are sent up to some ten milliseconds late; restart the node',
      cause,
    })
    this.#options.onFault(null, error)
  }

  #lose(thread: LoadThread, ticker: Ticker, cause: Error): void {
    if (this.#threads.get(thread.index) === thread) this.#threads.delete(thread.index)
    const error = new VajraError('WORKER_CRASHED', `load thread ${thread.index} died: ${cause.message}`, {
      hint: 'the message is what the thread died of: usually a task that throws outside of its execution',
      cause,
    })
    const affected = [...this.#runs].filter(([, run]) => run.uses(thread))
    if (affected.length === 0) this.#options.onFault(null, error)
    for (const [runId, run] of affected) {
      this.#options.onFault(runId, error)
      run.lose(thread.index, error, () => this.#runningThread(thread.index, ticker))
    }
  }
}
