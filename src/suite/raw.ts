/** Reading quantities from a raw document, for rules that run beside the check of its shape. */

import { parseDuration, parseRate } from './units.ts'

export type RawMap = Readonly<Record<string, unknown>>

export function isMap(value: unknown): value is RawMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Milliseconds; undefined where nothing can be read, which the shape tells. */
export function rawDuration(value: unknown): number | undefined {
  const parsed = parseDuration(value)
  return parsed.ok ? parsed.value : undefined
}

/** Arrivals per second; undefined where nothing can be read. */
export function rawRate(value: unknown): number | undefined {
  const parsed = parseRate(value)
  return parsed.ok ? parsed.value : undefined
}

/** Each entry of a list read; undefined where one cannot be. */
export function rawList<T>(list: unknown, read: (entry: RawMap) => T | undefined): readonly T[] | undefined {
  if (!Array.isArray(list)) return undefined
  const entries: T[] = []
  for (const entry of list as readonly unknown[]) {
    const one = isMap(entry) ? read(entry) : undefined
    if (one === undefined) return undefined
    entries.push(one)
  }
  return entries
}
