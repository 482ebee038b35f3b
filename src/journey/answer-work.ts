/** What a step does with each of its answers: it checks what was expected, and takes out what later steps need. */

import type { Step } from '../suite/journey-spec.ts'
import { PatternCost } from '../suite/pattern.ts'
import { type Answer, isInBody, isInHeader, partReader, type ReadPart } from './answer.ts'
import { compileTest, type Holds } from './test-value.ts'
import type { IterationValues } from './values.ts'

interface Check {
  readonly read: ReadPart
  readonly holds: Holds
  /** What the failure counts as. */
  readonly kind: string
}

interface Taken {
  readonly name: string
  readonly read: ReadPart
  readonly default: string | null
  readonly kind: string
}

/** Told of each check: the index of its expectation, and whether it held. */
export type OnCheck = (index: number, held: boolean) => void

/** Kinds that a status alone makes of an answer: an expectation of the status takes their place. */
const STATUS_KINDS: readonly string[] = ['http_4xx', 'http_5xx']

/** What a request counts as whose answer is too long for a pattern to be searched for in it. */
const TOO_COSTLY_KIND = 'pattern_too_costly'
const TOO_COSTLY = Symbol(TOO_COSTLY_KIND)

function found({ read }: Taken, answer: Answer): string | undefined | typeof TOO_COSTLY {
  try {
    return read(answer)
  } catch (thrown) {
    return tooCostly(thrown)
  }
}

function isHeld({ read, holds }: Check, answer: Answer, values: IterationValues): boolean | typeof TOO_COSTLY {
  try {
    return holds(read(answer), values)
  } catch (thrown) {
    return tooCostly(thrown)
  }
}

function tooCostly(thrown: unknown): typeof TOO_COSTLY {
  if (thrown instanceof PatternCost) return TOO_COSTLY
  throw thrown
}

export class AnswerWork {
  readonly wantsHeaders: boolean
  readonly wantsBody: boolean
  readonly #checks: readonly Check[]
  readonly #taken: readonly Taken[]
  /** Whether the step says which statuses it takes for good. */
  readonly #judgesStatus: boolean

  constructor({ extract, expect }: Pick<Step, 'extract' | 'expect'>) {
    const parts = [...extract, ...expect].map(({ part }) => part)
    this.wantsBody = parts.some(isInBody)
    // The type of a body says in which characters it is written.
    this.wantsHeaders = this.wantsBody || parts.some(isInHeader)
    this.#judgesStatus = expect.some(({ part }) => part.kind === 'status')
    this.#checks = expect.map(({ name, part, test }) => ({
      read: partReader(part),
      holds: compileTest(test),
      kind: `check:${name}`,
    }))
    this.#taken = extract.map(({ name, part, default: fallback }) => ({
      name,
      read: partReader(part),
      default: fallback,
      kind: `extract:${name}`,
    }))
  }

  /** Whether there is anything to do. */
  get isIdle(): boolean {
    return this.#checks.length === 0 && this.#taken.length === 0
  }

  /**
   * Checks an answer and takes out of it what is there. All checks are made, and all values taken, whatever failed before.
   *
   * @param values of the iteration; expectations may be of what was just taken out
   * @param kind what the answer counts as by itself: null for a success
   * @returns what it counts as: of its own kind, the first check and the first value that failed, the first
   */
  judge(answer: Answer, values: IterationValues, kind: string | null, onCheck: OnCheck): string | null {
    let own = this.#judgesStatus && kind !== null && STATUS_KINDS.includes(kind) ? null : kind
    let lacking: string | null = null
    for (const taken of this.#taken) {
      const text = found(taken, answer) ?? taken.default
      if (text === TOO_COSTLY) lacking ??= TOO_COSTLY_KIND
      else if (text === null) lacking ??= taken.kind
      else values.set(taken.name, text)
    }
    for (let index = 0; index < this.#checks.length; index++) {
      const check = this.#checks[index]!
      const held = isHeld(check, answer, values)
      onCheck(index, held === true)
      if (held === TOO_COSTLY) own ??= TOO_COSTLY_KIND
      else if (!held) own ??= check.kind
    }
    return own ?? lacking
  }
}
