import type { ToThread } from './messages.ts'

/** A load thread, as far as a run is concerned. */
export interface ThreadPort {
  readonly index: number
  post(message: ToThread): void
}
