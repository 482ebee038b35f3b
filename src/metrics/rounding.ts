/**
 * Numbers of a report: rounded once, the same way everywhere, so that equal measurements give equal documents.
 */

/** To three decimals. */
export function round3(value: number): number {
  return Math.round(value * 1000) / 1000
}

/** Microseconds to milliseconds, in whole microseconds. */
export function microsToMs(micros: number): number {
  return Math.round(micros) / 1000
}

/**
 * Adds two whole numbers and stays at 2^53 - 1 rather than lose the last digits, which would make a sum depend on
 * the order of its parts.
 */
export function safeSum(a: number, b: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, a + b)
}
