/**
 * The slots a node holds, each on one of its threads. A thread that dies leaves its slots to the one that takes its
 * place, without the arrivals it may have fired: those are nobody's any more.
 */

import type { RunMs } from '../base/clock.ts'
import { VajraError } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'
import type { HeldFrom } from './messages.ts'
import { type HeldUntil, Releases } from './releases.ts'
import { splitSlots } from './slot-split.ts'

export class NodeSlots {
  #held: readonly HeldFrom[] = []
  #split: ReadonlyMap<number, number> = new Map()
  /** Run time up to which a slot's arrivals may have been fired by a thread that has died. */
  readonly #takenTo = new Map<number, RunMs>()
  readonly #releases = new Releases()
  /** Threads that have died and not been replaced. */
  readonly #dead = new Set<number>()

  /**
   * Replaces what is held.
   *
   * @returns run time up to which slots that are not held any more may have been fired by threads that have died
   */
  replace(slots: readonly HeldFrom[]): RunMs {
    const distinct = new Set(slots.map(({ slot }) => slot))
    let releasedFrom = Number.NEGATIVE_INFINITY
    for (const { slot, from } of this.#held) {
      const thread = this.#split.get(slot)
      if (distinct.has(slot) || thread === undefined) continue
      this.#releases.add(slot, Math.max(from, this.#takenTo.get(slot) ?? from), thread)
    }
    for (const [slot, to] of this.#takenTo) {
      if (distinct.has(slot)) continue
      releasedFrom = Math.max(releasedFrom, to)
      this.#takenTo.delete(slot)
    }
    this.#held = slots
    return releasedFrom
  }

  /**
   * Every thread has said from when it lets go of what the last replacement took away.
   *
   * @param until run time from which that is another node's
   * @param now run time
   */
  release(until: RunMs, now: RunMs): void {
    this.#releases.settle(until, now, (thread) => this.#dead.has(thread))
  }

  /** Divides what no thread has yet among some threads. */
  divide(threads: readonly number[]): void {
    const slots = this.#held.map(({ slot }) => slot)
    this.#split = splitSlots(slots, this.#split, threads)
  }

  /** What a thread holds. */
  of(thread: number): HeldFrom[] {
    const own = this.#held.filter(({ slot }) => this.#split.get(slot) === thread)
    return own.map(({ slot, from }) => ({ slot, from: Math.max(from, this.#takenTo.get(slot) ?? from) }))
  }

  /**
   * @param to run time up to which the dead thread may have fired
   * @param now run time up to which it has seen to released slots: their arrivals are decided without a lease, too
   */
  leave(thread: number, to: RunMs, now: RunMs): void {
    this.#dead.add(thread)
    this.#releases.leave(thread, now)
    for (const [slot, holder] of this.#split) {
      if (holder === thread) this.#takenTo.set(slot, Math.max(to, this.#takenTo.get(slot) ?? to))
    }
  }

  /** A thread takes the place of one that has died. @returns slots that the dead one had still to see to for a while */
  takeOver(thread: number): readonly HeldUntil[] {
    this.#dead.delete(thread)
    return this.#releases.take(thread)
  }
}

/** @throws VajraError `MESSAGE_INVALID` unless the slots of an assignment exist and are there once each */
export function checkSlots(runId: RunId, slots: readonly HeldFrom[], slotCount: number): void {
  const valid = slots.every(({ slot }) => Number.isInteger(slot) && slot >= 0 && slot < slotCount)
  if (valid && new Set(slots.map(({ slot }) => slot)).size === slots.length) return
  const message = `run ${runId}: an assignment names slots that do not exist or twice`
  throw new VajraError('MESSAGE_INVALID', message, { hint: 'check that all nodes run the same version' })
}
