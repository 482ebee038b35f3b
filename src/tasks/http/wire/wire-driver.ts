import type { HttpDriver } from '../driver.ts'
import { rehearse } from './rehearsal.ts'
import { WireLane } from './wire-lane.ts'

/** Once per thread, whatever the number of scenarios. */
let rehearsed: Promise<void> | undefined

export const wireDriver: HttpDriver = {
  // What cannot be sent has been refused when the request was prepared.
  prepare() {
    rehearsed ??= rehearse()
    return rehearsed
  },
  open: (request, sink) => new WireLane(request, sink),
}
