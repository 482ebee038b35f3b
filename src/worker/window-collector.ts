/**
 * Collects the windows that the threads of a node post for one run and gives out the node's batches: contiguous from
 * the first sequence, each once every thread has posted its part or has nothing more to post.
 */

import { type Counts, type GeneratorSecond, NOTHING_MEASURED, type Window, ZERO_COUNTS } from '../metrics/window.ts'
import type { ThreadSecond } from './messages.ts'
import { mergeSeconds, mergeWindows } from './window-merge.ts'

/** @param generator undefined when no thread could say how it fared */
export type OnBatch = (sequence: number, windows: readonly Window[], generator: GeneratorSecond | undefined) => void

/** Requests, or iterations, that have not ended. */
interface Outstanding {
  readonly scenario: number
  readonly step: number
  readonly counts: number
  readonly warmup: number
}

/** What one thread has posted so far. */
interface ThreadPart {
  /** Sequence after the last it posted. */
  next: number
  /** Nothing more will come. */
  done: boolean
  /** What was sent and has not ended, by scenario and step: it dies with the thread. */
  readonly outstanding: Map<string, Outstanding>
}

/** Failure kind of what was in flight on a load thread that died. */
export const THREAD_LOST = 'thread_lost'

export class WindowCollector {
  readonly #onBatch: OnBatch
  readonly #parts: Map<number, ThreadPart>
  readonly #waiting = new Map<number, Window[]>()
  /** What threads say of themselves, by the sequence of their windows. */
  readonly #seconds = new Map<number, ThreadSecond[]>()
  #first = 0
  #next = 0

  constructor(threads: readonly number[], onBatch: OnBatch) {
    this.#onBatch = onBatch
    this.#parts = new Map(threads.map((thread) => [thread, { next: 0, done: false, outstanding: new Map() }]))
  }

  /** Sets the first sequence; before any window. */
  begin(sequence: number): void {
    this.#first = sequence
    this.#next = sequence
    for (const part of this.#parts.values()) part.next = sequence
  }

  add(thread: number, sequence: number, windows: readonly Window[], second: ThreadSecond | null = null): void {
    const part = this.#parts.get(thread)
    if (part === undefined || part.done) return
    part.next = sequence + 1
    for (const window of windows) {
      const { scenario, step } = window
      const key = `${scenario}/${step}`
      const { counts, warmup } = part.outstanding.get(key) ?? { counts: 0, warmup: 0 }
      part.outstanding.set(key, {
        scenario,
        step,
        counts: counts + pending(window.counts),
        warmup: warmup + pending(window.warmup),
      })
    }
    this.#wait(sequence, windows)
    if (second !== null && sequence >= this.#next) {
      this.#seconds.set(sequence, [...(this.#seconds.get(sequence) ?? []), second])
    }
    this.#emit()
  }

  /** The thread has posted its last window. */
  finish(thread: number): void {
    const part = this.#parts.get(thread)
    if (part === undefined) return
    part.done = true
    this.#emit()
  }

  /** The thread has died: what it had in flight has failed, in the window after its last. */
  lose(thread: number): void {
    const part = this.#parts.get(thread)
    if (part === undefined || part.done) return
    const lost = [...part.outstanding.values()].filter(({ counts, warmup }) => counts > 0 || warmup > 0)
    if (lost.length > 0) this.#wait(part.next, lost.map(lostWindow))
    this.finish(thread)
  }

  /** Another thread takes the place of one that has died. @returns sequence of its first window */
  replace(thread: number): number {
    this.#parts.set(thread, { next: this.#next, done: false, outstanding: new Map() })
    return this.#next
  }

  #wait(sequence: number, windows: readonly Window[]): void {
    // A thread that dies late may fall behind what has been given out: then its word goes into the next batch.
    const at = Math.max(sequence, this.#next)
    this.#waiting.set(at, [...(this.#waiting.get(at) ?? []), ...windows])
  }

  #emit(): void {
    while (this.#waiting.size > 0 && this.#isComplete(this.#next)) {
      const sequence = this.#next++
      const windows = this.#waiting.get(sequence) ?? []
      const generator = mergeSeconds(this.#seconds.get(sequence) ?? [])
      this.#waiting.delete(sequence)
      this.#seconds.delete(sequence)
      this.#onBatch(sequence, mergeWindows(windows), generator)
    }
  }

  #isComplete(sequence: number): boolean {
    for (const { done, next } of this.#parts.values()) if (!done && next <= sequence) return false
    return true
  }

  /** Whether every thread has posted all it will. */
  get done(): boolean {
    for (const { done } of this.#parts.values()) if (!done) return false
    return true
  }

  /** Range of the batches given out; 0 to -1 when there were none. */
  get range(): { readonly firstSequence: number; readonly lastSequence: number } {
    if (this.#next === this.#first) return { firstSequence: 0, lastSequence: -1 }
    return { firstSequence: this.#first, lastSequence: this.#next - 1 }
  }
}

const pending = ({ sent, succeeded, failed }: Counts): number => sent - succeeded - failed

function lostWindow({ scenario, step, counts, warmup }: Outstanding): Window {
  return {
    ...NOTHING_MEASURED,
    scenario,
    step,
    counts: { ...ZERO_COUNTS, failed: counts },
    warmup: { ...ZERO_COUNTS, failed: warmup },
    errors: counts > 0 ? { [THREAD_LOST]: counts } : {},
  }
}
