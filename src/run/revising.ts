/** While a run goes on: weights as its share strategy wants them now. Slots follow in later tables, as at a join. */

import { elapsedOf, event, isFit, withEvents } from './plan-facts.ts'
import type { Draft, PlanInput } from './plan-input.ts'
import type { TableMember } from './share-table.ts'
import { STRATEGIES } from './strategies/index.ts'
import { type Firing, REVISE_MS } from './strategies/strategy.ts'

/** Moving shares takes a few seconds; nearer to the end than this it is not worth it, in milliseconds. */
const WORTHWHILE_MS = 5000

/** Called when nothing else is to be done: all shares are where the present weights want them. */
export function reviseWeights(table: Draft, input: PlanInput): Draft | null {
  const elapsed = elapsedOf(table, input)
  if (input.facts.durationMs - elapsed < WORTHWHILE_MS || elapsed - lastMove(table) < REVISE_MS) return null
  const firing = table.members.flatMap((member) => firingOf(member, input))
  const revised = STRATEGIES[input.facts.shares].revise(firing)
  if (revised.size === 0) return null
  const members = table.members.map((member) => ({ ...member, weight: revised.get(member.bootId) ?? member.weight }))
  const lowered = table.members.filter((member) => revised.has(member.bootId))
  return {
    ...table,
    members,
    events: withEvents(
      table.events,
      lowered.map((member) =>
        event(elapsed, 'shares-revised', `${member.node} falls behind: it is given less`, member),
      ),
    ),
  }
}

function firingOf(member: TableMember, input: PlanInput): Firing[] {
  const candidate = input.candidates.get(member.bootId)
  if (candidate === undefined || !isFit(member, input)) return []
  return [{ ...candidate, weight: member.weight }]
}

/** Run time of the last change of shares; the start without one. */
function lastMove(table: Draft): number {
  const moved = table.events.filter(({ kind }) => kind === 'shares-moved' || kind === 'shares-revised')
  return Math.max(0, ...moved.map(({ at }) => at))
}
