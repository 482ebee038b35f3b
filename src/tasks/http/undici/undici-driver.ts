import type { HttpDriver } from '../driver.ts'
import { rehearse, tryOut } from './rehearsal.ts'
import { UndiciLane } from './undici-lane.ts'

/** Once per thread, whatever the number of scenarios. */
let rehearsed: Promise<void> | undefined

export const undiciDriver: HttpDriver = {
  async prepare(request) {
    await tryOut(request)
    rehearsed ??= rehearse()
    await rehearsed
  },
  open: (request, sink, _warn, step) => new UndiciLane(request, sink, { step }),
}
