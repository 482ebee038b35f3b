/** What a node knows of its coordinator's clock. */

import type { MonotonicMs } from '../base/clock.ts'
import type { BootId } from '../base/ids.ts'

/** Offset of the coordinator's clock: coordinator time − local time. */
export interface ClockState {
  /** Whose clock this is about. */
  readonly peer: BootId | null
  readonly offset: number | null
  /** Round trip that the offset comes from, and when that was; infinite until there is one. */
  readonly bestRtt: number
  readonly sampledAt: MonotonicMs
  /** Samples still to take in this measurement. */
  readonly left: number
  readonly measuredAt: MonotonicMs | null
  /** Measurements begun with this peer. */
  readonly begun: number
}

export const UNMEASURED: ClockState = Object.freeze({
  peer: null,
  offset: null,
  bestRtt: Number.POSITIVE_INFINITY,
  sampledAt: Number.NEGATIVE_INFINITY,
  left: 0,
  measuredAt: null,
  begun: 0,
})
