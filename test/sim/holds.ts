/** Plays plans that were shrunk: kept cases of what random histories have found. */

import { type Played, playPlan } from './history.ts'
import { GOOD_QUALITY, type HostPlan, type Plan, type Quality } from './plan.ts'
import { STEADY_HOST } from './world.ts'

/** A plan with hosts named by what is special about them. */
export type Shrunk = Omit<Plan, 'hosts' | 'quality'> & {
  readonly hosts: readonly Partial<HostPlan>[]
  readonly quality?: Quality
}

/** A host that never has a node: it keeps the others' numbers, and so the network's randomness, as they were. */
export const NONE = { bootsAt: null } as const

/** Plays a plan in which nothing may break. */
export function holds(plan: Shrunk): Played {
  const hosts = plan.hosts.map((host) => ({ ...STEADY_HOST, ...host }))
  const played = playPlan({ quality: GOOD_QUALITY, ...plan, hosts })
  if (played.violation !== null) throw played.violation
  return played
}
