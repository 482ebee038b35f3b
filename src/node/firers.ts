/** The nodes that would take part in a run that began now. */

import type { CoreState } from '../coordination/state.ts'
import { isProvenGone } from '../membership/view.ts'
import type { Firer } from './preflight.ts'

/** By name. Those that are silent count: they have a share again as soon as they are heard. */
export function firersOf({ config, view }: CoreState): readonly Firer[] {
  const { bootId, info } = config
  const own = { bootId, name: info.name, capacity: info.capacity, load: info.load }
  const others = [...view.values()].filter(
    (member) => member.introduced && !member.leaving && !isProvenGone(view, member.bootId),
  )
  return [own, ...others].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}
