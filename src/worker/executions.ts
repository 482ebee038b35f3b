/**
 * The executions of one scenario that are in flight on one thread: requests, or where iterations take several steps,
 * iterations. Each has a ticket: an index into arrays that hold
 * what is needed when it ends, so that nothing is allocated per request. Tickets are taken last-in first-out.
 */

import type { MonotonicMs } from '../base/clock.ts'
import type { Lane, LaneSink } from '../journey/lane.ts'
import type { InFlight } from './in-flight.ts'
import type { IterationWork } from './iteration-work.ts'
import type { WindowRecorder } from './window-recorder.ts'

const FIRST_CAPACITY = 64
/** User of an execution that belongs to no user. */
export const NO_USER = -1

export interface ExecutionsOptions {
  readonly clock: () => MonotonicMs
  readonly recorder: WindowRecorder
  readonly inFlight: InFlight
  readonly scenario: number
  readonly thread: number
  /** Most executions in flight on the node. */
  readonly limit: number
  /** Told of every execution before it begins, where there is something to be done with it. */
  readonly work?: Pick<IterationWork, 'begin'> | undefined
  /** Told when an execution of a user has ended. */
  readonly onUserDone: (user: number, now: MonotonicMs) => void
}

export class Executions implements LaneSink {
  readonly #options: ExecutionsOptions
  readonly #clock: () => MonotonicMs
  readonly #recorder: WindowRecorder
  #lane: Lane | undefined
  /** Whether the lane says itself when an execution begins. */
  #laneStarts = false
  #startAt: MonotonicMs = 0
  #free: number[] = []
  #tickets = 0
  #count = 0
  #active = new Uint8Array(FIRST_CAPACITY)
  #warmup = new Uint8Array(FIRST_CAPACITY)
  #user = new Int32Array(FIRST_CAPACITY)
  /** Time latency counts from. */
  #plannedAt = new Float64Array(FIRST_CAPACITY)
  /** Time lateness counts from. */
  #dueAt = new Float64Array(FIRST_CAPACITY)
  #sentAt = new Float64Array(FIRST_CAPACITY)

  constructor(options: ExecutionsOptions) {
    this.#options = options
    this.#clock = options.clock
    this.#recorder = options.recorder
  }

  /** @param laneStarts true for a lane that calls {@link started} when an execution's turn comes */
  attach(lane: Lane, laneStarts: boolean): void {
    this.#lane = lane
    this.#laneStarts = laneStarts
  }

  /** Lets the lane get ready; see {@link Lane.warm}. */
  warm(executions: number, share: number): void {
    this.#lane?.warm?.(executions, share)
  }

  /** Sets the start of the run; before the first execution. */
  startAt(startAt: MonotonicMs): void {
    this.#startAt = startAt
  }

  /** Start of the run. */
  get runStart(): MonotonicMs {
    return this.#startAt
  }

  /** Time an execution's latency counts from. */
  plannedAt(ticket: number): MonotonicMs {
    return this.#plannedAt[ticket]!
  }

  /** Time its lateness counts from. */
  dueAt(ticket: number): MonotonicMs {
    return this.#dueAt[ticket]!
  }

  sentAt(ticket: number): MonotonicMs {
    return this.#sentAt[ticket]!
  }

  /** Whether it belongs to the warm-up. */
  isWarmup(ticket: number): boolean {
    return this.#warmup[ticket] === 1
  }

  /** In flight on this thread. */
  get count(): number {
    return this.#count
  }

  /**
   * Fires one execution.
   *
   * @param plannedAt time its latency counts from
   * @param dueAt time its lateness counts from
   * @param index number of the arrival or of the user's iteration
   * @returns false when the node has as many in flight as allowed; then nothing was fired
   */
  fire(
    plannedAt: MonotonicMs,
    dueAt: MonotonicMs,
    now: MonotonicMs,
    index: number,
    user: number,
    warmup: boolean,
  ): boolean {
    const { inFlight, scenario, thread, limit } = this.#options
    if (!inFlight.tryEnter(scenario, thread, limit)) return false
    const ticket = this.#free.pop() ?? this.#newTicket()
    this.#count++
    this.#active[ticket] = 1
    this.#warmup[ticket] = warmup ? 1 : 0
    this.#user[ticket] = user
    this.#plannedAt[ticket] = plannedAt
    this.#dueAt[ticket] = dueAt
    this.#recorder.sent(warmup)
    if (this.#laneStarts) this.#sentAt[ticket] = now
    else this.#begin(ticket, now)
    this.#options.work?.begin(ticket, index, user)
    this.#lane!.fire(ticket, index, user)
    return true
  }

  /** The turn of an execution has come, which had to wait for others. */
  started(ticket: number): void {
    this.#begin(ticket, this.#clock())
  }

  #begin(ticket: number, now: MonotonicMs): void {
    this.#sentAt[ticket] = now
    this.#recorder.started(this.#warmup[ticket] === 1, now - this.#startAt, now - this.#dueAt[ticket]!)
  }

  settled(ticket: number, kind: string | null, bytesSent: number, bytesReceived: number): void {
    if (this.#active[ticket] !== 1) return
    const now = this.#clock()
    this.#active[ticket] = 0
    this.#count--
    const { inFlight, scenario, thread, onUserDone } = this.#options
    inFlight.leave(scenario, thread)
    const latency = now - this.#plannedAt[ticket]!
    const service = now - this.#sentAt[ticket]!
    this.#recorder.settled(this.#warmup[ticket] === 1, kind, latency, service, bytesSent, bytesReceived)
    this.#free.push(ticket)
    const user = this.#user[ticket]!
    if (user !== NO_USER) onUserDone(user, now)
  }

  /** Ends everything in flight as failed. */
  cutAll(kind: string): void {
    for (let ticket = 0; ticket < this.#tickets; ticket++) {
      if (this.#active[ticket] === 1) this.#lane?.cut(ticket, kind)
    }
  }

  #newTicket(): number {
    if (this.#tickets === this.#active.length) this.#grow(this.#tickets * 2)
    return this.#tickets++
  }

  #grow(capacity: number): void {
    const enlarge = <T extends Uint8Array | Int32Array | Float64Array>(from: T, to: T): T => {
      to.set(from)
      return to
    }
    this.#active = enlarge(this.#active, new Uint8Array(capacity))
    this.#warmup = enlarge(this.#warmup, new Uint8Array(capacity))
    this.#user = enlarge(this.#user, new Int32Array(capacity))
    this.#plannedAt = enlarge(this.#plannedAt, new Float64Array(capacity))
    this.#dueAt = enlarge(this.#dueAt, new Float64Array(capacity))
    this.#sentAt = enlarge(this.#sentAt, new Float64Array(capacity))
  }
}
