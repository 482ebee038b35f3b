import type { HttpDriver } from '../driver.ts'
import { SharedConnections } from '../shared-connections.ts'
import { rehearse, tryOut } from './rehearsal.ts'
import { type Clients, UndiciLane } from './undici-lane.ts'

const shared = new SharedConnections<Clients>(() => [])

export const undiciDriver: HttpDriver = {
  prepare: tryOut,
  rehearse,
  open: (request, sink, { step, sharing }) =>
    new UndiciLane(request, sink, { step, clients: sharing && shared.of(sharing) }),
}
