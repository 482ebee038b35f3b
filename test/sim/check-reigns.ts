/** Invariants 3 and 7: one coordinator per term, votes kept, terms that only rise, and no healthy coordinator deposed. */

import type { Effect, Input } from '../../src/coordination/io.ts'
import type { CoreState } from '../../src/coordination/state.ts'
import { compareTerms, type Term } from '../../src/membership/term.ts'
import type { SimNode } from './sim-node.ts'
import { type Fail, RULES } from './violation.ts'
import type { World } from './world.ts'

/** Clocks may differ by this much between what a follower promises and what is measured here. */
const DRIFT = 2e-3
/** A mesh is calm when nothing has disturbed it for this long: a bit more than the longest promise and a lease. */
const CALM_MS = 8000

interface Heard {
  readonly term: Term
  readonly at: number
}

/** The shorter promise: that of a mesh with a run, which may just have ended. */
function promiseOf({ config }: CoreState): number {
  return config.timing.promiseMs * (1 - DRIFT)
}

export class ReignChecker {
  readonly #world: World
  readonly #fail: Fail
  /** Whom a node has given its vote, by node and term number. */
  readonly #votes = new Map<string, string>()
  /** When a node last heard from which coordinator, by its own clock. */
  readonly #heard = new Map<string, Heard>()
  /** The coordinator everybody followed in a calm mesh, and since when that is known. */
  #settled: { coordinator: string; at: number } | null = null

  constructor(world: World, fail: Fail) {
    this.#world = world
    this.#fail = fail
  }

  stepped(node: SimNode, before: CoreState, input: Input, effects: readonly Effect[]): void {
    if (input.kind === 'message' && input.message.kind === 'election') this.#votesOnce(node, before, input, effects)
    const { election } = node.state
    if (election === before.election) return
    this.#noteHeard(node, before, input)
    if (election.term.number < before.election.term.number) {
      this.#fail(RULES.newestWins, `${node.bootId}: term ${before.election.term.number} → ${election.term.number}`)
    }
    if (node.state.reign !== null && compareTerms(election.term, before.election.term) !== 0) this.#takesOffice(node)
    if (election.candidacy !== null && election.candidacy !== before.election.candidacy) {
      this.#vote(node, election.candidacy.term.number, node.bootId)
    }
  }

  #vote(node: SimNode, number: number, candidate: string): void {
    const key = `${node.bootId}/${number}`
    const before = this.#votes.get(key)
    if (before !== undefined && before !== candidate) {
      this.#fail(RULES.oneCoordinator, `${node.bootId} votes for ${before} and ${candidate} in term ${number}`)
    }
    this.#votes.set(key, candidate)
  }

  /** A vote once a term, and none for anybody else while the coordinator is heard. */
  #votesOnce(
    node: SimNode,
    before: CoreState,
    input: Extract<Input, { kind: 'message' }>,
    effects: readonly Effect[],
  ): void {
    for (const effect of effects) {
      if (effect.kind !== 'send' || effect.message.kind !== 'answer' || !effect.message.granted) continue
      this.#vote(node, effect.message.term.number, input.from)
      const heard = this.#heard.get(node.bootId)
      if (heard === undefined || heard.term.coordinator === input.from) continue
      const coordinator = before.view.get(heard.term.coordinator)
      if (coordinator?.state !== 'alive') continue
      // It has given its office up to this voter itself, which took it over as a caretaker.
      if (this.#world.byBootId.get(heard.term.coordinator)?.state.election.consent === node.bootId) continue
      if (node.local(this.#world.now) - heard.at < promiseOf(before)) {
        this.#fail(
          RULES.noFlapping,
          `${node.bootId} votes for ${input.from}, having heard ${heard.term.coordinator} just before`,
        )
      }
    }
  }

  /** The newest coordinator's own messages, as they arrive: independent of what the core makes of them. */
  #noteHeard(node: SimNode, before: CoreState, input: Input): void {
    if (input.kind !== 'message') return
    const { message, from } = input
    const isClaim = message.kind === 'coordinator' || (message.kind === 'heartbeat' && message.coordinator === from)
    if (!isClaim || message.term.solo || compareTerms(message.term, before.election.term) < 0) return
    const { following, term } = before.election
    const rival = following && message.term.number === term.number && from !== term.coordinator
    // Two meshes that formed apart may have the same number: the one that is kept to counts.
    if (rival && node.state.election.term.coordinator !== from) return
    const at = node.local(this.#world.now)
    // Nor does one that it would leave for another whom it has heard: its vote is promised to the newest.
    const last = this.#heard.get(node.bootId)
    const isOlder = last !== undefined && compareTerms(message.term, last.term) < 0
    if (isOlder && at - last.at < promiseOf(before)) return
    this.#heard.set(node.bootId, { term: message.term, at })
  }

  #takesOffice(node: SimNode): void {
    const { term } = node.state.election
    this.#world.note(`${node.bootId} takes office, term ${term.number}${term.solo ? ' (solo)' : ''}`)
    if (term.solo) return
    // Newcomers that meet each other first are a mesh of their own, until they meet the other.
    if (this.#world.now - node.bootedAt < CALM_MS) return
    const settled = this.#settled
    if (settled === null || settled.coordinator === node.bootId || !this.#isCalm()) return
    const deposed = this.#world.byBootId.get(settled.coordinator)
    if (deposed === undefined || !deposed.stays || deposed.state.leaving) return
    if (settled.at >= this.#world.disturbedAt) {
      this.#fail(RULES.noFlapping, `${node.bootId} deposes ${settled.coordinator} in a calm mesh`)
    }
  }

  #isCalm(): boolean {
    return this.#world.disturbances === 0 && this.#world.now - this.#world.disturbedAt > CALM_MS
  }

  /** Called now and then: notes whom everybody follows in a calm mesh. */
  look(): void {
    this.#settled = null
    if (!this.#isCalm()) return
    const nodes = this.#world.survivors()
    const first = nodes[0]?.state.election
    if (first === undefined || !first.following || first.term.solo) return
    const { coordinator } = first.term
    // Who has just come follows nobody yet, and takes no coordinator its mesh.
    const agreed = nodes.every(({ state, bootedAt }) => {
      if (this.#world.now - bootedAt < CALM_MS && !state.election.following) return true
      return state.election.following && state.election.term.coordinator === coordinator
    })
    if (agreed) this.#settled = { coordinator, at: this.#world.now }
  }
}
