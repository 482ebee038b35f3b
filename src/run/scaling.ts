/**
 * While a run goes on: changes of a scenario's load, in two steps. First the change is announced, with its time: threads
 * go on as before, up to that time and no further. Once everybody who could fire under a lease knows of it, it is
 * confirmed, and from that time on the load is the new one. So after that time nobody fires by the load before, on
 * whatever side of a cut; and as nobody fires by the new one either until it is confirmed, a change that is not can be
 * put off, or dropped, by whoever coordinates.
 */

import type { RunMs } from '../base/clock.ts'
import { LIMITS } from '../base/limits.ts'
import type { ScenarioFacts } from './facts.ts'
import { elapsedOf, event, isGone, isKnown, isSettled, withEvents } from './plan-facts.ts'
import type { Draft, PlanInput } from './plan-input.ts'
import type { Change, TableRevision } from './share-table.ts'

/** A change that is not confirmed so long before its time is put off, so that nobody has to pause for it: in milliseconds. */
const CONFIRM_MS = 400

/** The next step of a change of the load, or null. */
export function reviseLoad(table: Draft, input: PlanInput): Draft | null {
  const pending = table.revisions.find(({ confirmed }) => !confirmed)
  if (pending !== undefined) return goOn(table, pending, input)
  if (table.startAt === null || table.revisions.length >= LIMITS.revisionsPerRun) return null
  // Slots on their way are granted first: each table in between makes everybody confirm anew, and nobody fires them.
  if (!isSettled(table, input)) return null
  for (const change of input.changes) {
    const revision = timed(change, input.timing.scaleLeadMs, table, input)
    if (revision !== null) return { ...table, revisions: inOrder([...table.revisions, revision]) }
  }
  return null
}

function goOn(table: Draft, pending: TableRevision, input: PlanInput): Draft | null {
  const others = table.revisions.filter((revision) => revision !== pending)
  const aheadMs = pending.at - elapsedOf(table, input)
  // Never afterwards: a node that heard of it late, or has gone meanwhile, may have fired beyond its time.
  if (aheadMs > 0 && isKnownToAll(table, input)) {
    const text = sentenceOf(pending, input.facts.scenarios[pending.scenario]!)
    const events = withEvents(table.events, [event(pending.at, 'scaled', text)])
    return { ...table, revisions: inOrder([...others, { ...pending, confirmed: true }]), events }
  }
  if (aheadMs >= CONFIRM_MS) return null
  // Twice as long each time: it comes to an end, however slow some threads are.
  const later = timed(pending, 2 * pending.leadMs, table, input)
  return { ...table, revisions: later === null ? others : inOrder([...others, later]) }
}

/** By their times. Those of one scenario come in that order; one that begins later may have been changed before. */
function inOrder(revisions: readonly TableRevision[]): readonly TableRevision[] {
  return revisions.toSorted((a, b) => a.at - b.at)
}

/** Null for a change that would come too late, or is of no scenario. */
function timed({ id, scenario, value }: Change, leadMs: number, table: Draft, input: PlanInput): TableRevision | null {
  const facts = input.facts.scenarios[scenario]
  if (facts === undefined) return null
  const own = table.revisions.filter((revision) => revision.scenario === scenario && revision.confirmed)
  const last = own.reduce((latest, { at }) => Math.max(latest, at), 0)
  const at = Math.max(Math.ceil(elapsedOf(table, input) + leadMs), last, facts.startMs)
  return at < facts.startMs + facts.durationMs ? { id, scenario, value, at, leadMs, confirmed: false } : null
}

/**
 * Every node that could fire under a lease follows this table, or never had anything to fire; and so does a majority of
 * the voters, so that whoever coordinates next knows of it too.
 */
function isKnownToAll(table: Draft, input: PlanInput): boolean {
  const bound = table.members.every(({ bootId, final, firstFrom }) => {
    return final !== null || firstFrom === null || isGone(bootId, input) || input.account(bootId)?.current === true
  })
  return bound && isKnown(table, input)
}

function sentenceOf({ at, value }: { readonly at: RunMs; readonly value: number }, facts: ScenarioFacts): string {
  const load = facts.unit === 'rate' ? `${value}/s` : `${value} ${value === 1 ? 'user' : 'users'}`
  return `${facts.name}: ${load} from ${at / 1000} s on`
}
