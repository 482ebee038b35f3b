/** Losses and ends: what a lost node does to a run, when a run stops, and how its verdict is reached. */

import { lastOf, NO_RANGES } from '../base/ranges.ts'
import type { RunEvent } from '../metrics/report-document.ts'
import { needsTeardown, nextOfChore } from './chores.ts'
import {
  elapsedOf,
  event,
  givenUpAt,
  isActive,
  isAlone,
  isFit,
  isGivenUp,
  isGone,
  isHeldElsewhere,
  isKnown,
  listed,
  sentence,
  staying,
  withEvents,
} from './plan-facts.ts'
import type { Draft, PlanInput, Standing, StopWish } from './plan-input.ts'
import { type Final, firstSequenceOf, type ShareTable, type TableMember, type Verdict } from './share-table.ts'

/**
 * Marks members that have gone without handing over, and takes the mark off those that came back. The dead and the
 * left stop being voters; the silent stay, so that a majority remains a majority of the same nodes.
 */
export function noteLosses(table: ShareTable, input: PlanInput): Draft | null {
  const elapsed = elapsedOf(table, input)
  const lost = table.members.filter((member) => isActive(member) && isGivenUp(member.bootId, table, input))
  const back = table.members.filter((member, index) => isBack(member, index, table, input))
  const voters = table.voters.filter((voter) => !['dead', 'left'].includes(input.standing(voter)))
  if (lost.length === 0 && back.length === 0 && voters.length === table.voters.length) return null
  const lostAt = lossTime(table, input)
  return {
    ...table,
    degraded: table.degraded || lost.some((member) => member.firstFrom !== null),
    voters,
    members: table.members.map((member) => {
      if (lost.includes(member)) return { ...member, lostAt, givenUpAt: lostAt }
      return back.includes(member) ? { ...member, lostAt: null } : member
    }),
    events: withEvents(table.events, [
      ...lost.map((member) => event(elapsed, 'node-lost', lossMessage(member, input), member)),
      ...back.map((member) => event(elapsed, 'node-resumed', `${member.node} is heard again`, member)),
    ]),
  }
}

/**
 * A lost node is heard again. When it has been given up, it is back once it follows what became of its share: else it
 * could be lost again before it does, and would take the time of that for when it was given up.
 */
function isBack(member: TableMember, index: number, table: ShareTable, input: PlanInput): boolean {
  if (member.lostAt === null || member.final !== null || input.standing(member.bootId) !== 'present') return false
  if (input.account(member.bootId)?.current === true) return true
  return input.facts.onNodeLoss === 'redistribute' && table.holders.includes(index)
}

/** When a lost node's share is given up: when it is fired by others, or when there was nothing more to fire. */
function lossTime(table: ShareTable, input: PlanInput): number {
  const end = table.stopAt ?? input.facts.durationMs
  return Math.max(0, Math.min(givenUpAt(table, input), end))
}

function lossMessage(member: TableMember, input: PlanInput): string {
  const how: Partial<Record<Standing, string>> = { dead: 'its process is gone', left: 'it left without draining' }
  return `${member.node} is lost: ${how[input.standing(member.bootId)] ?? 'it is not heard any more'}`
}

/** Running to stopping: at the profile's end, on somebody's wish, or because of a loss. */
export function toStopping(table: Draft, input: PlanInput): Draft | null {
  const elapsed = elapsedOf(table, input)
  const cut = Math.min(input.facts.durationMs, Math.max(0, Math.ceil(elapsed + input.timing.stopLeadMs)))
  const stop = (stopAt: number, reason: string | null, message: string, why: readonly RunEvent[] = []): Draft => ({
    ...table,
    phase: 'stopping',
    stopAt,
    // What is not confirmed nobody goes by.
    revisions: table.revisions.filter(({ confirmed }) => confirmed),
    reason: reason === null ? null : sentence(reason),
    events: withEvents(table.events, [...why, event(elapsed, 'run-stopping', message)]),
  })
  if (elapsed >= input.facts.durationMs) return stop(input.facts.durationMs, null, 'the profile has ended')
  if (input.wish !== null) {
    const prefix = { user: '', threshold: 'THRESHOLD: ', failure: 'FAILED: ' }[input.wish.stop]
    const crossed = crossing(elapsed, input.wish)
    const message = crossed.length > 0 ? 'the load ends for this threshold' : input.wish.reason
    return stop(cut, `${prefix}${input.wish.reason}`, message, crossed)
  }
  const lost = table.members.filter((member) => member.lostAt !== null && member.firstFrom !== null)
  if (lost.length > 0 && input.facts.onNodeLoss === 'abort') {
    return stop(
      cut,
      `NODE_LOST: ${listed(lost.map((member) => member.node))}`,
      'a node was lost, and the suite says abort',
    )
  }
  const active = table.members.filter(isActive)
  if (active.every((member) => isGone(member.bootId, input))) {
    return staying(input).length > 0
      ? null
      : stop(cut, 'NODE_LOST: every node that fired is gone', 'every node that fired is gone')
  }
  const going = active.every((member) => !isFit(member, input) && isLeaving(member, input))
  if (going && staying(input).length === 0) return stop(cut, 'the last node is leaving', 'the last node is leaving')
  return null
}

/** What a report names the threshold by that stopped the run. */
function crossing(elapsed: number, { reason, threshold }: StopWish): RunEvent[] {
  return threshold === undefined ? [] : [{ ...event(elapsed, 'threshold-crossed', reason), threshold }]
}

/**
 * Nobody who is left knows when it began, so nobody fires it, and nobody can tell what is due: it stops. That takes the
 * death of all who had just learned of the start.
 */
export function withoutStart(table: ShareTable): Draft {
  const reason = 'NODE_LOST: every node that knew its start is gone'
  if (table.phase !== 'running') return { ...table, startAt: null }
  return { ...table, phase: 'stopping', startAt: null, stopAt: table.stopAt ?? 0, reason }
}

function isLeaving(member: TableMember, input: PlanInput): boolean {
  return input.candidates.get(member.bootId)?.leaving === true
}

/** Stopping to the verdict, once every node that is still counted on has drained and told its last window; then its end. */
export function conclude(table: Draft, input: PlanInput): Draft | null {
  if (table.verdict !== null) return isKnown(table, input) ? finish(table, input) : null
  const elapsed = elapsedOf(table, input)
  const deadline = (table.stopAt ?? 0) + input.facts.gracefulStopMs + input.timing.drainMarginMs
  const late = elapsed > deadline
  const waiting = table.members.filter((member) => {
    if (!isActive(member) || isGone(member.bootId, input)) return false
    const account = input.account(member.bootId)
    return account?.stage !== 'drained' || account.final === null || !account.current
  })
  if (!late) {
    if (waiting.length > 0) return null
    const finals = table.members.map((member) => member.final ?? input.account(member.bootId)?.final ?? null)
    const unsafe = table.members.some((member, i) => {
      const final = finals[i] ?? null
      if (member.left || member.lostAt !== null || final === null || isGone(member.bootId, input)) return false
      return !isHeldElsewhere(member.bootId, final, table, input) && !isAlone(member.bootId, table, input)
    })
    if (unsafe) return tellFinals(table, finals, input)
  }
  const members = table.members.map((member) => settleMember(member, waiting.includes(member), table, input))
  const verdict = verdictOf(table, members)
  return {
    ...table,
    verdict,
    members,
    degraded: table.degraded || members.some((member) => member.lostAt !== null && member.firstFrom !== null),
    events: withEvents(table.events, [
      event(elapsed, 'run-ended', `${verdict}: ${table.reason ?? 'all nodes have drained'}`),
    ]),
  }
}

/** Windows are still missing where they should be kept: the table tells everybody which there are to ask for. */
function tellFinals(table: Draft, finals: readonly (Final | null)[], input: PlanInput): Draft | null {
  const members = table.members.map((member, i) => {
    const known = member.final !== null || member.lostAt !== null || isGone(member.bootId, input)
    return known ? member : { ...member, final: finals[i] ?? null }
  })
  return members.every((member, i) => member.final === table.members[i]!.final) ? null : { ...table, members }
}

/** A member's final: its own word, or for a lost one the last window that anybody holds of it. */
function settleMember(member: TableMember, overdue: boolean, table: Draft, input: PlanInput): TableMember {
  if (member.final !== null) {
    // It had drained, and died before anybody had all it measured.
    const kept =
      member.left || !isGone(member.bootId, input) || isHeldElsewhere(member.bootId, member.final, table, input)
    return kept || member.lostAt !== null ? member : { ...member, lostAt: table.stopAt ?? 0 }
  }
  const own = input.account(member.bootId)?.final
  if (member.lostAt === null && !overdue && own) return { ...member, final: own }
  const firstSequence = firstSequenceOf(member)
  let last = firstSequence - 1
  for (const witness of [...table.members.map((other) => other.bootId), ...table.voters]) {
    last = Math.max(last, lastOf(input.account(witness)?.held.get(member.bootId) ?? NO_RANGES))
  }
  const lostAt = member.lostAt ?? table.stopAt ?? 0
  return { ...member, lostAt, final: { firstSequence, lastSequence: last, hash: '' } }
}

/** After the verdict is decided, and known: the teardown, if there is one, and then the end. */
export function finish(table: Draft, input: PlanInput): Draft | null {
  if (!needsTeardown(table, input)) return carryOut(table)
  const next = nextOfChore('teardown', table, input)
  return next === 'wait' ? null : (next ?? carryOut(table))
}

/**
 * Ends a run as was decided. Whoever coordinates by then knows the decision, and comes to the same table: reports are
 * made of it at once, so no second one may follow.
 */
export function carryOut(table: Draft): Draft {
  return { ...table, phase: table.verdict ?? table.phase, verdict: null }
}

function verdictOf(table: Draft, members: readonly TableMember[]): Verdict {
  if (table.reason === null) {
    return members.some((member) => member.lostAt === null) ? 'completed' : 'failed'
  }
  if (table.reason.startsWith('NODE_LOST') || table.reason.startsWith('FAILED')) return 'failed'
  return 'stopped'
}
