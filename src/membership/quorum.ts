/** Majorities. Nodes that are proven dead or have left are taken out of a group before it is counted. */

import type { BootId } from '../base/ids.ts'

/** How much of a group a set of nodes makes up. */
export type Hold = 'majority' | 'half' | 'minority'

/** The share of `group` that is in `present`. An empty group is held by anyone. */
export function holdOf(group: ReadonlySet<BootId>, present: (member: BootId) => boolean): Hold {
  let count = 0
  for (const member of group) if (present(member)) count++
  if (count * 2 > group.size || group.size === 0) return 'majority'
  return count * 2 === group.size ? 'half' : 'minority'
}

/** The weakest hold over several groups: a decision that concerns all of them needs a majority of each. */
export function holdOfEach(groups: readonly ReadonlySet<BootId>[], present: (member: BootId) => boolean): Hold {
  let weakest: Hold = 'majority'
  for (const group of groups) {
    const hold = holdOf(group, present)
    if (hold === 'minority') return 'minority'
    if (hold === 'half') weakest = 'half'
  }
  return weakest
}
