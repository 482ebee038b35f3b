/**
 * The membership view: every node this one has met, what it told of itself, and the evidence about whether it lives.
 * A closed connection is a reason to probe; two refusals are proof of death; silence is neither.
 */

import type { MonotonicMs } from '../base/clock.ts'
import type { BootId } from '../base/ids.ts'
import { withEntry } from '../base/layered-map.ts'
import type { Pacing } from '../base/pacing.ts'
import type { Ranked } from './rank.ts'
import type { Term } from './term.ts'

/** How busy a node is, as it measures itself. */
export interface NodeLoad {
  readonly inFlight: number
  /** CPU time of the process, in cores. */
  readonly cpu: number
  /** Part of its machine's CPU time that is free, 0 to 1, smoothed over some ten seconds. */
  readonly headroom: number
  /** 99th percentile of how late it sends, in milliseconds, once it has been late for seconds on end; else 0. */
  readonly latenessMs: number
  readonly pacing: Pacing
}

export const IDLE: NodeLoad = Object.freeze({
  inFlight: 0,
  cpu: 0,
  headroom: 1,
  latenessMs: 0,
  pacing: Object.freeze({ setting: 'auto', mode: 'precise' }),
})

export type MemberState = 'alive' | 'dead' | 'left'

export interface Member extends Ranked {
  readonly bootId: BootId
  readonly name: string
  readonly capacity: number
  readonly priority: number
  readonly version: string
  readonly http: string | null
  readonly load: NodeLoad
  readonly runs: number
  readonly state: MemberState
  readonly connected: boolean
  /** A heartbeat has arrived: until then nothing is known of it but its boot id. */
  readonly introduced: boolean
  readonly leaving: boolean
  /** Knows a run that has not ended. */
  readonly busy: boolean
  readonly heardAt: MonotonicMs
  /** When it was last found to be gone; null when it never was. */
  readonly goneAt: MonotonicMs | null
  /** When it was last probed; null when there is nothing to probe. */
  readonly probedAt: MonotonicMs | null
  /** The newest term it claims, and whether it claims to be that term's coordinator. */
  readonly term: Term | null
  /** The coordinator it follows, or is, by its own word; null without one. */
  readonly follows: BootId | null
  /** When this node last told it all runs it knows. */
  readonly toldAt: MonotonicMs
}

export type View = ReadonlyMap<BootId, Member>

const UNKNOWN = {
  name: '?',
  capacity: 1,
  priority: 0,
  version: '?',
  http: null,
  load: IDLE,
  runs: 0,
  introduced: false,
  leaving: false,
  busy: false,
  goneAt: null,
  probedAt: null,
  term: null,
  follows: null,
  toldAt: Number.NEGATIVE_INFINITY,
} as const

export function withMember(view: View, bootId: BootId, change: Partial<Member>, now: MonotonicMs): View {
  const before = view.get(bootId) ?? { ...UNKNOWN, bootId, state: 'alive' as const, connected: false, heardAt: now }
  return withEntry(view, bootId, { ...before, ...change })
}

/** Proven gone, by evidence or by its own word. */
export function isProvenGone(view: View, bootId: BootId): boolean {
  const state = view.get(bootId)?.state
  return state === 'dead' || state === 'left'
}

/** Whether a node was heard within a time; one that was never met was not. */
export function isHeard(member: Pick<Member, 'heardAt'> | undefined, now: MonotonicMs, withinMs: number): boolean {
  return member !== undefined && now - member.heardAt <= withinMs
}

/** Those of a group who are not proven gone: who is counted in a vote. */
export function living(view: View, group: readonly BootId[]): ReadonlySet<BootId> {
  return new Set(group.filter((bootId) => !isProvenGone(view, bootId)))
}

/** Connected, alive and introduced: somebody to talk to. */
export function reachable(view: View): Member[] {
  return [...view.values()].filter((member) => member.connected && member.state === 'alive' && member.introduced)
}

/**
 * Takes out nodes that are gone or have not been heard for long. Only while no run needs the evidence about them.
 *
 * @param always nodes of whom the evidence is needed all the same
 */
export function forgetOld(view: View, now: MonotonicMs, forgetMs: number, always: readonly BootId[]): View {
  const kept = [...view.values()].filter(
    (member) => member.connected || now - member.heardAt <= forgetMs || always.includes(member.bootId),
  )
  return kept.length === view.size ? view : new Map(kept.map((member) => [member.bootId, member]))
}
