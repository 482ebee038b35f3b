/** A node's load threads in virtual time: they get ready, follow what they are assigned, and say so a moment later. */

import type { Effect, Input } from '../../src/coordination/io.ts'
import type { EventQueue } from '../../test/sim/event-queue.ts'

/** Time to set up tasks, and until all threads follow an assignment, in milliseconds. */
const PREPARE_MS = 20
const APPLY_MS = 3

/** From the end of a second until its windows have gone out, the last ones too, in milliseconds. */
const DRAIN_MS = 25

/** As long as the real one. */
const HASH = '5e'.repeat(32)

export interface ModelThreadsParts {
  readonly queue: EventQueue
  readonly input: (input: Input) => void
  /** The run starts at this virtual time. */
  readonly started: (startAt: number) => void
}

export class ModelThreads {
  readonly #parts: ModelThreadsParts
  #slots: readonly { readonly slot: number; readonly from: number }[] = []
  #startAt: number | null = null
  #leaseUntil = Number.NEGATIVE_INFINITY
  #appliedAt = 0
  #lastSequence = Number.POSITIVE_INFINITY
  #isDrained = false

  constructor(parts: ModelThreadsParts) {
    this.#parts = parts
  }

  /** Slots that are fired now, under a valid lease. */
  get firing(): number {
    const { now } = this.#parts.queue
    if (this.#startAt === null || this.#leaseUntil < now) return 0
    const elapsed = now - this.#startAt
    let count = 0
    for (const { from } of this.#slots) if (from <= elapsed) count++
    return count
  }

  /** The last second with anything in it. */
  get lastSequence(): number {
    return this.#lastSequence
  }

  get isDrained(): boolean {
    return this.#isDrained
  }

  perform(effect: Effect): void {
    const { queue, input } = this.#parts
    switch (effect.kind) {
      case 'prepare':
        queue.schedule(PREPARE_MS, () => input({ kind: 'prepared', runId: effect.runId, error: null }))
        return
      case 'assign':
        queue.schedule(APPLY_MS, () => this.#assign(effect))
        return
      case 'start':
        this.#startAt = effect.startAt
        this.#parts.started(effect.startAt)
        return
      case 'lease':
        this.#leaseUntil = effect.until
        return
      case 'stop-firing':
        return this.#stop(effect)
      default:
        return
    }
  }

  #stop({ runId, at }: Extract<Effect, { kind: 'stop-firing' }>): void {
    const { queue, input } = this.#parts
    const lastSequence = Math.ceil(at / 1000) - 1
    this.#lastSequence = lastSequence
    const drainedAt = (this.#startAt ?? 0) + 1000 * (lastSequence + 1) + DRAIN_MS
    queue.schedule(drainedAt - queue.now, () => {
      this.#isDrained = true
      input({ kind: 'drained', runId, final: { firstSequence: 0, lastSequence, hash: HASH } })
    })
  }

  #assign({ runId, version, slots, releaseAt }: Extract<Effect, { kind: 'assign' }>): void {
    const elapsed = this.#startAt === null ? 0 : Math.max(0, this.#parts.queue.now - this.#startAt)
    this.#slots = slots
    this.#appliedAt = Math.max(this.#appliedAt, releaseAt, elapsed)
    this.#parts.input({ kind: 'applied', runId, version, at: this.#appliedAt })
  }
}
