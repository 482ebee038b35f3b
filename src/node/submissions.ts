/** Suites handed to this node: checked, submitted, and answered once the mesh holds the run. */

import type { SuiteSource, ValidationDocument } from '../api/node-port.ts'
import type { Clock } from '../base/clock.ts'
import { type Problem, VajraError } from '../base/errors.ts'
import { newRunId, type RunId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import type { Input } from '../coordination/io.ts'
import { type CoreState, isActiveRun } from '../coordination/state.ts'
import { readSources } from '../data/read-sources.ts'
import { hashOf } from '../data/read-table.ts'
import { endWithRows } from '../load/data-end.ts'
import { summarizeSuite } from '../load/summary.ts'
import type { StorePort } from '../store/store-port.ts'
import type { DataFile } from '../suite/data-spec.ts'
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
  readonly store: Pick<StorePort, 'putFile'>
}

interface Checked {
  /** As far as it goes with its rows; null for one that cannot be used. */
  readonly suite: Suite | null
  readonly data: readonly DataFile[]
  readonly problems: readonly Problem[]
}

const SEND_ALONG =
  'vajra submit sends it along; with curl: -F suite=@suite.yaml -F "users.csv=@users.csv", the name as the suite has it'

function unusedFile(name: string): Problem {
  const hint = 'name each file as the suite has it in `data`, or leave it out'
  return {
    path: 'data',
    message: `the file ${JSON.stringify(name.slice(0, 100))} came along, and no source has it`,
    hint,
  }
}

export class Submissions {
  readonly #parts: SubmissionsParts
  readonly #accepting = new Map<RunId, (replicated: boolean) => void>()

  constructor(parts: SubmissionsParts) {
    this.#parts = parts
  }

  async validate(source: SuiteSource): Promise<ValidationDocument> {
    const { suite: _, ...document } = await this.read(source)
    return document
  }

  /** The same, with the suite that was read; null where it is not valid. */
  async read(source: SuiteSource): Promise<ValidationDocument & { readonly suite: Suite | null }> {
    const { problems: errors, suite } = await this.#check(source)
    if (suite === null || errors.length > 0) return { valid: false, errors, summary: null, suite: null }
    return { valid: true, errors: [], summary: summarizeSuite(suite), suite }
  }

  /** The suite, if it is one, with what its files have in them. */
  async #check({ text, format, files = new Map() }: SuiteSource): Promise<Checked> {
    const parsed = parseSuite({ text, format })
    if (!parsed.ok) return { suite: null, data: [], problems: parsed.problems }
    const sources = parsed.suite.data ?? []
    const unused = [...files.keys()].filter((name) => !sources.some(({ file, onNodes }) => !onNodes && file === name))
    if (unused.length > 0) return { suite: null, data: [], problems: unused.map(unusedFile) }
    if (sources.length === 0) return { suite: parsed.suite, data: [], problems: this.#targetProblems(parsed.suite) }
    const read = await readSources(sources, { files, node: this.#parts.node, missingHint: SEND_ALONG })
    if (read.problems.length > 0) return { suite: null, data: [], problems: read.problems }
    const whole = parseSuite({ text, format, data: read.files })
    if (!whole.ok) return { suite: null, data: [], problems: whole.problems }
    const suite = endWithRows(whole.suite)
    return { suite, data: read.files, problems: this.#targetProblems(suite) }
  }

  #targetProblems(suite: Suite): Problem[] {
    return refusedTargets(suite, this.#parts.allowTarget).map((origin) => ({
      path: 'target',
      message: `this node may not fire at ${origin}`,
      hint: 'the node was started with --allow-target; start it with this target too, or change the suite',
    }))
  }

  async submit(source: SuiteSource): Promise<{ readonly runId: RunId }> {
    const { problems, data } = await this.#check(source)
    if (problems.length > 0) {
      const count = problems.length === 1 ? 'an error' : `${problems.length} errors`
      throw new VajraError('SUITE_INVALID', `the suite has ${count}`, { problems })
    }
    this.#refuseWhenBusy()
    const { clock, input, node, state } = this.#parts
    // In the same turn as the run that they are for.
    for (const bytes of source.files?.values() ?? []) this.#parts.store.putFile(hashOf(bytes), bytes)
    const runId = newRunId(clock.wall(), Math.random)
    const replicated = new Promise<boolean>((resolve) => this.#accepting.set(runId, resolve))
    const origin = state().config.bootId
    const { text, format } = source
    const record = {
      runId,
      createdAt: clock.wall(),
      origin,
      originName: node,
      source: { text, format, ...(data.length > 0 && { data }) },
    }
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
