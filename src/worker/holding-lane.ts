/**
 * The lane of a scenario that uses what earlier ones have stored. While the thread has nothing of it, iterations are held,
 * and an iteration of the scenario that stores it is run for them. Where that one stores nothing, those that were held have
 * failed, and the next one has another run.
 */

import type { Lane, LaneSink } from '../journey/lane.ts'

/** A value that is not there, and the scenario that stores it. */
export interface Lacking {
  readonly name: string
  readonly scenario: number
}

export interface HoldingOptions {
  readonly sink: LaneSink
  /** What is still lacking; null when everything is there. */
  readonly lacks: () => Lacking | null
  /** Runs an iteration of a scenario. @returns false where there is no room for one */
  readonly produce: (scenario: number) => boolean
  /** Whether the lease is valid now. */
  readonly mayFire: () => boolean
  /** Values are there now: the iteration takes its own. */
  readonly begin: (ticket: number, index: number, user: number) => void
}

interface Held {
  readonly ticket: number
  readonly index: number
  readonly user: number
}

export class HoldingLane implements Lane {
  readonly #lane: Lane
  readonly #options: HoldingOptions
  #held: Held[] = []
  /** The scenario of which an iteration is being run for those that are held. */
  #awaited: number | null = null

  constructor(lane: Lane, options: HoldingOptions) {
    this.#lane = lane
    this.#options = options
  }

  warm(executions: number, share: number): void {
    this.#lane.warm?.(executions, share)
  }

  fire(ticket: number, index: number, user: number): void {
    const lacking = this.#options.lacks()
    if (lacking === null) return this.#lane.fire(ticket, index, user)
    this.#held.push({ ticket, index, user })
    if (this.#awaited === null) this.#await(lacking)
  }

  #await(lacking: Lacking): void {
    this.#awaited = lacking.scenario
    if (!this.#options.produce(lacking.scenario)) this.produced(lacking.scenario)
  }

  /** An iteration of a scenario that was run for others has ended. */
  produced(scenario: number): void {
    if (this.#awaited !== scenario) return
    this.#awaited = null
    const lacking = this.#options.lacks()
    if (lacking !== null && lacking.scenario !== scenario) this.#await(lacking)
    else this.#release(lacking)
  }

  #release(lacking: Lacking | null): void {
    const { mayFire, begin, sink } = this.#options
    for (const { ticket, index, user } of this.#held.splice(0)) {
      if (lacking !== null) sink.settled(ticket, `missing:${lacking.name}`, 0, 0)
      else if (!mayFire()) sink.settled(ticket, 'interrupted', 0, 0)
      else {
        begin(ticket, index, user)
        this.#lane.fire(ticket, index, user)
      }
    }
  }

  cut(ticket: number, kind: string): void {
    const at = this.#held.findIndex((held) => held.ticket === ticket)
    if (at < 0) return this.#lane.cut(ticket, kind)
    this.#held.splice(at, 1)
    this.#options.sink.settled(ticket, kind, 0, 0)
  }

  close(): Promise<void> {
    this.#held = []
    return this.#lane.close()
  }
}
