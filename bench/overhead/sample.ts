/** What one pair of processes gives: the hot path alone, and a node. */

/** A node that is alone, or one of three. */
export type Variant = 'alone' | 'mesh'

export interface OverheadKey {
  readonly variant: Variant
  readonly round: number
}

/** CPU time per request by name of the thread, in µs. */
export type Threads = Readonly<Record<string, number>>

export interface OverheadSample extends OverheadKey {
  /** The hot path, while both fire side by side on one CPU. */
  readonly bare: Threads
  /** The node, at the same time. */
  readonly beside: Threads
  /** The node, with the CPU for itself. */
  readonly solo: Threads
  /** Requests a second at the target meanwhile. */
  readonly arrived: number
}

export function keyOf({ variant, round }: OverheadKey): string {
  return `${variant} ${round}`
}

/** The threads that fire: of a node, and of the hot path. */
const FIRING = 'load-0'
const BARE = 'MainThread'

/** What firing takes on the node's load thread, as a part of what the hot path takes at the same time: 0 for as much. */
export function addedToFiring({ bare, beside }: OverheadSample): number {
  return beside[FIRING]! / bare[BARE]! - 1
}

/** What all other threads of a node take, as a part of what its load thread takes; without what the hot path's take. */
export function addedBeside({ bare, solo }: OverheadSample): number {
  return others(solo, FIRING) / solo[FIRING]! - others(bare, BARE) / bare[BARE]!
}

function others(threads: Threads, firing: string): number {
  return Object.entries(threads).reduce((sum, [name, micros]) => (name === firing ? sum : sum + micros), 0)
}
