/** Partitions: nodes lose sight of each other for some seconds, in the middle of a run. Everybody reaches the target. */

import assert from 'node:assert/strict'
import { describeFault, type Field, type Outcome } from './support/fault-case.ts'

const RATE = 300
const SECONDS = 20
const CUT = 3500
const HEALED = 11_500

/** A silent minority's share is fired by others within this time. */
const SILENT_LOSS_MS = 5000

/**
 * A side that paused fires again within this time of healing. After a cut of eight seconds TCP sends again 12.6 s after
 * the cut, and a link that is in doubt is dialled anew every four seconds, from ten seconds on;
 * and what the log tells is exact to a second.
 */
const RESUMED_MS = 7500

/** The two sides, of which the second has the coordinator. */
interface Sides {
  readonly others: readonly string[]
  readonly withCoordinator: readonly string[]
}

function sides(field: Field, withCoordinator: number): Sides {
  const followers = field.followers.map(({ name }) => name)
  const moved = followers.slice(0, withCoordinator - 1)
  return {
    others: followers.filter((name) => !moved.includes(name)),
    withCoordinator: [field.coordinator.name, ...moved],
  }
}

async function partAndHeal(field: Field, { others, withCoordinator }: Sides): Promise<{ cut: number; healed: number }> {
  const cut = await field.at(CUT)
  await field.network.part(others, withCoordinator)
  const healed = await field.at(HEALED)
  await field.network.heal()
  return { cut, healed }
}

/** The whole seconds of the target's log within a span of run time. */
function wholeSeconds({ field }: Outcome, from: number, until: number): string[] {
  const first = Math.ceil((field.startedAt + from) / 1000)
  const last = Math.floor((field.startedAt + until) / 1000)
  return Array.from({ length: last - first }, (_, i) => String(first + i))
}

/** Requests of some nodes in some seconds, by the target's log. */
function fired({ log }: Outcome, names: readonly string[], seconds: readonly string[]): number {
  const counts = names.flatMap((name) => seconds.map((second) => log.byNode[name]?.perSecond[second] ?? 0))
  return counts.reduce((sum, count) => sum + count, 0)
}

for (const [title, size] of [
  ['partition 3:2, the coordinator with the two', 2],
  ['partition 3:2, the coordinator with the three', 3],
] as const) {
  let minority: readonly string[] = []

  describeFault(
    title,
    {
      nodes: ['a', 'b', 'c', 'd', 'e'],
      rate: RATE,
      seconds: SECONDS,
      async faults(field) {
        const both = sides(field, size)
        minority = size === 2 ? both.withCoordinator : both.others
        const { cut, healed } = await partAndHeal(field, both)
        field.promise({ what: 'three take over', from: cut, until: healed, withinMs: SILENT_LOSS_MS })
        field.promise({ what: 'healed', from: healed, until: SECONDS * 1000, withinMs: 0 })
        field.promise({
          what: 'two fire again',
          from: healed,
          until: SECONDS * 1000,
          withinMs: RESUMED_MS,
          again: minority,
        })
      },
    },
    (outcome) => {
      it('has the smaller side pause meanwhile', () => {
        assert.equal(fired(outcome(), minority, wholeSeconds(outcome(), CUT + 3500, HEALED)), 0)
      })
    },
  )
}

for (const [title, nodes] of [
  ['partition 2:2', ['a', 'b', 'c', 'd']],
  ['partition 1:1', ['a', 'b']],
] as const) {
  let both: Sides = { others: [], withCoordinator: [] }

  describeFault(
    title,
    {
      nodes,
      rate: RATE,
      seconds: SECONDS,
      async faults(field) {
        both = sides(field, nodes.length / 2)
        const { cut, healed } = await partAndHeal(field, both)
        field.promise({ what: 'both go on', from: cut, until: healed, withinMs: 0 })
        field.promise({ what: 'healed', from: healed, until: SECONDS * 1000, withinMs: 0 })
      },
    },
    (outcome) => {
      it('has neither half take over what the other has', () => {
        const seconds = wholeSeconds(outcome(), CUT, HEALED)
        const asked = (RATE / 2) * seconds.length
        for (const [side, names] of Object.entries(both)) {
          const count = fired(outcome(), names, seconds)
          const text = `${side} (${names}) fired ${count} in ${seconds.length} s, half of what is asked is ${asked}`
          assert.ok(count <= asked + names.length * seconds.length, text)
          assert.ok(count >= asked * 0.95, text)
        }
      })
    },
  )
}
