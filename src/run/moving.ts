/** While a run goes on: slots of lost, leaving and joining nodes, moved without ever having two holders. */

import type { RunMs } from '../base/clock.ts'
import { giverOf, grant, isVacant, surplus, targets, vacatedBy } from './allotment.ts'
import {
  elapsedOf,
  event,
  givenUpAt,
  hasRows,
  isActive,
  isAlone,
  isFit,
  isHeldElsewhere,
  isSettled,
  listed,
  staying,
  weightOf,
  withEvents,
} from './plan-facts.ts'
import type { Draft, PlanInput } from './plan-input.ts'
import { hasVacancy, type ShareTable, slotCounts, type TableMember } from './share-table.ts'

/**
 * A move takes as long as its release is ahead, then a round of confirmations. Nearer to the end than this, slots stay
 * with who fires them: what nobody holds when the load ends is fired, and counted, by nobody. In milliseconds.
 */
const WORTHWHILE_MS = 2000

/** The next move of slots, or null. One kind of move at a time; grants first, because load is missing meanwhile. */
export function moveShares(table: Draft, input: PlanInput): Draft | null {
  if (!isSettled(table, input)) return null
  // What is held from 0 on says whose rows are whose: it stays as it is until then.
  if (input.facts.userRows !== undefined && elapsedOf(table, input) < 0) return null
  const granted = grantFree(table, input)
  if (granted !== null) return granted
  const isWorthwhile = input.facts.durationMs - elapsedOf(table, input) >= WORTHWHILE_MS
  const released = isWorthwhile ? (releaseLeaving(table, input) ?? releaseSurplus(table, input)) : null
  return released ?? settleLeavers(table, input)
}

/** Slots nobody fires: vacant ones, and those of lost nodes unless the suite says to leave them. */
function isFree(table: Draft, input: PlanInput, slot: number): boolean {
  const holder = table.holders[slot]!
  if (isVacant(holder)) return true
  return input.facts.onNodeLoss === 'redistribute' && table.members[holder]!.lostAt !== null
}

function isAnyFree(table: Draft, input: PlanInput): boolean {
  return hasVacancy(table) || (input.facts.onNodeLoss === 'redistribute' && slotsOfLost(table) > 0)
}

function slotsOfLost(table: Draft): number {
  return slotCounts(table).reduce((sum, slots, i) => (table.members[i]!.lostAt === null ? sum : sum + slots), 0)
}

/** Slots kept unfired for a lost node (`onNodeLoss: continue`) are no part of what the others share. */
function goals(table: Draft, input: PlanInput): number[] {
  const kept = input.facts.onNodeLoss === 'redistribute' ? 0 : slotsOfLost(table)
  const bidders = table.members.map((member) => ({
    bootId: member.bootId,
    weight: isFit(member, input) && hasRows(member, input) ? member.weight : 0,
  }))
  const goal = targets(table.holders.length - kept, bidders)
  return goal
}

function grantFree(table: Draft, input: PlanInput): Draft | null {
  if (!isAnyFree(table, input)) return null
  const goal = goals(table, input)
  if (goal.every((slots) => slots === 0)) return null
  const holders = grant(table.holders, (slot) => isFree(table, input, slot), goal)
  const elapsed = elapsedOf(table, input)
  const lead = givenUpAt(table, input)
  // What a lost node held is its own until the others begin: so nothing between is counted by nobody.
  const giving = new Set(table.holders.filter((holder, slot) => !isVacant(holder) && holders[slot] !== holder))
  const members = table.members.map((member, i) => (giving.has(i) ? { ...member, givenUpAt: lead } : member))
  /** Until when it has what it released: one that was lost may never have heard of the release. */
  const releasedAt = (giver: number | undefined): RunMs => (giver === undefined ? 0 : (members[giver]?.givenUpAt ?? 0))
  const from = (slot: number): RunMs => {
    const holder = table.holders[slot]!
    // A share that was lost before it began is still fired by whoever had it before.
    if (!isVacant(holder)) return Math.max(table.since[slot]!, lead)
    // A slot that was released takes over exactly where its holder stopped, or where that one's confirmation says. What
    // others have confirmed is about slots of theirs: until then nobody would fire this one.
    const giver = giverOf(holder)
    return Math.max(table.since[slot]!, Math.ceil(confirmedAt(giver, table, input)), releasedAt(giver))
  }
  const since = table.since.map((value, slot) => (holders[slot] !== table.holders[slot] ? from(slot) : value))
  if (holders.every((holder, slot) => holder === table.holders[slot])) return null
  return movedTo({ ...table, members }, holders, since, elapsed)
}

/**
 * Run time from which a node's threads follow the table, whether it is still heard or not; nothing for one that was lost
 * before it could say so.
 */
function confirmedAt(index: number | undefined, table: Draft, input: PlanInput): RunMs {
  const member = index === undefined ? undefined : table.members[index]
  const account = member && input.account(member.bootId)
  if (member === undefined || account === undefined) return 0
  return account.current || input.standing(member.bootId) === 'present' ? account.appliedAt : 0
}

function movedTo(table: Draft, holders: readonly number[], since: readonly RunMs[], elapsed: RunMs): Draft {
  const members = table.members.map((member, index) => {
    if (member.firstFrom !== null) return member
    const own = since.filter((_, slot) => holders[slot] === index)
    return own.length === 0 ? member : { ...member, firstFrom: Math.min(...own) }
  })
  const counts = slotCounts({ members, holders })
  const split = members.map((member, i) => ({ member, part: counts[i]! })).filter(({ part }) => part > 0)
  const text = split.map(({ member, part }) => `${member.node} ${((100 * part) / holders.length).toFixed(1)}%`)
  return {
    ...table,
    members,
    holders,
    since,
    events: withEvents(table.events, [event(elapsed, 'shares-moved', listed(text))]),
  }
}

function release(table: Draft, slots: readonly number[], input: PlanInput): Draft {
  const at = Math.max(0, Math.ceil(elapsedOf(table, input) + input.timing.releaseLeadMs))
  const holders = [...table.holders]
  const since = [...table.since]
  for (const slot of slots) {
    holders[slot] = vacatedBy(holders[slot]!)
    since[slot] = at
  }
  return { ...table, holders, since }
}

/** A node on its way out gives up all it holds, once somebody else can take it. */
function releaseLeaving(table: Draft, input: PlanInput): Draft | null {
  if (!table.members.some((member) => isFit(member, input))) return null
  const leaving = table.members.map(
    (member) => isActive(member) && input.candidates.get(member.bootId)?.leaving === true,
  )
  if (!slotCounts(table).some((slots, i) => slots > 0 && leaving[i])) return null
  const slots = table.holders.flatMap((holder, slot) => (!isVacant(holder) && leaving[holder] ? [slot] : []))
  return release(table, slots, input)
}

/** A node that has joined gets its part from those that hold more than theirs. */
function releaseSurplus(table: Draft, input: PlanInput): Draft | null {
  const goal = goals(table, input)
  const counts = slotCounts(table)
  const short = goal.some((slots, i) => slots - counts[i]! >= 2 || (counts[i] === 0 && slots > 0))
  if (!short) return null
  const slots = surplus(table.holders, goal).filter((slot) => isFit(table.members[table.holders[slot]!]!, input))
  return slots.length === 0 ? null : release(table, slots, input)
}

/**
 * A leaving node that has drained: first its last word goes into the table, so that everybody knows which windows to
 * have; once somebody else has them all, it may go.
 */
function settleLeavers(table: Draft, input: PlanInput): Draft | null {
  const drained = table.members.filter((member) => {
    const account = input.account(member.bootId)
    return isActive(member) && input.candidates.get(member.bootId)?.leaving === true && account?.stage === 'drained'
  })
  if (drained.length > 0) {
    return {
      ...table,
      members: table.members.map((member) =>
        drained.includes(member) ? { ...member, final: input.account(member.bootId)!.final } : member,
      ),
    }
  }
  const done = table.members.filter((member) => mayGo(member, table, input))
  if (done.length === 0) return null
  return {
    ...table,
    members: table.members.map((member) => (done.includes(member) ? { ...member, left: true } : member)),
    voters: table.voters.filter((voter) => !done.some((member) => member.bootId === voter)),
    events: withEvents(
      table.events,
      done.map((member) => event(elapsedOf(table, input), 'node-left', `${member.node} handed over and left`, member)),
    ),
  }
}

function mayGo(member: TableMember, table: Draft, input: PlanInput): boolean {
  const { final } = member
  if (final === null || member.left || member.lostAt !== null) return false
  return isHeldElsewhere(member.bootId, final, table, input) || isAlone(member.bootId, table, input)
}

/** Nodes that came after the start become members without a share, and get ready; one more voter at a time. */
export function joinCandidates(table: ShareTable, input: PlanInput): Draft | null {
  const known = new Set(table.members.map((member) => member.bootId))
  const fresh = staying(input).filter((candidate) => !known.has(candidate.bootId))
  const elapsed = elapsedOf(table, input)
  if (fresh.length > 0) {
    const members = fresh.map((candidate) => ({
      bootId: candidate.bootId,
      node: candidate.node,
      weight: weightOf(candidate, input),
      firstFrom: null,
      lostAt: null,
      givenUpAt: null,
      final: null,
      left: false,
    }))
    const events = fresh.map((node) => event(elapsed, 'node-joined', `${node.node} joined the run`, node))
    return { ...table, members: [...table.members, ...members], events: withEvents(table.events, events) }
  }
  if (!isSettled(table, input)) return null
  const voters = new Set(table.voters)
  const newcomer = table.members.find((member) => !voters.has(member.bootId) && isFit(member, input))
  return newcomer === undefined ? null : { ...table, voters: [...table.voters, newcomer.bootId] }
}
