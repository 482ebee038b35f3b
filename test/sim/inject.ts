/** Carries out the faults of a plan. */

import type { Fault, FaultOf, Plan } from './plan.ts'
import { GOOD_PACE, runIdOf } from './plan.ts'
import type { SimNode } from './sim-node.ts'
import type { World } from './world.ts'

/** Undoes a lasting fault: at its end, or when everything heals. */
type Heal = () => void

export class Injector {
  readonly #world: World
  readonly #plan: Plan
  readonly #heals = new Set<Heal>()

  constructor(world: World, plan: Plan) {
    this.#world = world
    this.#plan = plan
  }

  /** Everything that can be taken back is. */
  healAll(): void {
    for (const heal of this.#heals) heal()
  }

  inject(fault: Fault): void {
    switch (fault.kind) {
      case 'restart':
        return this.#restart(fault)
      case 'partition':
        return this.#partition(fault)
      case 'cut':
        return this.#lasting(fault.ms, this.#world.cut(fault.from, fault.to))
      case 'reset':
        return this.#reset(fault)
      case 'link': {
        const { from, to, quality, ms } = fault
        this.#world.note(
          `link ${from === null ? '*' : from + 1} → ${to === null ? '*' : to + 1}: ${JSON.stringify(quality)}`,
        )
        return this.#lasting(ms, this.#world.network.override(from, to, quality), this.#world.disturb())
      }
      case 'mute':
        return this.#lasting(fault.ms, this.#world.network.mute(fault.host))
      default: {
        const node = this.#world.hosts[fault.host]?.node
        if (node?.stays === true) this.#toNode(node, fault)
      }
    }
  }

  #toNode(
    node: SimNode,
    fault: Exclude<Fault, { kind: 'restart' | 'partition' | 'cut' | 'reset' | 'link' | 'mute' }>,
  ): void {
    const world = this.#world
    switch (fault.kind) {
      case 'kill':
        return world.kill(node, fault)
      case 'pause':
        return world.pause(node, fault.ms)
      case 'stall':
        return world.pause(node, fault.ms, 'main')
      case 'leave':
        world.note(`${node.bootId} is asked to leave`)
        world.disturb()()
        return node.input({ kind: 'leave' })
      case 'stop':
        world.note(`${node.bootId} is asked to stop run ${fault.run}`)
        return node.input({ kind: 'stop', runId: runIdOf(fault.run), stop: 'user', reason: 'enough' })
      case 'scale': {
        const { at, run, rate } = fault
        world.note(`${node.bootId} is asked to scale run ${run} to ${rate}/s`)
        const change = { id: `c${at}-${fault.host}-${rate}`, scenario: 0, value: rate }
        return node.input({ kind: 'scale', runId: runIdOf(run), change })
      }
      case 'wall':
        world.note(`${node.bootId}: its wall clock jumps by ${fault.byMs}`)
        node.wallJumpMs += fault.byMs
        return
      case 'slow': {
        world.note(`${node.bootId}: threads are slow: ${JSON.stringify(fault.pace)}`)
        node.threads.pace = fault.pace
        node.worstGapMs = Math.max(node.worstGapMs, fault.pace.gapMs)
        return this.#lasting(fault.ms, () => {
          node.threads.pace = GOOD_PACE
        })
      }
      case 'unready':
        node.threads.failsNext = true
    }
  }

  #lasting(ms: number, ...heals: Heal[]): void {
    const heal = () => {
      if (!this.#heals.delete(heal)) return
      for (const each of heals) each()
    }
    this.#heals.add(heal)
    this.#world.queue.schedule(ms, heal)
  }

  #restart({ host: index }: FaultOf<'restart'>): void {
    const host = this.#world.hosts[index]
    if (host === undefined || host.boots === 0 || host.node?.alive === true) return
    this.#world.boot(host)
  }

  #partition({ left, ms }: FaultOf<'partition'>): void {
    const right = this.#plan.hosts.map((_, host) => host).filter((host) => !left.includes(host))
    this.#lasting(ms, this.#world.partition(left, right))
  }

  #reset({ a, b, noticeMs }: FaultOf<'reset'>): void {
    const { hosts, network, queue } = this.#world
    const [one, other] = [hosts[a]?.node, hosts[b]?.node]
    if (!one?.alive || !other?.alive || one === other) return
    this.#world.note(`${one.bootId} – ${other.bootId}: connection reset`)
    queue.schedule(noticeMs + 200, this.#world.disturb())
    network.disconnect(one, other, 0, noticeMs)
    network.dial(one, other)
  }
}
