/** What one run of one variant gives. */

/** The hot path alone; a node alone; a node in a mesh of three. */
export type Variant = 'bare' | 'alone' | 'mesh'

export interface OverheadKey {
  readonly variant: Variant
  readonly round: number
}

export interface OverheadSample extends OverheadKey {
  /** Requests a second at the target. */
  readonly arrived: number
  /** CPU time per request by name of the thread, in µs. */
  readonly threads: Readonly<Record<string, number>>
  /** Part of the span in which somebody else had the generator's CPU; null where it is not pinned to one. */
  readonly others: number | null
  /** Part of the span in which the target could have run and waited for its CPU. */
  readonly targetWaited: number
  /** What disturbed it, though it was measured several times; null for nothing. */
  readonly disturbance: string | null
}

export function keyOf({ variant, round }: OverheadKey): string {
  return `${variant} ${round}`
}

/** CPU time of all threads per request, in µs. */
export function microsOf({ threads }: OverheadSample): number {
  return Object.values(threads).reduce((sum, micros) => sum + micros, 0)
}
