/** The load of a simulated run: even arrivals, as `src/load` has them. */

/** Load of a run: `rate` arrivals a second for `durationMs`. */
export interface ModelLoad {
  readonly rate: number
  readonly durationMs: number
}

export function plannedAt(index: number, rate: number): number {
  return ((index + 0.5) * 1000) / rate
}

/** How many arrivals are planned before a run time. */
export function plannedBefore(at: number, { rate, durationMs }: ModelLoad): number {
  return Math.max(0, Math.ceil((Math.min(at, durationMs) * rate) / 1000 - 0.5))
}
