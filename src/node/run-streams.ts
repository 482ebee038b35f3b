/** Listeners of runs: what has happened so far, then live totals each second and events as they come, the end last. */

import type { RunStreamItem } from '../api/node-port.ts'
import type { RunId } from '../base/ids.ts'
import type { RunEvent } from '../metrics/report-document.ts'

interface Listener {
  readonly notify: (item: RunStreamItem) => void
  /** Events already told. */
  told: number
}

export interface RunStreamSource {
  events(runId: RunId): readonly RunEvent[]
  /** Undefined while there is nothing to show. */
  live(runId: RunId): Extract<RunStreamItem, { type: 'live' }> | undefined
  /** Undefined while the run has not ended for good. */
  end(runId: RunId): Extract<RunStreamItem, { type: 'end' }> | undefined
}

export class RunStreams {
  readonly #source: RunStreamSource
  readonly #listeners = new Map<RunId, Set<Listener>>()

  constructor(source: RunStreamSource) {
    this.#source = source
  }

  subscribe(runId: RunId, notify: (item: RunStreamItem) => void): () => void {
    const listener: Listener = { notify, told: 0 }
    const listeners = this.#listeners.get(runId) ?? new Set()
    listeners.add(listener)
    this.#listeners.set(runId, listeners)
    this.#tellEvents(runId, listener)
    const live = this.#source.live(runId)
    if (live !== undefined) notify(live)
    this.end(runId)
    return () => this.#remove(runId, listener)
  }

  #remove(runId: RunId, listener: Listener): void {
    const listeners = this.#listeners.get(runId)
    listeners?.delete(listener)
    if (listeners?.size === 0) this.#listeners.delete(runId)
  }

  /** Runs that somebody listens to. */
  runIds(): Iterable<RunId> {
    return this.#listeners.keys()
  }

  /** The run's table has changed. */
  changed(runId: RunId): void {
    for (const listener of this.#listeners.get(runId) ?? []) this.#tellEvents(runId, listener)
  }

  #tellEvents(runId: RunId, listener: Listener): void {
    const events = this.#source.events(runId)
    for (const data of events.slice(listener.told)) listener.notify({ type: 'event', data })
    listener.told = events.length
  }

  /** Once a second. */
  tick(): void {
    for (const [runId, listeners] of this.#listeners) {
      const live = this.#source.live(runId)
      if (live === undefined) continue
      for (const listener of listeners) listener.notify(live)
    }
  }

  /** The run may have ended: tells so, and lets the listeners go. */
  end(runId: RunId): void {
    const listeners = this.#listeners.get(runId)
    const item = listeners === undefined ? undefined : this.#source.end(runId)
    if (listeners === undefined || item === undefined) return
    this.changed(runId)
    this.#listeners.delete(runId)
    for (const listener of listeners) listener.notify(item)
  }
}
