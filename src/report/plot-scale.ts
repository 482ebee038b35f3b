/** Scales of a plot: round numbers on its axes, and how they are written. */

import { formatCount } from './format.ts'

/** Distances between marks of time, in milliseconds. */
const TIMES = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1000),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60_000),
  ...[1, 2, 3, 6, 12].map((hours) => hours * 3_600_000),
]

/** The shortest round time of at least so many milliseconds; half a day for longer ones. */
export function roundTime(leastMs: number): number {
  return TIMES.find((time) => time >= leastMs) ?? TIMES.at(-1)!
}

/** What the top of an axis stands for, and how values on it are written. */
export interface Scale {
  readonly top: number
  label(value: number): string
}

/** The top of an axis for a peak: a round number of which the half is round as well. */
function roundTop(peak: number): number {
  const power = 10 ** Math.floor(Math.log10(peak))
  // A millionth: 100 expected arrivals may come out a little above 100.
  const factor = [1, 2, 3, 4, 5, 6, 8, 10].find((each) => each * power >= peak * (1 - 1e-6)) ?? 10
  return factor * power
}

/** A scale of users. */
export function usersScale(peak: number): Scale {
  // Of one user there is no half.
  return { top: Math.max(2, roundTop(Math.max(1, peak))), label: significant }
}

/** A scale of rates: per second, or per minute or hour where there is less than one. */
export function rateScale(peak: number): Scale {
  if (!(peak > 0)) return { top: 1, label: (rate) => `${significant(rate)}/s` }
  const [unit, factor] = peak >= 1 ? ['s', 1] : peak * 60 >= 1 ? ['m', 60] : ['h', 3600]
  return { top: roundTop(peak * factor) / factor, label: (rate) => `${significant(rate * factor)}/${unit}` }
}

function significant(value: number): string {
  return value >= 999.5 ? formatCount(value) : String(Number(value.toPrecision(3)))
}
