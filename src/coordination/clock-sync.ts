/**
 * The mesh clock: the offset to the coordinator's monotonic clock, from round trips (Cristian's algorithm, keeping the
 * sample with the shortest round trip of each measurement; its error is at most half of that round trip).
 */

import type { MonotonicMs } from '../base/clock.ts'
import type { BootId } from '../base/ids.ts'
import type { ClockState } from './clock-state.ts'
import { coordinatorOf, isBusy } from './state.ts'
import type { Turn } from './turn.ts'

/** Starts a measurement when the coordinator is new or the last one is old. Called on every tick and adoption. */
export function measureClock(turn: Turn): void {
  const { clock } = turn.state
  const peer = coordinatorOf(turn.state)
  if (peer === null) return
  if (peer === turn.self) {
    if (clock.peer !== peer)
      turn.update({
        clock: { peer, offset: 0, bestRtt: 0, sampledAt: turn.now, left: 0, measuredAt: turn.now, begun: 1 },
      })
    return
  }
  const fresh = clock.peer === peer
  if (fresh && clock.measuredAt !== null && turn.now - clock.measuredAt < retryAfter(turn)) return
  turn.update({
    clock: {
      peer,
      offset: fresh ? clock.offset : null,
      bestRtt: fresh ? clock.bestRtt : Number.POSITIVE_INFINITY,
      sampledAt: fresh ? clock.sampledAt : turn.now,
      left: turn.timing.clockSamples,
      measuredAt: turn.now,
      begun: fresh ? clock.begun + 1 : 1,
    },
  })
  turn.send(peer, { kind: 'clock', at: turn.now })
}

/**
 * A measurement that got stuck is begun again after this long, and an answer that took longer tells of a pause, not of the
 * clocks: half of it would be the error. In milliseconds.
 */
const STUCK_MS = 1000

function retryAfter(turn: Turn): number {
  if (turn.state.clock.left > 0) return STUCK_MS
  return isBusy(turn.state) ? turn.timing.clockMs : turn.timing.clockIdleMs
}

/** Two clocks drift apart by up to this part of the time that passes: 1000 ppm each. */
const DRIFT = 2e-3

/** How far the offset can be off: by half of its round trip, and what the clocks have drifted apart since, in milliseconds. */
function errorOf({ bestRtt, sampledAt }: ClockState, now: MonotonicMs): number {
  return bestRtt / 2 + DRIFT * (now - sampledAt)
}

/** An answer: keeps the better of what it says and what was known, and takes the next sample. */
export function onClockReply(turn: Turn, from: BootId, echo: MonotonicMs, at: MonotonicMs): void {
  const { clock } = turn.state
  const rtt = turn.now - echo
  if (from !== clock.peer || clock.left <= 0 || rtt < 0 || rtt > STUCK_MS) return
  const better = rtt / 2 < errorOf(clock, turn.now)
  turn.update({
    clock: {
      ...clock,
      ...(better && { offset: at - (echo + turn.now) / 2, bestRtt: rtt, sampledAt: turn.now }),
      left: clock.left - 1,
    },
  })
  if (clock.left > 1) turn.send(from, { kind: 'clock', at: turn.now })
}

/**
 * A coarse offset from a message that carries the coordinator's time, until a round trip is measured: late by its way
 * here, which may be long (a node that stood still finds old ones), but never early. So the largest is the nearest.
 */
export function noteCoordinatorTime(turn: Turn, from: BootId, at: MonotonicMs): void {
  const { clock } = turn.state
  if (clock.peer !== from || clock.bestRtt !== Number.POSITIVE_INFINITY) return
  const offset = at - turn.now
  if (clock.offset === null || offset > clock.offset) turn.update({ clock: { ...clock, offset } })
}

/** So many measurements without an answer in time tell of a line that is too slow for any. */
const VAIN = 3

/**
 * The offset comes from a round trip; or, where none has been short enough, from the messages of more than two seconds:
 * one alone may have waited here for long.
 */
export function isReliable({ state: { clock } }: Turn): boolean {
  return clock.bestRtt !== Number.POSITIVE_INFINITY || clock.begun > VAIN
}

/** The coordinator's time as local time; null while the offset is not known. */
export function toLocal(turn: Turn, coordinator: BootId, at: MonotonicMs): MonotonicMs | null {
  if (coordinator === turn.self) return at
  const { clock } = turn.state
  return clock.peer === coordinator && clock.offset !== null ? at - clock.offset : null
}
