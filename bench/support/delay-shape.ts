/** What an exact target does with each request: delays that are known beforehand, and a stall. */

export interface DelayShape {
  /** Delay of each answer, in milliseconds. */
  readonly delayMs: number
  /** Every so manieth request (the 10th, 20th, … for 10) takes `slowMs` in place of `delayMs`; 0 for none. */
  readonly slowEvery: number
  readonly slowMs: number
  /** Begins so long after the first request; nothing is answered until it is over. */
  readonly stallAfterMs: number
  /** 0 for none */
  readonly stallMs: number
}

export const AT_ONCE: DelayShape = { delayMs: 0, slowEvery: 0, slowMs: 0, stallAfterMs: 0, stallMs: 0 }

/** Delay of the request with this number, counted from 0, before any stall. */
export function delayOf(shape: DelayShape, index: number): number {
  return shape.slowEvery > 0 && (index + 1) % shape.slowEvery === 0 ? shape.slowMs : shape.delayMs
}

/**
 * When a request is answered that arrived at `at`. What falls due while the target stalls is answered at the end of the
 * stall.
 *
 * @param firstAt when the first request arrived
 */
export function answerAt(shape: DelayShape, index: number, at: number, firstAt: number): number {
  const due = at + delayOf(shape, index)
  if (shape.stallMs === 0) return due
  const stallFrom = firstAt + shape.stallAfterMs
  const stallTo = stallFrom + shape.stallMs
  return due >= stallFrom && due < stallTo ? stallTo : due
}

/**
 * How long each of those waits who come evenly at a rate, and nobody is kept waiting by anything but the target: what a
 * load test at that rate has to report. Milliseconds, ascending.
 *
 * @param rate per second
 */
export function expectedWaits(shape: DelayShape, rate: number, seconds: number): Float64Array {
  return Float64Array.from({ length: rate * seconds }, (_, index) => {
    const at = (index * 1000) / rate
    return answerAt(shape, index, at, 0) - at
  }).sort()
}
