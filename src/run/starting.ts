/** From accepted to running: who takes part, the first shares, readiness of all, and the start. */

import { grant, targets, VACANT } from './allotment.ts'
import { isUnderWay, nextOfChore } from './chores.ts'
import { finish } from './ending.ts'
import {
  event,
  isGone,
  isKnown,
  isKnownToElectors,
  listed,
  sentence,
  staying,
  weightOf,
  withEvents,
} from './plan-facts.ts'
import type { Candidate, Draft, PlanInput } from './plan-input.ts'
import { type ShareTable, unplanned, type Verdict } from './share-table.ts'

/** The first table: everybody who may take part, with shares from the start on. Null while nobody may. */
export function firstTable(runId: string, input: PlanInput): Draft | null {
  const candidates = staying(input)
  const empty = unplanned(runId)
  if (input.wish !== null) return endBeforeStart(empty, 'stopped', input.wish.reason)
  if (candidates.length === 0) return null
  const tooFew = withoutRows(candidates, input)
  if (tooFew !== null) return endBeforeStart(empty, 'failed', tooFew)
  return distribute(empty, candidates, input, [event(0, 'run-distributing', `shares planned for ${names(candidates)}`)])
}

/** While the nodes get ready: waits for all, replans without those that go, starts, or gives up. */
export function planDistributing(table: ShareTable, input: PlanInput): Draft | null {
  if (table.verdict !== null) return isKnown(table, input) && isKnownToElectors(input) ? finish(table, input) : null
  if (input.wish !== null && !isUnderWay(table.setup)) {
    const status = input.wish.stop === 'user' ? 'stopped' : 'failed'
    return endBeforeStart(table, status, input.wish.reason)
  }
  if (table.setup !== null) {
    const next = setUp(table, input)
    if (next !== null) return next
  }
  const out = table.members.filter((member) => isGone(member.bootId, input))
  if (out.length > 0) return replanWithout(table, input)
  const broken = table.members.find((member) => input.account(member.bootId)?.stage === 'failed')
  if (broken !== undefined) {
    const error = input.account(broken.bootId)?.error ?? 'unknown error'
    return endBeforeStart(table, 'failed', `TASK_SETUP_FAILED: node ${broken.node}: ${error}`)
  }
  const waiting = table.members.filter((member) => {
    const account = input.account(member.bootId)
    return account?.stage !== 'ready' || !account.current
  })
  if (waiting.length === 0 && isKnownToElectors(input)) {
    if (input.facts.setupMs === null) return start(table, input)
    const next = nextOfChore('setup', table, input)
    if (next !== 'wait') return next ?? start(table, input)
  }
  if (input.now - input.since > input.timing.prepareMs + (input.facts.setupMs ?? 0)) {
    return endBeforeStart(table, 'failed', `TIMEOUT: not ready in time: ${names(waiting)}`)
  }
  return null
}

/** What has become of the setup: its outcome, or its failure, which ends the run. */
function setUp(table: ShareTable, input: PlanInput): Draft | null {
  const { setup } = table
  if (setup?.state === 'failed')
    return endBeforeStart(table, 'failed', `SETUP_FAILED: node ${setup.node}: ${setup.error}`)
  if (setup?.state === 'unknown') return endBeforeStart(table, 'failed', `SETUP_FAILED: ${setup.error}`)
  const next = nextOfChore('setup', table, input)
  return next === 'wait' ? null : next
}

function replanWithout(table: ShareTable, input: PlanInput): Draft | null {
  const gone = table.members.filter((member) => isGone(member.bootId, input))
  const events = gone.map((member) =>
    event(
      0,
      input.standing(member.bootId) === 'left' ? 'node-left' : 'node-lost',
      `${member.node} is gone before the start`,
      member,
    ),
  )
  const candidates = staying(input)
  if (candidates.length === 0) return null
  const tooFew = withoutRows(candidates, input)
  if (tooFew !== null) return endBeforeStart(table, 'failed', tooFew)
  return distribute(table, candidates, input, events)
}

/** Why the nodes cannot split the rows of data among them; null when they can. */
function withoutRows(candidates: readonly Candidate[], { facts }: PlanInput): string | null {
  if (facts.userRows === undefined || facts.userRows >= candidates.length) return null
  const rows = facts.userRows === 1 ? '1 row of data' : `${facts.userRows} rows of data`
  return `FAILED: there are ${rows} for ${candidates.length} nodes to split; give each node one, or use share: copy`
}

function distribute(
  base: Draft,
  candidates: readonly Candidate[],
  input: PlanInput,
  events: Parameters<typeof withEvents>[1],
): Draft {
  const members = candidates.map((candidate) => ({
    bootId: candidate.bootId,
    node: candidate.node,
    weight: weightOf(candidate, input),
    firstFrom: 0,
    lostAt: null,
    givenUpAt: null,
    final: null,
    left: false,
  }))
  const free = new Array<number>(input.slotCount).fill(VACANT)
  const holders = grant(free, () => true, targets(input.slotCount, members))
  return {
    ...base,
    members,
    voters: members.map((member) => member.bootId),
    holders,
    since: holders.map(() => 0),
    events: withEvents(base.events, events),
  }
}

function start(table: ShareTable, input: PlanInput): Draft {
  const startedAt = input.wall + input.timing.startLeadMs
  return {
    ...table,
    phase: 'running',
    startAt: input.now + input.timing.startLeadMs,
    startedAt,
    events: withEvents(table.events, [event(0, 'run-started', `${names(table.members)} start together`)]),
  }
}

function endBeforeStart(table: Draft, verdict: Verdict, reason: string): Draft {
  return {
    ...table,
    verdict,
    reason: sentence(reason),
    stopAt: 0,
    members: table.members.map((member) => ({ ...member, firstFrom: null })),
    events: withEvents(table.events, [event(0, 'run-ended', reason)]),
  }
}

function names(nodes: readonly { readonly node: string }[]): string {
  return listed(nodes.map((node) => node.node))
}
