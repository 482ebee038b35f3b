/** Runs the setup or the teardown of a suite on this node: a run of one iteration, whose windows are nobody else's. */

import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import type { Window, WindowBatch } from '../metrics/window.ts'
import type { ChoreName, ChoreOutcome } from '../run/share-table.ts'
import { hasIterations } from '../suite/journey-spec.ts'
import { suiteOfOnce } from '../suite/once.ts'
import { divideValues, namedSetupValues, type SetupValues } from '../suite/setup-values.ts'
import type { Suite } from '../suite/spec.ts'
import { formatDuration } from '../suite/units.ts'
import type { DrainedRun, NamedValues } from '../worker/messages.ts'
import type { WorkerPool } from '../worker/pool.ts'

/** Load threads learn of the start within this, in milliseconds. */
const START_MS = 200

/** What is cut when the time is up has this long to say so, in milliseconds. */
const BEYOND_MS = 2000

export interface OnceRunnerParts {
  readonly pool: WorkerPool
  readonly clock: Pick<Clock, 'monotonic'>
  readonly node: string
  readonly bootId: string
  readonly seedOf: (runId: RunId) => number
}

interface Going {
  readonly windows: Window[]
  readonly drained: (values: NamedValues) => void
}

/** How the steps went, and what their answers gave. */
interface Taken {
  readonly error: string | null
  readonly given: NamedValues
}

export class OnceRunner {
  readonly #parts: OnceRunnerParts
  readonly #going = new Map<RunId, Going>()
  /** Secrets of setups that were run here, for their teardowns. */
  readonly #secrets = new Map<RunId, NamedValues>()

  constructor(parts: OnceRunnerParts) {
    this.#parts = parts
  }

  /** Takes the steps, once. Never throws. @param setup what the setup gave to everybody: for the teardown */
  async run(runId: RunId, name: ChoreName, suite: Suite | undefined, setup: NamedValues): Promise<ChoreOutcome> {
    const { clock } = this.#parts
    const begun = clock.monotonic()
    const once = suite?.[name]
    const outcome = (error: string | null, values: NamedValues) => {
      return { durationMs: Math.round(clock.monotonic() - begun), error, values }
    }
    if (once === undefined) return outcome(`the suite has no ${name}`, {})
    const values = { ...setup, ...this.#secrets.get(runId) }
    const { error, given } = await this.#take(
      `${runId}:${name}`,
      suiteOfOnce(once, name, suite!),
      once.timeoutMs,
      values,
    ).catch((thrown: unknown): Taken => ({ error: messageOf(thrown), given: {} }))
    this.#secrets.delete(runId)
    if (name === 'teardown') return outcome(error, {})
    const named = error === null ? namedSetupValues(suite!) : undefined
    const { shared, problem } = this.#divide(runId, suite!, divideValues(once, given, named))
    // What a part of it has made is for the teardown to undo, which needs the values of that part.
    return outcome(error ?? problem, shared)
  }

  /** Keeps the secrets for the teardown. */
  #divide(runId: RunId, { teardown }: Suite, values: SetupValues): SetupValues {
    if (teardown !== undefined) this.#secrets.set(runId, values.secret)
    const [oldest] = this.#secrets.keys()
    if (this.#secrets.size > LIMITS.activeRuns && oldest !== undefined) this.#secrets.delete(oldest)
    return values
  }

  /** Whether a batch is of a setup or teardown: then it is nobody else's. */
  takes({ runId, windows }: WindowBatch): boolean {
    const going = this.#going.get(runId)
    going?.windows.push(...windows)
    return going !== undefined
  }

  drained({ runId, values = {} }: DrainedRun): boolean {
    const going = this.#going.get(runId)
    going?.drained(values)
    return going !== undefined
  }

  async #take(id: RunId, suite: Suite, timeoutMs: number, setup: NamedValues): Promise<Taken> {
    const { pool, clock, node, bootId, seedOf } = this.#parts
    const windows: Window[] = []
    let given: NamedValues = {}
    const over = new Promise<void>((resolve) => {
      const drained = (values: NamedValues) => {
        given = values
        resolve()
      }
      this.#going.set(id, { windows, drained })
    })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs + BEYOND_MS)
    })
    const steps = (async () => {
      await pool.prepare({ runId: id, suite, slotCount: 1, seed: seedOf(id), node, bootId, handsBack: true })
      await pool.assign(id, { sequence: 1, slots: [{ slot: 0, from: 0 }], releaseAt: 0, revisions: [] })
      const startAt = clock.monotonic() + START_MS
      pool.start(id, startAt, setup)
      pool.lease(id, startAt + timeoutMs + BEYOND_MS)
      await over
    })()
    try {
      await Promise.race([steps, late])
      return { error: failureIn(windows, suite, timeoutMs), given }
    } finally {
      clearTimeout(timer)
      steps.catch(() => {})
      pool.discard(id)
      this.#going.delete(id)
    }
  }
}

/** Only kinds of errors and names of steps: answers may hold what is secret. */
function failureIn(windows: readonly Window[], suite: Suite, timeoutMs: number): string | null {
  const scenario = suite.scenarios[0]!
  const { steps } = scenario
  const whole = hasIterations(scenario) ? steps.length : 0
  const succeeded = windows.some(({ step, counts }) => step === whole && counts.succeeded > 0)
  if (succeeded) return null
  const failed = windows.filter(({ step, counts }) => step < steps.length && counts.failed > 0)
  const kinds = failed.map(({ step, errors }) => `step ${steps[step]!.name}: ${Object.keys(errors).join(', ')}`)
  if (kinds.some((kind) => kind.endsWith('interrupted')) || windows.length === 0) {
    return `${kinds[0]?.split(':')[0] ?? 'it'} was not over after ${formatDuration(timeoutMs)}`
  }
  return kinds.length > 0 ? kinds.join('; ') : 'no step was taken: the node was too busy'
}
