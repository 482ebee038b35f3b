/**
 * Three honest cores driven by hand: a virtual clock, a network that delivers everything a millisecond later, workers
 * that do what they are told. Enough for an election and a run; the hostile peers are the test's.
 */

import assert from 'node:assert/strict'
import type { Effect, Input } from '../../src/coordination/io.ts'
import { checkMessage } from '../../src/coordination/message-schema.ts'
import type { Message } from '../../src/coordination/messages.ts'
import { type CoreState, coordinatorOf, initialState } from '../../src/coordination/state.ts'
import { step } from '../../src/coordination/step.ts'
import { IDLE } from '../../src/membership/view.ts'
import { refusedMessage, refusedPeer } from '../../src/node/admission.ts'
import { AGGREGATE_ABOVE } from '../../src/run/keepers.ts'
import { HONEST } from './message-arbitrary.ts'

export const SLOTS = 20
const DURATION_MS = 2000
export const WALL = 1_700_000_000_000

interface Worker {
  startAt: number | null
  stopAt: number
  drained: boolean
}

interface Due {
  readonly at: number
  readonly node: string
  readonly input: Input
}

export class Cores {
  now = 1000
  readonly states = new Map<string, CoreState>()
  readonly settled = new Set<string>()
  /** Largest number of effects of one step so far. */
  mostEffects = 0
  readonly #workers = new Map<string, Worker>()
  #due: Due[] = []

  /** @param aggregateAbove runs of more nodes are aggregated */
  constructor(aggregateAbove = AGGREGATE_ABOVE) {
    for (const name of HONEST) {
      const info = { name, capacity: 1, priority: 0, version: '1', http: null, load: IDLE }
      const describe = ({ text }: { readonly text: string }) =>
        text === 'invalid'
          ? null
          : {
              suite: text,
              onNodeLoss: 'redistribute' as const,
              shares: 'equal' as const,
              durationMs: DURATION_MS,
              gracefulStopMs: 1000,
              scenarios: [{ name: 's', startMs: 0, durationMs: DURATION_MS, unit: 'rate' as const }],
              setupMs: 1000,
              teardownMs: 1000,
            }
      this.states.set(name, initialState({ bootId: name, info, describe, slotCount: SLOTS, aggregateAbove }))
    }
    for (const a of HONEST) for (const b of HONEST) if (a !== b) this.input(a, { kind: 'connected', peer: b })
  }

  state(node: string): CoreState {
    const state = this.states.get(node)
    assert.ok(state !== undefined)
    return state
  }

  /** One turn of one core. Whatever it throws is the test's to see. */
  input(node: string, input: Input): void {
    const { state, effects } = step(this.state(node), input, { monotonic: this.now, wall: WALL + this.now })
    this.states.set(node, state)
    this.mostEffects = Math.max(this.mostEffects, effects.length)
    for (const effect of effects) this.#perform(node, effect)
  }

  /** A connection to a peer, if the driver would let it be known. */
  connect(node: string, peer: string): void {
    if (refusedPeer(this.state(node), peer) === null) this.input(node, { kind: 'connected', peer })
  }

  /** What a peer says. Like the driver, it lets nothing through that the schema or the bounds of the core refuse. */
  message(to: string, from: string, message: Message): void {
    try {
      checkMessage(message)
    } catch {
      return
    }
    if (refusedMessage(this.state(to), from, message) === null) this.input(to, { kind: 'message', from, message })
  }

  /** Submits a run to the first node. */
  submit(runId: string): void {
    const source = { text: 'suite', format: 'yaml' as const }
    const record = { runId, createdAt: WALL + this.now, origin: 'a', originName: 'a', source }
    this.input('a', { kind: 'submit', record })
  }

  /** Lets time pass, in ticks. */
  pass(ms: number): void {
    const end = this.now + ms
    while (this.now < end) {
      this.now += 1
      if (this.now % 100 === 0) {
        for (const node of HONEST) this.input(node, { kind: 'tick' })
        this.#work()
      }
      const due = this.#due.filter(({ at }) => at <= this.now)
      this.#due = this.#due.filter(({ at }) => at > this.now)
      for (const { node, input } of due) this.input(node, input)
    }
  }

  /** Lets time pass until something holds. */
  until(what: string, limitMs: number, holds: () => boolean): void {
    const end = this.now + limitMs
    while (!holds()) {
      assert.ok(this.now < end, `${what}: not within ${limitMs} ms`)
      this.pass(100)
    }
  }

  /** All follow one of them. */
  agree(): boolean {
    const coordinators = HONEST.map((node) => coordinatorOf(this.state(node)))
    return HONEST.includes(coordinators[0] as 'a') && new Set(coordinators).size === 1
  }

  phaseOf(node: string, runId: string): string {
    return this.state(node).runs.get(runId)?.table?.phase ?? 'none'
  }

  #later(ms: number, node: string, input: Input): void {
    if (this.states.has(node)) this.#due.push({ at: this.now + ms, node, input })
  }

  #perform(node: string, effect: Effect): void {
    switch (effect.kind) {
      case 'send':
        // Whatever was said to it, an honest node says nothing that others refuse.
        checkMessage(effect.message)
        return this.#later(1, effect.to, { kind: 'message', from: node, message: effect.message })
      case 'gossip':
        checkMessage(effect.message)
        for (const other of HONEST) {
          if (other !== node) this.#later(1, other, { kind: 'message', from: node, message: effect.message })
        }
        return
      case 'probe':
        // Whoever is asked about is hostile and gone: nobody listens there.
        return this.#later(1, node, { kind: 'probed', peer: effect.peer, result: 'refused' })
      case 'prepare':
        this.#workers.set(`${node} ${effect.runId}`, { startAt: null, stopAt: DURATION_MS, drained: false })
        return this.#later(10, node, { kind: 'prepared', runId: effect.runId, error: null })
      case 'chore': {
        const outcome = { durationMs: 10, error: null, values: {} }
        return this.#later(10, node, { kind: 'chore', runId: effect.runId, name: effect.name, outcome })
      }
      case 'assign': {
        const { startAt } = this.#workers.get(`${node} ${effect.runId}`) ?? { startAt: null }
        const at = startAt === null ? 0 : Math.max(0, this.now - startAt)
        return this.#later(1, node, { kind: 'applied', runId: effect.runId, version: effect.version, at })
      }
      case 'start':
        return this.#change(node, effect.runId, { startAt: effect.startAt })
      case 'stop-firing':
        return this.#change(node, effect.runId, { stopAt: Math.min(effect.at, DURATION_MS) })
      case 'discard':
        this.#workers.delete(`${node} ${effect.runId}`)
        return
      case 'settled':
        this.settled.add(`${node} ${effect.runId}`)
        return
      default:
    }
  }

  #change(node: string, runId: string, change: Partial<Worker>): void {
    const worker = this.#workers.get(`${node} ${runId}`)
    if (worker !== undefined) Object.assign(worker, change)
  }

  /** Workers whose time is over hand in their windows and their final. */
  #work(): void {
    for (const [key, worker] of this.#workers) {
      if (worker.startAt === null || worker.drained || this.now - worker.startAt < worker.stopAt) continue
      worker.drained = true
      const [node = '', runId = ''] = key.split(' ')
      const lastSequence = Math.max(0, Math.ceil(worker.stopAt / 1000) - 1)
      for (let sequence = 0; sequence <= lastSequence; sequence++) {
        for (const holder of HONEST) this.#later(1, holder, { kind: 'batch', runId, bootId: node, sequence })
      }
      this.#later(2, node, { kind: 'drained', runId, final: { firstSequence: 0, lastSequence, hash: '' } })
    }
  }
}
