/** One process with the real core in it. It dies for good; a restart is a new one, with a new boot id. */

import type { Random } from '../../src/base/random.ts'
import type { Effect, Input } from '../../src/coordination/io.ts'
import type { RunRecord } from '../../src/coordination/messages.ts'
import { type CoreState, initialState } from '../../src/coordination/state.ts'
import type { StepResult } from '../../src/coordination/step.ts'
import { DEFAULT_TIMING } from '../../src/coordination/timing.ts'
import { IDLE } from '../../src/membership/view.ts'
import type { RunFacts } from '../../src/run/facts.ts'
import type { Disk } from './disk.ts'
import type { EventQueue } from './event-queue.ts'
import type { Endpoint } from './network.ts'
import { GOOD_PACE, type HostPlan } from './plan.ts'
import { SimThreads, type ThreadsParts } from './sim-threads.ts'

export type Core = (state: CoreState, input: Input, now: { monotonic: number; wall: number }) => StepResult

/** What a process needs of the world around it. */
export interface Surroundings {
  readonly queue: EventQueue
  readonly core: Core
  readonly slotCount: number
  readonly aggregateAbove: number
  readonly random: Random
  /** After a turn, before its effects are performed. */
  stepped(node: SimNode, before: CoreState, input: Input, effects: readonly Effect[]): void
  perform(node: SimNode, effect: Effect): void
  readonly threads: (node: SimNode) => Pick<ThreadsParts, 'loadOf' | 'fired' | 'window' | 'held'>
}

const WALL_START = 1_700_000_000_000

export class SimNode implements Endpoint {
  readonly bootId: string
  readonly name: string
  readonly host: number
  readonly disk: Disk
  readonly threads: SimThreads
  readonly bootedAt: number
  state: CoreState
  alive = true
  /** Left by its own word. */
  gone = false
  /** The process stands still until then; and its main thread alone. */
  pausedUntil = 0
  stalledUntil = 0
  /** How far the wall clock has jumped. */
  wallJumpMs = 0
  /** Longest gap between two turns of its threads so far. */
  worstGapMs = GOOD_PACE.gapMs
  readonly accepted = new Map<string, boolean>()
  readonly settled = new Set<string>()
  readonly #around: Surroundings
  readonly #plan: HostPlan
  readonly #offset: number
  #waiting: (() => void)[] = []
  readonly #inputs: Input[] = []
  #running = false

  /** @param offset reading of its monotonic clock at true time 0 */
  constructor(around: Surroundings, bootId: string, host: number, plan: HostPlan, offset: number, disk: Disk) {
    this.#around = around
    this.#plan = plan
    this.#offset = offset
    this.bootId = bootId
    this.host = host
    this.name = `n${host + 1}`
    this.disk = disk
    this.bootedAt = around.queue.now
    const { capacity, priority } = plan
    const load = IDLE
    const info = { name: this.name, capacity, priority, version: 'sim', http: null, load }
    const { slotCount, aggregateAbove } = around
    this.state = initialState({ bootId, info, describe: describeSim, slotCount, aggregateAbove })
    this.threads = new SimThreads({
      ...around.threads(this),
      queue: around.queue,
      random: around.random,
      slotCount: around.slotCount,
      clock: () => this.local(around.queue.now),
      input: (input) => this.input(input),
      isOver: () => !this.alive,
      isPaused: () => this.paused,
    })
    this.input({ kind: 'former-lives', bootIds: disk.boot(bootId) })
    for (const input of disk.restored()) this.input(input)
    this.#tick(around.random() * 100)
  }

  /** This node's monotonic clock at a true time. */
  local(trueTime: number): number {
    return trueTime * (1 + this.#plan.driftPpm * 1e-6) + this.#offset
  }

  /** The true time at which this node's clock shows `local`. */
  trueTime(local: number): number {
    return (local - this.#offset) / (1 + this.#plan.driftPpm * 1e-6)
  }

  /** Which start of its host's node this is, from 1. */
  get boot(): number {
    return Number(this.bootId.split('-')[1])
  }

  get paused(): boolean {
    return this.#around.queue.now < this.pausedUntil
  }

  /** Its main thread does nothing. */
  get blocked(): boolean {
    return this.paused || this.#around.queue.now < this.stalledUntil
  }

  /** What comes just when it runs again comes after what has been waiting. */
  get #mustWait(): boolean {
    return this.blocked || this.#waiting.length > 0
  }

  /** Alive, and not on its way out of this history. */
  get stays(): boolean {
    return this.alive && !this.gone
  }

  connected(peer: string): void {
    this.input({ kind: 'connected', peer })
  }

  disconnected(peer: string): void {
    this.input({ kind: 'disconnected', peer })
  }

  /** Something for the main thread: done now, or when it runs again. */
  whenFree(action: () => void): void {
    if (!this.alive) return
    if (this.#mustWait) this.#waiting.push(action)
    else action()
  }

  /** Gives the core an input, now or when the main thread runs again. One turn at a time, as the driver does. */
  input(input: Input): void {
    if (!this.alive) return
    if (this.#mustWait) {
      this.#waiting.push(() => this.input(input))
      return
    }
    this.#inputs.push(input)
    if (this.#running) return
    this.#running = true
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) this.#turn(next)
    } finally {
      this.#running = false
    }
  }

  #turn(input: Input): void {
    const { queue, core } = this.#around
    const before = this.state
    const monotonic = this.local(queue.now)
    const wall = WALL_START + queue.now + this.#plan.wallOffsetMs + this.wallJumpMs
    const { state, effects } = core(before, input, { monotonic, wall })
    this.state = state
    this.#around.stepped(this, before, input, effects)
    for (const effect of effects) this.#around.perform(this, effect)
  }

  get wall(): number {
    return WALL_START + this.#around.queue.now + this.#plan.wallOffsetMs + this.wallJumpMs
  }

  /** Stands still for a time: the main thread only, or the whole process. */
  block(what: 'main' | 'process', ms: number): void {
    const { queue, random } = this.#around
    const until = queue.now + ms
    if (what === 'main') this.stalledUntil = Math.max(this.stalledUntil, until)
    else this.pausedUntil = Math.max(this.pausedUntil, until)
    queue.schedule(ms + 0.001, () => {
      if (!this.alive || this.blocked) return
      // Threads and the main thread wake together: whoever is first.
      const threadsFirst = random() < 0.5
      if (threadsFirst) this.threads.turn()
      const waiting = this.#waiting
      this.#waiting = []
      for (const action of waiting) this.whenFree(action)
      // A turn that fell into the pause is late by the pause, and not by another gap of slow threads.
      if (!threadsFirst && what === 'process') this.threads.turn()
    })
  }

  #tick(delay: number): void {
    this.#around.queue.schedule(delay, () => {
      if (!this.alive) return
      if (!this.blocked) this.input({ kind: 'tick' })
      this.#tick(DEFAULT_TIMING.tickMs * (0.9 + 0.2 * this.#around.random()))
    })
  }
}

function describeSim(source: RunRecord['source']): RunFacts | null {
  const suite = JSON.parse(source.text) as Partial<RunFacts> & { durationMs: number }
  const scenarios = [{ name: 'load', startMs: 0, durationMs: suite.durationMs, unit: 'rate' as const }]
  return {
    suite: 'sim',
    onNodeLoss: 'redistribute',
    shares: 'equal',
    gracefulStopMs: 1000,
    scenarios,
    setupMs: null,
    teardownMs: null,
    ...suite,
  }
}
