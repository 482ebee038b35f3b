/** Invariant 2, where it can be measured: histories in which at most one thing goes wrong. */

import type { Plan } from './plan.ts'
import { WITHSTANDS } from './withstands.ts'

/** After the process of a node is killed, its share is fired by others within this time. */
export const CLEAN_CRASH_MS = 2000
/** After the silent loss of a minority. */
export const SILENT_LOSS_MS = 5000
/** Threads fire what is due at their next turn: up to this much of the time before a crash was not fired yet. */
const TURN_MS = 150

/** By then a run goes on everywhere. */
const START_MS = 2000

/**
 * When load may be missing, in true time; null when more goes wrong than anything is promised for.
 */
export function promisedGap(plan: Plan): readonly (readonly [number, number])[] | null {
  const { quality, hosts, runs, faults } = plan
  const firstRun = Math.min(...runs.map((run) => run.at))
  const isGood = quality.loss === 0 && quality.maxDelayMs <= 20 && quality.reorder === 0
  if (!isGood || runs.some((run) => run.onNodeLoss !== 'redistribute')) return null
  const members = hosts.filter(({ bootsAt }) => bootsAt !== null && bootsAt < firstRun - 3000).length
  if (members !== hosts.length) return null
  if (faults.length === 0) return []
  const fault = faults[0]!
  if (fault.at < firstRun + START_MS && !WITHSTANDS.oneStart) return null
  if (faults.length > 1) return null
  switch (fault.kind) {
    case 'kill':
      if (fault.power) return members < 3 ? null : span(fault.at, SILENT_LOSS_MS)
      return members < 2 ? null : span(fault.at, CLEAN_CRASH_MS)
    case 'pause':
      return members < 3 ? null : span(fault.at, SILENT_LOSS_MS)
    case 'partition': {
      const smaller = Math.min(fault.left.length, members - fault.left.length)
      return smaller * 2 < members ? span(fault.at, SILENT_LOSS_MS) : null
    }
    case 'leave':
      return members < 2 ? null : []
    default:
      return null
  }
}

function span(at: number, ms: number): readonly (readonly [number, number])[] {
  return [[at - TURN_MS, at + ms]]
}
