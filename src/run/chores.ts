/**
 * What one node does once for the whole mesh: a suite's setup before the start, its teardown when the verdict is decided
 * and before it is carried out. Begun at most once, whatever dies: the table says who, and this node begins only by a
 * table that follows one which a majority of the voters and of the electors has. So whoever coordinates next knows who
 * may have begun, and gives it to nobody else; if that node is lost before it has told the outcome, nobody can know it.
 */

import type { RunEvent } from '../metrics/report-document.ts'
import { elapsedOf, event, isGone, isKnown, isKnownToElectors, sentence, withEvents } from './plan-facts.ts'
import type { Draft, PlanInput } from './plan-input.ts'
import type { Chore, ChoreName } from './share-table.ts'

const FINISHED: ReadonlySet<Chore['state']> = new Set(['done', 'failed', 'unknown'])

export function isFinished(chore: Chore | null): boolean {
  return chore !== null && FINISHED.has(chore.state)
}

/** It may be going on: nothing that comes after it may begin. */
export function isUnderWay(chore: Chore | null): boolean {
  return chore !== null && !isFinished(chore)
}

/** The next step of a chore, `wait` while there is nothing to do about it, null when it is over. */
export function nextOfChore(name: ChoreName, table: Draft, input: PlanInput): Draft | 'wait' | null {
  const chore = table[name]
  if (chore === null) return assigned(name, table, input)
  if (isFinished(chore)) return null
  const outcome = input.account(chore.bootId)?.chores[name]
  if (outcome != null) {
    const state = outcome.error === null ? 'done' : 'failed'
    return withChore(name, table, input, { ...chore, state, ...outcome })
  }
  if (isGone(chore.bootId, input)) {
    const error = `node ${chore.node} was lost while it ran the ${name}: whether it was done nobody knows, and it is not run again`
    return withChore(name, table, input, { ...chore, state: 'unknown', error })
  }
  // Before the start others may still plan the run who know nothing of its voters.
  const isSafe = isKnown(table, input) && (table.phase !== 'distributing' || isKnownToElectors(input))
  if (chore.state === 'begun' || !isSafe) return 'wait'
  return { ...table, [name]: { ...chore, state: 'begun' } }
}

/** The node that has run the setup, and may hold secrets of it; else anybody but the coordinator, whose death costs most. */
function assigned(name: ChoreName, table: Draft, input: PlanInput): Draft | 'wait' {
  const present = table.members.filter(({ bootId, left }) => !left && input.standing(bootId) === 'present')
  const member =
    present.find(({ bootId }) => bootId === table.setup?.bootId) ??
    present.find(({ bootId }) => bootId !== input.self) ??
    present[0]
  if (member === undefined) return withoutAnybody(name, table, input)
  const { bootId, node } = member
  return { ...table, [name]: { bootId, node, state: 'assigned', durationMs: 0, error: null, values: {} } }
}

/** Everybody who had a part in the run is gone: nobody has run it, and nobody will. */
function withoutAnybody(name: ChoreName, table: Draft, input: PlanInput): Draft | 'wait' {
  const [first] = table.members
  if (first === undefined || !table.members.every(({ bootId, left }) => left || isGone(bootId, input))) return 'wait'
  const { bootId, node } = first
  const error = `no node of the run is left that could run the ${name}`
  return withChore(name, table, input, { bootId, node, state: 'unknown', durationMs: 0, error, values: {} })
}

function withChore(name: ChoreName, table: Draft, input: PlanInput, chore: Chore): Draft {
  const failed = chore.state === 'unknown' ? chore.error : `${chore.node}: the ${name} failed: ${chore.error}`
  const what = chore.error === null ? `${chore.node} ran the ${name}` : String(failed)
  const kind: RunEvent['kind'] = chore.state === 'done' ? `${name}-done` : `${name}-failed`
  const events = withEvents(table.events, [event(elapsedOf(table, input), kind, what, chore)])
  return { ...table, [name]: { ...chore, error: chore.error === null ? null : sentence(chore.error) }, events }
}

/** Whether the teardown is to be run: also when the setup failed, for it may have done a part. Not when it never began. */
export function needsTeardown(table: Draft, { facts }: PlanInput): boolean {
  if (facts.teardownMs === null || isFinished(table.teardown)) return false
  return table.startAt !== null || table.setup !== null
}
