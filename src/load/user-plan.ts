/**
 * How many users are there when. User u (from 0) is there while the planned number is at least u + ½: on the way up
 * they begin in the order of their numbers, evenly over a ramp, and on the way down the last to begin is the first to
 * end. Everybody finds the same times, so users may change hands at any moment.
 */

import type { ClosedLoad, UserSegment } from '../suite/spec.ts'
import type { Revision } from './revised-profile.ts'

export interface UserPlan {
  /**
   * The first time at or after `ms` (milliseconds of scenario time, 0 = start of the warm-up) at which a user is there;
   * infinity when never again.
   */
  presentFrom(user: number, ms: number): number
}

interface Piece {
  readonly startMs: number
  readonly endMs: number
  readonly segment: UserSegment
}

type UserSource = Pick<ClosedLoad, 'warmupMs' | 'segments' | 'repeat'>

/** The plan of a closed load. @param revisions of the number of users, in scenario time and its order */
export function planUsers(load: UserSource, revisions: readonly Revision[] = []): UserPlan {
  const { totalMs, plan } = planWithout(load)
  return revisions.reduce((before, revision) => reviseOnce(before, revision, totalMs), plan)
}

/** Most users that are there at a time. */
export function mostUsers(load: ClosedLoad, revisions: readonly Revision[]): number {
  return Math.max(load.users, ...revisions.map(({ value }) => value))
}

/** From the time of a revision on, as many users as it says are there to the end: the first ones. */
function reviseOnce(before: UserPlan, { at, value }: Revision, totalMs: number): UserPlan {
  return {
    presentFrom: (user, ms) => {
      if (ms < at) {
        const from = before.presentFrom(user, ms)
        if (from < at) return from
      }
      const from = Math.max(ms, at)
      return user + 0.5 <= value && from < totalMs ? from : Number.POSITIVE_INFINITY
    },
  }
}

function planWithout({ warmupMs, segments, repeat }: UserSource): { totalMs: number; plan: UserPlan } {
  const pieces = piecesOf(segments)
  const roundMs = pieces.at(-1)?.endMs ?? 0
  const totalMs = warmupMs + repeat * roundMs
  const warmup = warmupUsers(segments)
  const plan: UserPlan = {
    presentFrom: (user, ms) => {
      const level = user + 0.5
      if (ms < warmupMs && warmup >= level) return Math.max(0, ms)
      const from = Math.max(ms, warmupMs)
      if (from >= totalMs) return Number.POSITIVE_INFINITY
      const round = Math.min(repeat - 1, Math.floor((from - warmupMs) / roundMs))
      // What is not found in the next round is in none.
      for (let each = round; each < Math.min(round + 2, repeat); each++) {
        const base = warmupMs + each * roundMs
        for (const piece of pieces) {
          const found = presentWithin(piece, level, base, from)
          if (found !== null) return found
        }
      }
      return Number.POSITIVE_INFINITY
    },
  }
  return { totalMs, plan }
}

/** Users during the warm-up: those the first segment begins with, or those it goes to where it begins with none. */
export function warmupUsers(segments: readonly UserSegment[]): number {
  const first = segments.find(({ durationMs }) => durationMs > 0)
  return first === undefined ? 0 : first.fromUsers > 0 ? first.fromUsers : first.toUsers
}

function piecesOf(segments: readonly UserSegment[]): readonly Piece[] {
  let startMs = 0
  return segments.map((segment) => {
    const piece = { startMs, endMs: startMs + segment.durationMs, segment }
    startMs = piece.endMs
    return piece
  })
}

/** When the number is first at a level, in a piece of a round that begins at `base`, no earlier than `ms`. */
function presentWithin({ startMs, endMs, segment }: Piece, level: number, base: number, ms: number): number | null {
  const end = base + endMs
  if (ms >= end) return null
  const begin = base + startMs
  const from = Math.max(ms, begin)
  const { durationMs, fromUsers, toUsers } = segment
  if (fromUsers + ((toUsers - fromUsers) * (from - begin)) / durationMs >= level) return from
  if (toUsers < level) return null
  // From where it rises: asking again at this very time gives it again, whatever was rounded.
  const reached = begin + ((level - fromUsers) * durationMs) / (toUsers - fromUsers)
  return Math.min(Math.max(from, reached), end)
}
