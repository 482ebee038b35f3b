/**
 * Takes iterations through their steps. To the executions of its scenario it is one lane, whose tickets are iterations;
 * each step has a lane of its own below, which is fired with the ticket of the iteration: an iteration has one step in
 * flight at most. What is known of an iteration is in arrays, by ticket, so that nothing is allocated per step.
 *
 * No step is fired while the lease is not valid: iterations in progress wait, and go on once it is renewed. Those, and
 * those that think, are in one heap, from which the turns of the thread take them.
 */

import type { MonotonicMs } from '../base/clock.ts'
import type { Lane } from '../journey/lane.ts'
import { pauseKey, pauseLength } from '../load/think.ts'
import type { Branch, Condition, Guard, Step } from '../suite/journey-spec.ts'
import type { Executions } from './executions.ts'
import { expectedByConnections, sharedBy } from './expected-connections.ts'
import { ENDED_EARLY, FIRING, IDLE, IN_FLIGHT, IterationTable, WAITING } from './iteration-table.ts'
import type { MixTurns } from './mix-turns.ts'
import { TicketHeap } from './ticket-heap.ts'
import type { WindowRecorder } from './window-recorder.ts'

/** Steps of an iteration that end at once are begun one in another up to this many; then others have a turn. */
const STEPS_IN_A_ROW = 16
/** More than a step repeats: the pauses of its rounds, and those of other steps, have numbers of their own. */
const ROUNDS = 1024
const NO_GUARDS: readonly Guard[] = []

export interface JourneyLaneOptions {
  readonly steps: readonly Step[]
  readonly branches: readonly Branch[]
  /** The bookkeeping of the iterations. */
  readonly executions: Executions
  /** By step. */
  readonly recorders: readonly WindowRecorder[]
  readonly clock: () => MonotonicMs
  /** Whether the lease is valid. */
  readonly mayFire: (now: MonotonicMs) => boolean
  /** Asks for a turn at this time or earlier, it being now. */
  readonly wakeBy: (at: MonotonicMs, now: MonotonicMs) => void
  /** Whether a condition holds for an iteration. */
  readonly holds: (ticket: number, when: Condition) => boolean
  /** Seed of the scenario. */
  readonly seed: number
  /** Null where there is one branch. */
  readonly turns: MixTurns | null
}

export class JourneyLane implements Lane {
  readonly #options: JourneyLaneOptions
  readonly #executions: Executions
  readonly #lanes: Lane[] = []
  /** Whether a step's lane says itself when an execution begins. */
  readonly #laneStarts: boolean[] = []
  readonly #inFlight: Int32Array
  readonly #table = new IterationTable()
  readonly #waiting = new TicketHeap()
  /** By branch and place; undefined for branches without any. */
  readonly #guards: readonly (ReadonlyMap<number, readonly Guard[]> | undefined)[]
  /** An iteration is being cut: it ends with its step, whatever the step says of errors. */
  #cutting = false
  #closed = false

  constructor(options: JourneyLaneOptions) {
    this.#options = options
    this.#executions = options.executions
    this.#inFlight = new Int32Array(options.steps.length)
    this.#guards = options.branches.map(({ guards }) => guards && byPlace(guards))
  }

  /** Takes on the lane of a step; before the first execution. */
  attach(step: number, lane: Lane, laneStarts: boolean): void {
    this.#lanes[step] = lane
    this.#laneStarts[step] = laneStarts
  }

  /** Requests of a step in flight on this thread. */
  inFlight(step: number): number {
    return this.#inFlight[step]!
  }

  /** When the step of an iteration was sent. */
  sentAt(ticket: number): MonotonicMs {
    return this.#table.sentAt[ticket]!
  }

  /** When the next iteration may go on; infinity when none waits. */
  get due(): MonotonicMs {
    return this.#waiting.due
  }

  /** Where lanes share connections, one of them sees to all. */
  warm(executions: number, share: number): void {
    const expected = expectedByConnections(this.#options.branches, this.#lanes, executions)
    for (const lane of this.#lanes) {
      lane.warm?.(Math.ceil(expected.get(sharedBy(lane)) ?? 0), share)
      expected.delete(sharedBy(lane))
    }
  }

  fire(ticket: number, index: number, user: number): void {
    const table = this.#table
    const executions = this.#executions
    table.reserve(ticket)
    const warmup = executions.isWarmup(ticket)
    table.warmup[ticket] = warmup ? 1 : 0
    table.branch[ticket] = this.#options.turns?.next(warmup, user < 0 ? index : user) ?? 0
    table.position[ticket] = 0
    table.rounds[ticket] = 0
    table.index[ticket] = index
    table.user[ticket] = user
    table.plannedAt[ticket] = executions.plannedAt(ticket)
    table.dueAt[ticket] = executions.dueAt(ticket)
    table.bytesSent[ticket] = 0
    table.bytesReceived[ticket] = 0
    if (this.#findStep(ticket)) this.#goOn(ticket, executions.sentAt(ticket))
    else this.#end(ticket, null)
  }

  /**
   * Lets the iteration go on that has waited longest.
   *
   * @param notBefore what was due before this time counts from it: the lease was not valid
   */
  resumeNext(now: MonotonicMs, notBefore: MonotonicMs): void {
    const due = Math.max(this.#waiting.due, notBefore)
    const ticket = this.#waiting.pop()
    this.#table.plannedAt[ticket] = due
    this.#table.dueAt[ticket] = due
    this.#goOn(ticket, now)
  }

  /** Moves on to the next step that is taken, the present one included. @returns whether there is one */
  #findStep(ticket: number): boolean {
    const { position, branch, rounds } = this.#table
    const { steps, branches, holds } = this.#options
    const course = branches[branch[ticket]!]!.steps
    while (position[ticket]! < course.length) {
      const place = position[ticket]!
      const skipTo = rounds[ticket] === 0 ? this.#skipTo(ticket, branch[ticket]!, place) : place
      if (skipTo === place) {
        const { when } = steps[course[place]!]!
        if (when === null || holds(ticket, when)) return true
      }
      position[ticket] = Math.max(skipTo, place + 1)
      rounds[ticket] = 0
    }
    return false
  }

  /** Where an iteration goes on that has come to a place: there, or after a group whose condition does not hold. */
  #skipTo(ticket: number, branch: number, place: number): number {
    for (const { to, when } of this.#guards[branch]?.get(place) ?? NO_GUARDS) {
      if (!this.#options.holds(ticket, when)) return to
    }
    return place
  }

  #stepOf(ticket: number): number {
    const { branch, position } = this.#table
    return this.#options.branches[branch[ticket]!]!.steps[position[ticket]!]!
  }

  /** Fires the step an iteration is at, and those after it as long as they end at once. */
  #goOn(ticket: number, at: MonotonicMs): void {
    const table = this.#table
    let now = at
    for (let inRow = 1; ; inRow++) {
      const step = this.#stepOf(ticket)
      this.#begin(ticket, step, now)
      table.state[ticket] = FIRING
      this.#lanes[step]!.fire(ticket, table.index[ticket]!, table.user[ticket]!)
      if (table.state[ticket] !== ENDED_EARLY) {
        table.state[ticket] = IN_FLIGHT
        return
      }
      now = this.#options.clock()
      if (!this.#follow(ticket, step, now, inRow < STEPS_IN_A_ROW)) return
    }
  }

  #begin(ticket: number, step: number, now: MonotonicMs): void {
    const recorder = this.#options.recorders[step]!
    const warmup = this.#table.warmup[ticket] === 1
    recorder.scheduled(warmup)
    recorder.sent(warmup)
    this.#inFlight[step]!++
    if (this.#laneStarts[step]!) this.#table.sentAt[ticket] = now
    else this.#started(ticket, recorder, now)
  }

  #started(ticket: number, recorder: WindowRecorder, now: MonotonicMs): void {
    const table = this.#table
    table.sentAt[ticket] = now
    recorder.started(table.warmup[ticket] === 1, now - this.#executions.runStart, now - table.dueAt[ticket]!)
  }

  /** The turn of a step has come, which had to wait for others. */
  stepStarted(step: number, ticket: number): void {
    this.#started(ticket, this.#options.recorders[step]!, this.#options.clock())
  }

  /** A step has ended. */
  stepSettled(step: number, ticket: number, kind: string | null, bytesSent: number, bytesReceived: number): void {
    const table = this.#table
    const state = table.state[ticket]
    if (state !== IN_FLIGHT && state !== FIRING) return
    const now = this.#options.clock()
    this.#inFlight[step]!--
    const latency = now - table.plannedAt[ticket]!
    const service = now - table.sentAt[ticket]!
    const recorder = this.#options.recorders[step]!
    recorder.settled(table.warmup[ticket] === 1, kind, latency, service, bytesSent, bytesReceived)
    table.bytesSent[ticket]! += bytesSent
    table.bytesReceived[ticket]! += bytesReceived
    table.kind[ticket] = kind
    if (state === FIRING) table.state[ticket] = ENDED_EARLY
    else if (this.#follow(ticket, step, now, true)) this.#goOn(ticket, now)
  }

  /** What comes after a step. @returns whether the next step is to be fired now */
  #follow(ticket: number, step: number, now: MonotonicMs, atOnce: boolean): boolean {
    const table = this.#table
    const { repeat, continueOnError, think } = this.#options.steps[step]!
    const kind = table.kind[ticket]!
    if (kind !== null && (!continueOnError || this.#cutting)) {
      this.#end(ticket, kind)
      return false
    }
    const pause = think === null ? 0 : pauseLength(think, this.#pauseKey(ticket))
    if (table.rounds[ticket]! + 1 < repeat) table.rounds[ticket]!++
    else {
      table.rounds[ticket] = 0
      table.position[ticket]!++
    }
    if (!this.#findStep(ticket)) {
      this.#end(ticket, null)
      return false
    }
    table.plannedAt[ticket] = now
    table.dueAt[ticket] = now
    if (pause === 0 && atOnce && this.#options.mayFire(now)) return !this.#closed
    table.state[ticket] = WAITING
    this.#waiting.push(ticket, now + pause)
    this.#options.wakeBy(now + pause, now)
    return false
  }

  #pauseKey(ticket: number): number {
    const { index, user, position, rounds } = this.#table
    return pauseKey(this.#options.seed, index[ticket]!, user[ticket]!, position[ticket]! * ROUNDS + rounds[ticket]!)
  }

  #end(ticket: number, kind: string | null): void {
    const table = this.#table
    table.state[ticket] = IDLE
    this.#executions.settled(ticket, kind, table.bytesSent[ticket]!, table.bytesReceived[ticket]!)
  }

  cut(ticket: number, kind: string): void {
    const state = this.#table.state[ticket]
    if (state === WAITING) {
      this.#waiting.remove(ticket)
      this.#end(ticket, kind)
    } else if (state === IN_FLIGHT) {
      this.#cutting = true
      this.#lanes[this.#stepOf(ticket)]!.cut(ticket, kind)
      this.#cutting = false
    }
  }

  /** Nothing more is fired. The lanes of the steps are closed by their tasks. */
  async close(): Promise<void> {
    this.#closed = true
    this.#waiting.clear()
  }
}

function byPlace(guards: readonly Guard[]): ReadonlyMap<number, readonly Guard[]> {
  const places = new Map<number, Guard[]>()
  for (const guard of guards) places.set(guard.at, [...(places.get(guard.at) ?? []), guard])
  return places
}
