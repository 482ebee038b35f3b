/**
 * A rate that swings like a sine between two values: how many arrivals it has given after a time, and the inverse.
 *
 * With x = 2πt/P, mean m and amplitude A the rate is m - A cos x, and the arrivals are P/2π · (mx - A sin x). Written
 * as min·x + A(x - sin x) nothing is subtracted from something as large, so it stays exact where the rate is near 0.
 * The second half of a period mirrors the first, so x is in [0, π].
 *
 * The inverse is Kepler's equation, solved by Newton's method within a bracket from a table. Sine and cosine are
 * polynomials here, because `Math.sin` may differ between engines in the last digit and every node must find the same
 * times.
 */

import type { SineSegment } from '../suite/spec.ts'

/** Cells of the table that inverses begin with. */
const CELLS = 128
/** A step this small against x, squared by the next one, is below rounding. */
const SMALL_STEP = 1e-9
/** Bisection alone would be done after as many. */
const MOST_STEPS = 60

/** 1/3!, -1/5!, … -1/25!: the series of (x - sin x) / x³ in x², exact to rounding up to π/2. */
const SINE_TERMS = series(3)
/** 1/2!, -1/4!, … -1/24!: the series of (1 - cos x) / x² in x². */
const COSINE_TERMS = series(2)
/** x - sin x at the edges of the cells. */
const EXCESS_AT = Float64Array.from({ length: CELLS + 1 }, (_, cell) => excess((cell * Math.PI) / CELLS))

function series(first: number): readonly number[] {
  const terms: number[] = []
  let factorial = 1
  for (let n = 1; n <= first + 22; n++) {
    factorial *= n
    if (n >= first && (n - first) % 2 === 0) terms.push((terms.length % 2 === 0 ? 1 : -1) / factorial)
  }
  return terms
}

function polynomial(terms: readonly number[], z: number): number {
  let sum = 0
  for (let term = terms.length - 1; term >= 0; term--) sum = sum * z + terms[term]!
  return sum
}

/** x - sin x, for x in [0, π]. */
function excess(x: number): number {
  if (x <= Math.PI / 2) return x * x * x * polynomial(SINE_TERMS, x * x)
  const w = Math.PI - x
  return x - (w - w * w * w * polynomial(SINE_TERMS, w * w))
}

/** 1 - cos x, for x in [0, π]. */
function versine(x: number): number {
  if (x <= Math.PI / 2) return x * x * polynomial(COSINE_TERMS, x * x)
  const w = Math.PI - x
  return 2 - w * w * polynomial(COSINE_TERMS, w * w)
}

/** Arrivals of one period. */
function perPeriod({ minRate, maxRate, periodMs }: SineSegment): number {
  return ((minRate + maxRate) * periodMs) / 2000
}

/** Arrivals per second, a time after the beginning. */
export function sineRate(sine: SineSegment, ms: number): number {
  const { minRate, maxRate, periodMs } = sine
  const into = ms - Math.floor(ms / periodMs) * periodMs
  const x = (Math.min(into, periodMs - into) * 2 * Math.PI) / periodMs
  return minRate + ((maxRate - minRate) / 2) * versine(Math.max(0, x))
}

/** Arrivals expected in the first `ms` milliseconds. */
export function sineArrivals(sine: SineSegment, ms: number): number {
  const { minRate, maxRate, periodMs } = sine
  const whole = Math.floor(ms / periodMs)
  const into = Math.max(0, ms - whole * periodMs)
  const falling = into > periodMs / 2
  const x = (Math.max(0, falling ? periodMs - into : into) * 2 * Math.PI) / periodMs
  const arrivals = ((minRate * x + ((maxRate - minRate) / 2) * excess(x)) * periodMs) / (2000 * Math.PI)
  const each = perPeriod(sine)
  return whole * each + (falling ? each - arrivals : arrivals)
}

/** Milliseconds until a number of arrivals is expected. */
export function sineTime(sine: SineSegment, arrivals: number): number {
  const { minRate, maxRate, periodMs } = sine
  const each = perPeriod(sine)
  if (!(each > 0)) return 0
  const whole = Math.floor(arrivals / each)
  const into = Math.max(0, arrivals - whole * each)
  const falling = into > each / 2
  const area = (Math.max(0, falling ? each - into : into) * 2000 * Math.PI) / periodMs
  const ms = (solve(minRate, (maxRate - minRate) / 2, area) * periodMs) / (2 * Math.PI)
  return whole * periodMs + (falling ? periodMs - ms : ms)
}

/** The highest rate in [fromMs, toMs]. */
export function sinePeak(sine: SineSegment, fromMs: number, toMs: number): number {
  const { maxRate, periodMs } = sine
  const crest = (Math.ceil(fromMs / periodMs - 0.5) + 0.5) * periodMs
  return crest <= toMs ? maxRate : Math.max(sineRate(sine, fromMs), sineRate(sine, toMs))
}

/** The x in [0, π] at which min·x + A(x - sin x) is `area`. */
function solve(min: number, amplitude: number, area: number): number {
  const at = (cell: number) => (min * cell * Math.PI) / CELLS + amplitude * EXCESS_AT[cell]!
  let cell = 0
  for (let width = CELLS / 2; width >= 1; width /= 2) if (at(cell + width) <= area) cell += width
  let low = (cell * Math.PI) / CELLS
  let high = ((cell + 1) * Math.PI) / CELLS
  let x = low + ((area - at(cell)) / (at(cell + 1) - at(cell))) * (high - low)
  if (!(x < high)) return high
  for (let step = 0; step < MOST_STEPS; step++) {
    const over = min * x + amplitude * excess(x) - area
    if (over === 0) return x
    if (over > 0) high = x
    else low = x
    const next = x - over / (min + amplitude * versine(x))
    // Rounding may put the last step outside the bracket, which says nothing against it.
    if (Math.abs(next - x) <= SMALL_STEP * x) return next
    x = next > low && next < high ? next : (low + high) / 2
  }
  return x
}
