/** Suites handed to this node: checked, submitted, and answered once the mesh holds the run. */

import type { SuiteSource, ValidationDocument } from '../api/node-port.ts'
import type { Clock } from '../base/clock.ts'
import { type Problem, VajraError } from '../base/errors.ts'
import { newRunId, type RunId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import type { Input } from '../coordination/io.ts'
import { type CoreState, isActiveRun } from '../coordination/state.ts'
import { summarizeSuite } from '../load/summary.ts'
import { parseSuite } from '../suite/parse.ts'
import type { Suite } from '../suite/spec.ts'
import { refusedTargets } from './allow-target.ts'

export interface SubmissionsParts {
  /** The node's name. */
  readonly node: string
  readonly allowTarget: readonly string[]
  readonly clock: Clock
  readonly state: () => CoreState
  readonly input: (input: Input) => void
}

export class Submissions {
  readonly #parts: SubmissionsParts
  readonly #accepting = new Map<RunId, (replicated: boolean) => void>()

  constructor(parts: SubmissionsParts) {
    this.#parts = parts
  }

  validate(source: SuiteSource): ValidationDocument {
    const { suite: _, ...document } = this.read(source)
    return document
  }

  /** The same, with the suite that was read; null where it is not valid. */
  read(source: SuiteSource): ValidationDocument & { readonly suite: Suite | null } {
    const parsed = parseSuite(source)
    const errors = parsed.ok ? this.#targetProblems(parsed.suite) : parsed.problems
    if (!parsed.ok || errors.length > 0) return { valid: false, errors, summary: null, suite: null }
    return { valid: true, errors: [], summary: summarizeSuite(parsed.suite), suite: parsed.suite }
  }

  #targetProblems(suite: Suite): Problem[] {
    return refusedTargets(suite, this.#parts.allowTarget).map((origin) => ({
      path: 'target',
      message: `this node may not fire at ${origin}`,
      hint: 'the node was started with --allow-target; start it with this target too, or change the suite',
    }))
  }

  async submit(source: SuiteSource): Promise<{ readonly runId: RunId }> {
    const { errors, valid } = this.validate(source)
    if (!valid) {
      const count = errors.length === 1 ? 'an error' : `${errors.length} errors`
      throw new VajraError('SUITE_INVALID', `the suite has ${count}`, { problems: errors })
    }
    this.#refuseWhenBusy()
    const { clock, input, node, state } = this.#parts
    const runId = newRunId(clock.wall(), Math.random)
    const replicated = new Promise<boolean>((resolve) => this.#accepting.set(runId, resolve))
    const origin = state().config.bootId
    const record = { runId, createdAt: clock.wall(), origin, originName: node, source: { ...source } }
    input({ kind: 'submit', record })
    if (!state().runs.has(runId)) {
      this.#accepting.delete(runId)
      throw new VajraError('NOT_READY', 'the run could not be stored on this node', { hint: 'see the log of the node' })
    }
    if (await replicated) return { runId }
    throw new VajraError('NOT_REPLICATED', `run ${runId} is stored here, but nobody has confirmed to hold it`, {
      hint: `it starts as soon as the mesh has a coordinator again; follow it with \`vajra watch ${runId}\``,
    })
  }

  #refuseWhenBusy(): void {
    const { node, state } = this.#parts
    if (state().leaving) {
      throw new VajraError('NOT_READY', `node ${node} is leaving`, { hint: 'submit to another node' })
    }
    const active = [...state().runs.values()].filter(isActiveRun).length
    if (active < LIMITS.activeRuns) return
    throw new VajraError('TOO_MANY_RUNS', `${active} runs have not ended yet`, {
      hint: 'wait for some to end, or stop them with `vajra stop RUN`',
    })
  }

  accepted(runId: RunId, replicated: boolean): void {
    this.#accepting.get(runId)?.(replicated)
    this.#accepting.delete(runId)
  }
}
