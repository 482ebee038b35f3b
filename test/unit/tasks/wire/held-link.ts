/** Connections of the wire driver in a test's hands. */

import type { Link, LinkEvents } from '../../../../src/tasks/http/wire/link.ts'

export const EMPTY = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')

export class HeldLink implements Link {
  flushed = true
  destroyed = false
  readonly written: Uint8Array[] = []
  events: LinkEvents

  constructor(events: LinkEvents) {
    this.events = events
  }

  write(message: Uint8Array): void {
    this.written.push(message)
  }

  handTo(events: LinkEvents): void {
    this.events = events
  }

  destroy(): void {
    this.destroyed = true
  }

  async closed(): Promise<void> {}

  ready(): void {
    this.events.ready(this)
  }

  answer(octets: Uint8Array = EMPTY): void {
    this.events.data(this, octets, octets.length)
  }

  fail(code: string): void {
    this.events.failed(this, Object.assign(new Error(code), { code }))
  }

  end(): void {
    this.events.ended(this)
  }
}
