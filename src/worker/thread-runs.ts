/** All runs of one load thread: carries out the main thread's messages and shares the thread's turns among runs. */

import type { MonotonicMs } from '../base/clock.ts'
import { messageOf, VajraError } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'
import { expectedAtOnce } from '../load/expected-at-once.ts'
import { InFlight } from './in-flight.ts'
import { LeaseReader } from './lease-cell.ts'
import type { ErrorMessage, FromThread, HeldFrom, LogLevel, NamedValues, PreparedRun, ToThread } from './messages.ts'
import { buildScenarios, type RunScenario, type ThreadSurroundings, type WorkOf } from './run-scenarios.ts'
import type { StepTask } from './step-task.ts'
import type { ThreadMeter } from './thread-meter.ts'
import { ThreadRun } from './thread-run.ts'
import { packWindows } from './window-posting.ts'

/** How long a task's cleanup may hold up the end of its run. */
const CLEANUP_MS = 5000

export type Post = (message: FromThread, transfer?: readonly ArrayBuffer[]) => void

/** What a thread gives its runs. */
interface RunSurroundings extends Omit<ThreadSurroundings, 'workOf'> {
  readonly meter: ThreadMeter
  /** What goes along with the iterations of a run, once it is loaded; undefined for nothing. */
  readonly loadWork?: (run: PreparedRun) => WorkOf | undefined | Promise<WorkOf | undefined>
}

type RunMessage = Exclude<ToThread, { readonly type: 'close' }>
type Prepare = Extract<ToThread, { readonly type: 'prepare' }>

/** Tasks of scenarios that begin later than this get ready with their first execution. */
const WARM_UNTIL_MS = 1000

interface Entry {
  readonly run: ThreadRun
  /** Told of the slots that the node held at the start, and of what the setup gave. */
  readonly starting: (slots: readonly number[], setup: NamedValues) => void
  /** Lets the tasks get ready for the slots they will be fired for. */
  readonly warm: (slots: readonly HeldFrom[]) => void
  /** Ends the tasks; once, however often it is called. */
  readonly cleanup: () => Promise<void>
}

export class ThreadRuns {
  readonly #thread: RunSurroundings
  readonly #post: Post
  readonly #runs = new Map<RunId, Entry>()
  /** What has come for runs that wait for something to be loaded. */
  readonly #arriving = new Map<RunId, RunMessage[]>()
  #closed = false

  constructor(thread: RunSurroundings, post: Post) {
    this.#thread = thread
    this.#post = post
  }

  /** Gives every run its turn. @returns when the next is due */
  turn(now: MonotonicMs): MonotonicMs {
    let next = Number.POSITIVE_INFINITY
    let at: MonotonicMs | undefined = now
    for (const { run } of this.#runs.values()) {
      next = Math.min(next, run.turn(at ?? this.#thread.clock()))
      // The turn of one run makes others late.
      at = undefined
    }
    return next
  }

  receive(message: RunMessage): void {
    const runId = message.type === 'prepare' ? message.run.runId : message.runId
    const arriving = this.#arriving.get(runId)
    if (arriving !== undefined) {
      arriving.push(message)
      return
    }
    if (message.type === 'prepare') return this.#load(message)
    const entry = this.#runs.get(runId)
    if (entry === undefined) {
      // A run that is over here has nothing left to release.
      if (message.type === 'assign') this.#postAssigned(message.runId, message.id, message.releaseAt)
      return
    }
    this.#carryOut(message, entry)
    const now = this.#thread.clock()
    this.#thread.wakeBy(now, now)
  }

  #carryOut(message: Exclude<RunMessage, { readonly type: 'prepare' }>, { run, starting, warm, cleanup }: Entry): void {
    switch (message.type) {
      case 'start':
        starting(message.ownSlots, message.setup)
        run.start(message.startAt)
        if (message.stopAt !== null) run.stop(message.stopAt)
        // Not before: everybody waits for the last node to be ready, and the second until the start is there to be used.
        void this.#thread.tasks.rehearse?.()
        break
      case 'assign': {
        this.#postAssigned(message.runId, message.id, run.assign(message))
        warm(message.slots)
        break
      }
      case 'settle':
        run.settle(message.id, message.at)
        break
      case 'stop':
        run.stop(message.at)
        break
      case 'discard':
        run.discard()
        this.#runs.delete(message.runId)
        void cleanup()
    }
  }

  #postAssigned(runId: RunId, id: number, from: number): void {
    this.#post({ type: 'assigned', runId, id, from })
  }

  /** Loads what the run needs, if anything, and prepares it; what is said of it meanwhile is done after that. */
  #load(message: Prepare): void {
    const loading = this.#thread.loadWork?.(message.run)
    if (!(loading instanceof Promise)) {
      void this.#prepare(message, loading)
      return
    }
    const { runId } = message.run
    this.#arriving.set(runId, [])
    loading
      .then(
        (workOf) => {
          if (!this.#closed) void this.#prepare(message, workOf)
        },
        (error: unknown) => this.#post({ type: 'prepared', runId, error: errorMessage(error) }),
      )
      .finally(() => {
        const came = this.#arriving.get(runId) ?? []
        this.#arriving.delete(runId)
        for (const later of came) this.receive(later)
      })
  }

  async #prepare(message: Prepare, workOf: WorkOf | undefined): Promise<void> {
    const { run, inFlight, turns, rows, credentials: port } = message
    const { runId } = run
    const counters = InFlight.attach(inFlight, run.suite.scenarios.length)
    const log = (level: LogLevel, text: string) => this.#thread.log(level, `run ${runId}: ${text}`)
    const credentials = this.#thread.tasks.openCredentials?.({ port, log })
    const lease = new LeaseReader(message.lease)
    const shared = { run, inFlight: counters, turns, rows, lease, credentials }
    const scenarios = buildScenarios(shared, { ...this.#thread, workOf })
    const tasks = scenarios.flatMap((scenario) => scenario.tasks)
    let cleaned: Promise<void> | undefined
    const cleanup = (): Promise<void> => {
      cleaned ??= Promise.all(tasks.map((task) => task.cleanup())).then(() => {
        for (const { work } of scenarios) work?.close()
        credentials?.close()
      })
      return cleaned
    }
    const threadRun = new ThreadRun({
      run,
      scenarios,
      lease,
      clock: this.#thread.clock,
      meter: this.#thread.meter,
      postWindow: (sequence, windows, second) => {
        const packed = packWindows(windows)
        this.#post({ type: 'window', runId, sequence, windows: packed.windows, second }, [packed.buffer])
      },
      onOver: () => void this.#finish(runId, cleanup, run.handsBack === true ? givenIn(scenarios) : {}),
    })
    const warm = (held: readonly HeldFrom[]): void => {
      const slots = held.map(({ slot }) => slot)
      for (const [index, { load, startMs }] of run.suite.scenarios.entries()) {
        const executions = startMs < WARM_UNTIL_MS ? expectedAtOnce(load, slots, run.slotCount) : 0
        if (executions > 0) scenarios[index]!.executions.warm(executions, slots.length / run.slotCount)
      }
    }
    const starting = (slots: readonly number[], setup: NamedValues): void => {
      for (const { rows: own, work } of scenarios) {
        own?.start(slots)
        work?.takeSetup(setup)
      }
    }
    this.#runs.set(runId, { run: threadRun, starting, warm, cleanup })
    const error = await setUp(tasks)
    if (error !== null) {
      threadRun.discard()
      this.#runs.delete(runId)
      await cleanup()
    }
    this.#post({ type: 'prepared', runId, error })
  }

  async #finish(runId: RunId, cleanup: () => Promise<void>, values: NamedValues): Promise<void> {
    const entry = this.#runs.get(runId)
    await Promise.race([cleanup(), new Promise((resolve) => setTimeout(resolve, CLEANUP_MS).unref())])
    if (this.#runs.get(runId) !== entry || entry === undefined) return
    this.#runs.delete(runId)
    this.#post({ type: 'drained', runId, values })
  }

  /** Ends every run's tasks, whatever they are doing. */
  async close(): Promise<void> {
    this.#closed = true
    const entries = [...this.#runs.values()]
    this.#runs.clear()
    for (const { run } of entries) run.discard()
    await Promise.all(entries.map(({ cleanup }) => cleanup()))
  }
}

/** What answers gave on this thread. */
function givenIn(scenarios: readonly RunScenario[]): NamedValues {
  return Object.assign({}, ...scenarios.map(({ work }) => work?.given() ?? {})) as NamedValues
}

/** Sets up all tasks, also when one fails, so that each can be cleaned up. @returns the first failure */
async function setUp(tasks: readonly StepTask[]): Promise<ErrorMessage | null> {
  const outcomes = await Promise.allSettled(tasks.map((task) => task.setup()))
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  return failed === undefined ? null : errorMessage(failed.reason)
}

function errorMessage(reason: unknown): ErrorMessage {
  return { message: messageOf(reason), hint: reason instanceof VajraError ? reason.hint : undefined }
}
