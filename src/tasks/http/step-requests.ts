/** The requests of one step as a lane fires them: filled in ticket by ticket, and judged by their answers. */

import type { RawAnswer } from '../../journey/answer.ts'
import type { StepPort } from '../../journey/lane.ts'
import { Unfilled, type Values } from '../../journey/text.ts'
import { BODY_TOO_LARGE, type BodyKeeper, decodeBody } from './answer-body.ts'
import { NO_VALUES, type PreparedRequest } from './prepared-request.ts'
import type { CookiesOf } from './request-template.ts'

const NO_HEADERS: readonly string[] = Object.freeze([])
const NO_BODY = new Uint8Array(0)

/** An answer as a driver has it. */
export interface CameBack {
  readonly status: number
  /** Names (as sent) and values in turns; read when they are asked for. */
  readonly headers: readonly string[]
  /** Null where nobody wants bodies. */
  readonly body: BodyKeeper | null
}

/** What was made for one ticket. */
export interface Filled {
  readonly url: string
}

/** Makes what a driver sends. */
export type Fill<F> = (values: Values, cookiesOf: CookiesOf | null) => F | Unfilled

export class StepRequests<F extends Filled> {
  readonly #request: PreparedRequest
  readonly #step: StepPort
  readonly #cookiesOf: CookiesOf | null
  readonly #fill: Fill<F>
  readonly #filled: (F | undefined)[] = []
  readonly #constantUrl: string
  #ticket = 0

  /** @param fill makes what the driver sends */
  constructor(request: PreparedRequest, step: StepPort, fill: Fill<F>) {
    this.#request = request
    this.#step = step
    this.#fill = fill
    this.#cookiesOf = step.hasCookies ? (url) => step.cookiesOf(this.#ticket, url) : null
    this.#constantUrl = request.origin + request.options.path
  }

  /** Makes the request of a ticket. @returns why it cannot be sent, as the kind of the failure; else null */
  begin(ticket: number): string | null {
    const { isConstant } = this.#request.template
    this.#ticket = ticket
    if (isConstant && (this.#cookiesOf === null || this.#cookiesOf(this.#constantUrl) === undefined)) {
      this.#filled[ticket] = undefined
      return null
    }
    const filled = this.#fill(isConstant ? NO_VALUES : this.#step.valuesOf(ticket), this.#cookiesOf)
    if (filled instanceof Unfilled) return filled.kind
    this.#filled[ticket] = filled
    return null
  }

  /** What was made for a ticket; undefined where it is the same for all. */
  filled(ticket: number): F | undefined {
    return this.#filled[ticket]
  }

  /** What an answer counts as. @param kind what it counts as by itself: null for a success */
  judge(ticket: number, { status, headers, body }: CameBack, kind: string | null): string | null {
    const { wantsHeaders, hasCookies } = this.#step
    const url = this.#filled[ticket]?.url ?? this.#constantUrl
    if (body === null) {
      const answer: RawAnswer = { status, headers: wantsHeaders || hasCookies ? headers : NO_HEADERS, body: NO_BODY }
      return this.#step.answered(ticket, url, answer, kind)
    }
    const octets = body.overflowed ? BODY_TOO_LARGE : decodeBody(body.octets, headers)
    const answer = { status, headers, body: typeof octets === 'string' ? NO_BODY : octets }
    const judged = this.#step.answered(ticket, url, answer, typeof octets === 'string' ? octets : kind)
    return judged
  }

  /** Nothing of what was sent is kept. */
  clear(): void {
    this.#filled.length = 0
  }
}
