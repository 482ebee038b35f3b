/** What one step has to do with its requests and answers: the values of its iteration, its checks, and cookies. */

import type { RawAnswer } from '../journey/answer.ts'
import { Answer } from '../journey/answer.ts'
import type { AnswerWork } from '../journey/answer-work.ts'
import type { StepPort } from '../journey/lane.ts'
import type { Values } from '../journey/text.ts'
import type { IterationValues } from '../journey/values.ts'
import type { UserCookies } from './cookie-jar.ts'
import type { StepTimes } from './iteration-work.ts'

export interface StepWorkOptions {
  readonly work: AnswerWork
  readonly times: StepTimes
  /** Wall clock, in milliseconds since 1970. */
  readonly now: () => number
  readonly hasCookies: boolean
  readonly valuesOf: (ticket: number) => IterationValues
  readonly cookiesOf: (ticket: number) => UserCookies
  /** Told of every answer that is a success, once its values have been taken. */
  readonly onPassed?: ((ticket: number) => void) | undefined
}

export class StepWork implements StepPort {
  readonly #options: StepWorkOptions
  readonly #isIdle: boolean
  readonly #onCheck: (index: number, held: boolean) => void
  #ticket = 0

  constructor(options: StepWorkOptions) {
    this.#options = options
    this.#isIdle = options.work.isIdle
    this.#onCheck = (index, held) => options.times.checked(this.#ticket, index, held)
  }

  get wantsHeaders(): boolean {
    return this.#options.work.wantsHeaders
  }

  get wantsBody(): boolean {
    return this.#options.work.wantsBody
  }

  get hasCookies(): boolean {
    return this.#options.hasCookies
  }

  valuesOf(ticket: number): Values {
    return this.#options.valuesOf(ticket)
  }

  cookiesOf(ticket: number, url: string): string | undefined {
    const { hasCookies, cookiesOf, now } = this.#options
    return hasCookies ? cookiesOf(ticket).header(url, now()) : undefined
  }

  answered(ticket: number, url: string, answer: RawAnswer, kind: string | null): string | null {
    const { work, times, hasCookies, valuesOf, cookiesOf } = this.#options
    if (hasCookies) cookiesOf(ticket).store(url, answer.headers)
    if (this.#isIdle) return kind
    this.#ticket = ticket
    const judged = work.judge(new Answer(answer, times.elapsedMs(ticket)), valuesOf(ticket), kind, this.#onCheck)
    if (judged === null) this.#options.onPassed?.(ticket)
    return judged
  }
}
