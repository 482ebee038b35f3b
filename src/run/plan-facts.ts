/** Questions the parts of the planner ask of the table and the coordinator's knowledge. */

import type { RunMs } from '../base/clock.ts'
import { LIMITS } from '../base/limits.ts'
import { missingIn, NO_RANGES } from '../base/ranges.ts'
import { holdOf } from '../membership/quorum.ts'
import type { RunEvent } from '../metrics/report-document.ts'
import type { Candidate, Draft, PlanInput } from './plan-input.ts'
import type { Final, ShareTable, TableMember } from './share-table.ts'
import { STRATEGIES } from './strategies/index.ts'

/** Most events kept in a table: it is gossiped whole. */
const MAX_EVENTS = 300

/** Run time now; negative before the start, 0 when no start is set. */
export function elapsedOf(table: Draft | ShareTable, input: PlanInput): RunMs {
  return table.startAt === null ? 0 : input.now - table.startAt
}

/** Dead, gone by choice, or silent past its lease: it fires nothing. */
export function isGone(bootId: string, input: PlanInput): boolean {
  const standing = input.standing(bootId)
  return standing === 'dead' || standing === 'left' || standing === 'expired'
}

/**
 * The same, or what it holds may be given to others now: it fires nothing any more when they may begin, for that takes
 * that this table is committed, which waits for the end of its lease.
 */
export function isGivenUp(bootId: string, { phase }: Draft, input: PlanInput): boolean {
  if (isGone(bootId, input)) return true
  return phase === 'running' && input.facts.onNodeLoss === 'redistribute' && input.standing(bootId) === 'expiring'
}

/** When what lost nodes held is others': the lease of one may go on until then. */
export function givenUpAt(table: Draft, input: PlanInput): RunMs {
  const { grantLeadMs, commitLeadMs } = input.timing
  const isSoon = table.members.some(({ bootId, final }) => final === null && input.standing(bootId) === 'expiring')
  return Math.ceil(elapsedOf(table, input) + (isSoon ? Math.max(grantLeadMs, commitLeadMs) : grantLeadMs))
}

/** Still counted on: neither lost nor finished. */
export function isActive(member: TableMember): boolean {
  return member.lostAt === null && member.final === null
}

/** Takes part and can be given slots: heard, set up, following the table, and not on its way out. */
export function isFit(member: TableMember, input: PlanInput): boolean {
  if (!isActive(member) || input.standing(member.bootId) !== 'present') return false
  const account = input.account(member.bootId)
  return account?.stage === 'ready' && input.candidates.get(member.bootId)?.leaving === false
}

/**
 * Whether it may ever fire: where users split the rows of data, only those of the start have any. They are known by
 * having had a share at the start.
 */
export function hasRows(member: TableMember, { facts }: PlanInput): boolean {
  return facts.userRows === undefined || member.firstFrom === 0
}

/** Those who may take part and are not on their way out. */
export function staying(input: PlanInput): Candidate[] {
  return [...input.candidates.values()].filter((candidate) => !candidate.leaving)
}

/**
 * Every node that could still fire under a valid lease when others may begin follows this table, and so does a majority of the voters: only then
 * may a slot be given to somebody else.
 */
export function isSettled(table: Draft, input: PlanInput): boolean {
  const bound = table.members.every(
    (member) =>
      member.final !== null || isGivenUp(member.bootId, table, input) || input.account(member.bootId)?.current === true,
  )
  return bound && isKnown(table, input)
}

/** A majority of the voters follows this table: whoever coordinates next goes on from it. */
export function isKnown({ voters }: Draft, input: PlanInput): boolean {
  const living = new Set(voters.filter((voter) => !['dead', 'left'].includes(input.standing(voter))))
  return holdOf(living, (voter) => input.account(voter)?.current === true) === 'majority'
}

/** Whoever may plan the run elsewhere hears of this table from one of them. */
export function isKnownToElectors({ electors, account, standing }: PlanInput): boolean {
  const living = new Set(electors.filter((elector) => !['dead', 'left'].includes(standing(elector))))
  return holdOf(living, (elector) => account(elector)?.current === true) === 'majority'
}

/** Others who are still there hold every window of a node between them: its windows survive its going. */
export function isHeldElsewhere(bootId: string, final: Final, table: Draft, input: PlanInput): boolean {
  let missing = missingIn(NO_RANGES, final.firstSequence, final.lastSequence)
  for (const other of table.members) {
    if (missing.length === 0) return true
    if (other.bootId === bootId || other.left || isGone(other.bootId, input)) continue
    const held = input.account(other.bootId)?.held.get(bootId)
    if (held !== undefined) missing = missing.flatMap(([from, to]) => missingIn(held, from, to))
  }
  return missing.length === 0
}

/** Nobody else is there to hold anything. */
export function isAlone(bootId: string, table: Draft, input: PlanInput): boolean {
  return table.members.every((other) => other.bootId === bootId || other.left || isGone(other.bootId, input))
}

/** No longer than peers take it. */
export function sentence(text: string): string {
  return text.length <= LIMITS.sentenceLength ? text : `${text.slice(0, LIMITS.sentenceLength - 1)}…`
}

/** Most items told of in one sentence. */
const MAX_LISTED = 12

export function listed(items: readonly string[]): string {
  const more = items.length - MAX_LISTED
  return more <= 1 ? items.join(', ') : `${items.slice(0, MAX_LISTED).join(', ')} and ${more} more`
}

export function event(
  at: RunMs,
  kind: RunEvent['kind'],
  message: string,
  about?: { readonly bootId: string; readonly node: string },
): RunEvent {
  const named = about ? { node: about.node, bootId: about.bootId } : {}
  return { at: Math.round(at), kind, ...named, message: sentence(message) }
}

/** Adds events; past the limit the oldest but the first few go. */
export function withEvents(events: readonly RunEvent[], more: readonly RunEvent[]): readonly RunEvent[] {
  const all = [...events, ...more]
  return all.length <= MAX_EVENTS ? all : [...all.slice(0, 20), ...all.slice(all.length - MAX_EVENTS + 20)]
}

export function weightOf(candidate: Candidate, input: PlanInput): number {
  return STRATEGIES[input.facts.shares].weightOf(candidate)
}
