/**
 * Arrivals of some slots of one scenario, in order, from a cursor of the plan. A source may end at a limit, and the
 * limit may be provisional: then arrivals at or beyond it are undecided until it is settled.
 */

import type { RunMs } from '../base/clock.ts'
import type { ArrivalCursor } from '../load/arrivals.ts'

/** Where a source takes over from another: arrivals at this time with a lower index have been processed. */
export interface ResumePoint {
  readonly at: number
  readonly index: number
  /** Slots that take part in it; the others' arrivals are all new. */
  readonly slots: ReadonlySet<number>
}

export class ArrivalSource {
  readonly #cursor: ArrivalCursor
  readonly #startMs: RunMs
  #resume: ResumePoint | null
  #limit: number
  #provisional: boolean
  #stop = Number.POSITIVE_INFINITY
  #ended = false

  /**
   * @param startMs run time of the scenario's start
   * @param limit scenario time from which arrivals are not the source's
   * @param provisional whether the limit may still be raised
   */
  constructor(
    cursor: ArrivalCursor,
    startMs: RunMs,
    limit: number,
    provisional: boolean,
    resume: ResumePoint | null = null,
  ) {
    this.#cursor = cursor
    this.#startMs = startMs
    this.#limit = limit
    this.#provisional = provisional
    this.#resume = resume
    this.advance()
  }

  /** Scenario time of the next arrival. Compared with limits as it is, so that two holders of a slot agree to the bit. */
  get at(): number {
    return this.#cursor.at
  }

  /** Number of the arrival in the whole mesh. */
  get index(): number {
    return this.#cursor.index
  }

  get slot(): number {
    return this.#cursor.slot
  }

  /** Run time of the next arrival that is the source's for certain; infinity when there is none (yet). */
  get due(): RunMs {
    const { at } = this.#cursor
    return this.#ended || at >= this.#limit || at >= this.#stop ? Number.POSITIVE_INFINITY : this.#startMs + at
  }

  /** Whether no arrival is or will be the source's. */
  get exhausted(): boolean {
    const { at } = this.#cursor
    return this.#ended || at >= this.#stop || (!this.#provisional && at >= this.#limit)
  }

  /** Where another source has to take over. */
  get position(): { readonly at: number; readonly index: number } | null {
    return this.#ended ? null : { at: this.#cursor.at, index: this.#cursor.index }
  }

  get limit(): number {
    return this.#limit
  }

  /** Goes on to the next arrival. */
  advance(): void {
    do {
      if (!this.#cursor.next()) {
        this.#ended = true
        return
      }
    } while (this.#resume !== null && this.#isProcessed(this.#resume))
  }

  #isProcessed(resume: ResumePoint): boolean {
    if (this.#cursor.at > resume.at) {
      this.#resume = null
      return false
    }
    return this.#cursor.index < resume.index && resume.slots.has(this.#cursor.slot)
  }

  /** Makes a provisional limit final. */
  settle(limit: number): void {
    if (!this.#provisional) return
    this.#provisional = false
    this.#limit = limit
  }

  /** No arrival planned at or after this scenario time is the source's, whatever its limit. */
  stop(at: number): void {
    this.#stop = at
  }
}
