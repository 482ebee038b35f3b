import type { HttpDriver } from '../driver.ts'
import { Shared } from '../shared-connections.ts'
import { rehearse, tryOut } from './rehearsal.ts'
import { type Clients, UndiciLane } from './undici-lane.ts'

/** Once per thread, whatever the number of scenarios. */
let rehearsed: Promise<void> | undefined

const shared = new Shared<Clients>(() => [])

export const undiciDriver: HttpDriver = {
  async prepare(request) {
    await tryOut(request)
    rehearsed ??= rehearse()
    await rehearsed
  },
  open: (request, sink, { step, sharing }) =>
    new UndiciLane(request, sink, { step, clients: sharing && shared.of(sharing) }),
}
