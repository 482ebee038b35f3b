/**
 * Time as an argument. Pure folders never read a clock: they are handed `now`.
 */

/**
 * Milliseconds on this machine's monotonic clock (fractions allowed). All threads of one process share it; two
 * machines do not: a value crosses the wire only together with the offset that converts it.
 */
export type MonotonicMs = number

/** Milliseconds since a run's start T on the mesh clock; window k covers [1000 k, 1000 (k + 1)). */
export type RunMs = number

/** Milliseconds since the Unix epoch. May jump: for display only, never for durations. */
export type WallMs = number

/** One reading of both clocks: taken once a turn and passed down. */
export interface Instant {
  readonly monotonic: MonotonicMs
  readonly wall: WallMs
}

/** The two clocks a process hands to its adapters. */
export interface Clock {
  readonly monotonic: () => MonotonicMs
  readonly wall: () => WallMs
}

/** Length of a window, in milliseconds. */
export const WINDOW_MS = 1000
