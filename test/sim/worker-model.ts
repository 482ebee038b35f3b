/**
 * A load engine in virtual time: arrival i of a run is planned at (i + 0.5) / rate and belongs to slot i mod
 * slotCount, as in the real one. It fires under a lease, drops what lapsed, and closes a window each second.
 */

import type { Final } from '../../src/run/share-table.ts'

export interface ModelWindow {
  readonly sequence: number
  readonly scheduled: number
  readonly sent: number
  readonly dropped: number
}

export interface WorkerHooks {
  fired(index: number): void
  window(window: ModelWindow): void
  drained(final: Final): void
}

interface Entitlement {
  readonly slot: number
  readonly from: number
  to: number
  /** Next arrival index of this slot to be looked at. */
  next: number
}

export class WorkerModel {
  readonly #rate: number
  readonly #slotCount: number
  readonly #hooks: WorkerHooks
  #entitlements: Entitlement[] = []
  #cursor = 0
  #startAt: number | null = null
  #leaseUntil = Number.NEGATIVE_INFINITY
  #lapsed = false
  #stopAt: number
  #firstSequence: number | null = null
  #sequence = 0
  #counts = new Map<number, { scheduled: number; sent: number; dropped: number }>()
  #drained = false

  constructor(rate: number, slotCount: number, durationMs: number, hooks: WorkerHooks) {
    this.#rate = rate
    this.#slotCount = slotCount
    this.#stopAt = durationMs
    this.#hooks = hooks
  }

  start(startAt: number): void {
    this.#startAt = startAt
  }

  lease(until: number): void {
    this.#leaseUntil = Math.max(this.#leaseUntil, until)
  }

  stop(at: number): void {
    this.#stopAt = Math.min(this.#stopAt, at)
  }

  /** Returns the run time from which the new slots are followed. */
  assign(slots: readonly { slot: number; from: number }[], releaseAt: number): number {
    const appliedAt = Math.max(releaseAt, this.#cursor)
    const wanted = new Map(slots.map((entry) => [entry.slot, entry.from]))
    for (const held of this.#entitlements) {
      if (held.to !== Number.POSITIVE_INFINITY) continue
      if (wanted.has(held.slot)) wanted.delete(held.slot)
      else held.to = appliedAt
    }
    for (const [slot, from] of wanted) {
      this.#entitlements.push({ slot, from, to: Number.POSITIVE_INFINITY, next: this.#firstIndex(slot, from) })
      if (this.#firstSequence === null) {
        this.#firstSequence = Math.floor(from / 1000)
        this.#sequence = this.#firstSequence
      }
    }
    return appliedAt
  }

  #firstIndex(slot: number, from: number): number {
    const least = Math.max(0, Math.ceil((from * this.#rate) / 1000 - 0.5))
    const turns = Math.max(0, Math.ceil((least - slot) / this.#slotCount))
    return slot + turns * this.#slotCount
  }

  /** Does everything that is due at a local time. */
  advance(now: number): void {
    if (this.#startAt === null || this.#drained) return
    const elapsed = now - this.#startAt
    if (elapsed < 0) return
    if (this.#leaseUntil < now) {
      this.#lapsed = true
      // Past the end there is nothing to wait for: what is left was not fired.
      if (elapsed < this.#stopAt) return
    }
    const end = Math.min(elapsed, this.#stopAt)
    for (const held of this.#entitlements) this.#process(held, end)
    this.#cursor = Math.max(this.#cursor, end)
    this.#lapsed = false
    this.#entitlements = this.#entitlements.filter((held) => held.to > this.#cursor)
    this.#closeWindows(elapsed)
  }

  #process(held: Entitlement, end: number): void {
    while (true) {
      const at = ((held.next + 0.5) * 1000) / this.#rate
      if (at >= Math.min(end, held.to)) return
      const late = this.#lapsed || at < this.#cursor - 1e-6
      const counts = this.#countsOf(Math.max(this.#sequence, Math.floor(at / 1000)))
      counts.scheduled++
      if (late) counts.dropped++
      else {
        counts.sent++
        this.#hooks.fired(held.next)
      }
      held.next += this.#slotCount
    }
  }

  #countsOf(sequence: number) {
    let counts = this.#counts.get(sequence)
    if (counts === undefined) {
      counts = { scheduled: 0, sent: 0, dropped: 0 }
      this.#counts.set(sequence, counts)
    }
    return counts
  }

  #closeWindows(elapsed: number): void {
    const first = this.#firstSequence
    if (first === null) {
      if (elapsed >= this.#stopAt) this.#finish({ firstSequence: 0, lastSequence: -1, hash: '' })
      return
    }
    while ((this.#sequence + 1) * 1000 <= Math.min(elapsed, this.#stopAt)) this.#close()
    if (elapsed < this.#stopAt) return
    // A stop that came late leaves windows behind it, with what was fired in them.
    const last = Math.max(...this.#counts.keys(), Math.ceil(this.#stopAt / 1000) - 1)
    while (this.#sequence <= last) this.#close()
    this.#finish({ firstSequence: first, lastSequence: this.#sequence - 1, hash: '' })
  }

  #close(): void {
    const sequence = this.#sequence++
    this.#hooks.window({ sequence, ...this.#countsOf(sequence) })
    this.#counts.delete(sequence)
  }

  #finish(final: Final): void {
    this.#drained = true
    this.#hooks.drained(final)
  }
}
