/**
 * Arrivals of some slots of one scenario, in order, from a cursor of the plan. A source may end at a limit, and the
 * limit may be provisional: then arrivals at or beyond it are undecided until it is settled.
 */

import type { RunMs } from '../base/clock.ts'
import type { ArrivalCursor, ArrivalPlan, HeldSlot } from '../load/arrivals.ts'

/** Where a source takes over from another: arrivals at this time with a lower index have been processed. */
export interface ResumePoint {
  readonly at: number
  readonly index: number
  /** Slots that take part in it; the others' arrivals are all new. */
  readonly slots: ReadonlySet<number>
}

/** From when a slot is walked through. */
function resumed({ slot, from }: HeldSlot, { at, slots }: ResumePoint): HeldSlot {
  return { slot, from: slots.has(slot) ? Math.max(from, at) : from }
}

export class ArrivalSource {
  readonly #cursor: ArrivalCursor
  readonly #held: readonly HeldSlot[]
  /** Where it began: it may have had nothing to give. */
  readonly #begin: { readonly at: number; readonly index: number }
  readonly #startMs: RunMs
  #resume: ResumePoint | null
  #limit: number
  #provisional: boolean
  #stop = Number.POSITIVE_INFINITY
  #hold = Number.POSITIVE_INFINITY
  #ended = false

  /**
   * @param held slots, each with the scenario time from which, whatever has been processed of it
   * @param startMs run time of the scenario's start
   * @param limit scenario time from which arrivals are not the source's
   * @param provisional whether the limit may still be raised
   */
  constructor(
    plan: ArrivalPlan,
    held: readonly HeldSlot[],
    startMs: RunMs,
    limit: number,
    provisional: boolean,
    resume: ResumePoint | null = null,
  ) {
    this.#cursor = plan.cursor(resume === null ? held : held.map((each) => resumed(each, resume)), 0)
    this.#held = held
    this.#startMs = startMs
    this.#limit = limit
    this.#provisional = provisional
    this.#resume = resume
    this.#begin = resume === null ? { at: 0, index: 0 } : { at: resume.at, index: resume.index }
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
    const isOthers = this.#ended || at >= this.#limit || at >= this.#stop || at >= this.#hold
    return isOthers ? Number.POSITIVE_INFINITY : this.#startMs + at
  }

  /** Whether no arrival is or will be the source's. */
  get exhausted(): boolean {
    const { at } = this.#cursor
    if (this.#hold < this.#stop && this.#hold < this.#limit) return false
    return this.#ended || at >= this.#stop || (!this.#provisional && at >= this.#limit)
  }

  /** Where another source has to take over; of one that has ended, behind its last arrival. */
  get position(): { readonly at: number; readonly index: number } {
    const { at, index } = this.#cursor
    if (this.#ended && index < this.#begin.index) return this.#begin
    return { at, index: this.#ended ? index + 1 : index }
  }

  get limit(): number {
    return this.#limit
  }

  /**
   * The same slots in a plan that differs from a scenario time on, up to which everything may have been processed, and
   * nothing beyond it.
   */
  inPlan(plan: ArrivalPlan, differsFrom: number): ArrivalSource {
    const { position } = this
    const start = Math.min(position.at, differsFrom)
    const index = position.at < differsFrom ? position.index : 0
    const resume = { at: start, index, slots: new Set(this.#held.map(({ slot }) => slot)) }
    const source = new ArrivalSource(plan, this.#held, this.#startMs, this.#limit, this.#provisional, resume)
    source.stop(this.#stop)
    return source
  }

  /** Arrivals planned at or after this scenario time are undecided; infinity for none. */
  hold(at: number): void {
    this.#hold = at
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
