import type { HttpDriver } from '../driver.ts'
import { SharedConnections } from '../shared-connections.ts'
import { linksTo } from './link.ts'
import { LinkGroup } from './link-group.ts'
import { WireLane } from './wire-lane.ts'

const groups = new SharedConnections(() => new LinkGroup())

export const wireDriver: HttpDriver = {
  // What cannot be sent has been refused when the request was prepared.
  async prepare() {},
  rehearse: async () => (await import('./rehearsal.ts')).rehearse(),
  open: (request, sink, { warn, step, sharing }) => {
    const group = sharing && groups.of(sharing)
    return new WireLane(request, sink, linksTo(request), { warn, step, group })
  },
}
