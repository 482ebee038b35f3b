/**
 * Sets of sequence numbers as sorted, disjoint, inclusive ranges: what a node holds of another's windows. A node that
 * missed nothing is one range, however long the run.
 */

/** Inclusive ranges, ascending, never touching: `[[0, 4], [6, 6]]`. */
export type Ranges = readonly (readonly [number, number])[]

export const NO_RANGES: Ranges = Object.freeze([])

export function hasSequence(ranges: Ranges, sequence: number): boolean {
  for (let i = ranges.length - 1; i >= 0; i--) {
    const [from, to] = ranges[i]!
    if (sequence > to) return false
    if (sequence >= from) return true
  }
  return false
}

/** The set with one more member; the same object when it was there already. */
export function addSequence(ranges: Ranges, sequence: number): Ranges {
  const last = ranges.at(-1)
  if (last !== undefined && sequence === last[1] + 1) return [...ranges.slice(0, -1), [last[0], sequence]]
  if (hasSequence(ranges, sequence)) return ranges
  const merged: [number, number][] = []
  let next: [number, number] = [sequence, sequence]
  let placed = false
  for (const [from, to] of ranges) {
    if (to + 1 < next[0]) merged.push([from, to])
    else if (from - 1 > next[1]) {
      if (!placed) merged.push(next)
      placed = true
      merged.push([from, to])
    } else next = [Math.min(from, next[0]), Math.max(to, next[1])]
  }
  if (!placed) merged.push(next)
  return merged
}

/** Members of [from, to] that the set lacks. */
export function missingIn(ranges: Ranges, from: number, to: number): Ranges {
  const missing: [number, number][] = []
  let cursor = from
  for (const [start, end] of ranges) {
    if (end < cursor) continue
    if (start > to) break
    if (start > cursor) missing.push([cursor, Math.min(start - 1, to)])
    cursor = Math.max(cursor, end + 1)
  }
  if (cursor <= to) missing.push([cursor, to])
  return missing
}

/** Members of either set. */
export function unionOf(a: Ranges, b: Ranges): Ranges {
  const merged: [number, number][] = []
  for (const [from, to] of [...a, ...b].sort((x, y) => x[0] - y[0])) {
    const last = merged.at(-1)
    if (last === undefined || from > last[1] + 1) merged.push([from, to])
    else last[1] = Math.max(last[1], to)
  }
  return merged
}

/** Members of the one set that the other lacks. */
export function without(ranges: Ranges, others: Ranges): Ranges {
  return ranges.flatMap(([from, to]) => missingIn(others, from, to))
}

/** Members of both sets. */
export function commonOf(a: Ranges, b: Ranges): Ranges {
  return without(a, without(a, b))
}

/** How many members the set has. */
export function sizeOf(ranges: Ranges): number {
  let size = 0
  for (const [from, to] of ranges) size += to - from + 1
  return size
}

/** The set's first `limit` members, as ranges. */
export function firstOf(ranges: Ranges, limit: number): Ranges {
  const taken: [number, number][] = []
  let left = limit
  for (const [from, to] of ranges) {
    if (left <= 0) break
    const end = Math.min(to, from + left - 1)
    taken.push([from, end])
    left -= end - from + 1
  }
  return taken
}

/** The largest member, or -1. */
export function lastOf(ranges: Ranges): number {
  return ranges.at(-1)?.[1] ?? -1
}

export function rangesOf(sequences: Iterable<number>): Ranges {
  let ranges = NO_RANGES
  for (const sequence of sequences) ranges = addSequence(ranges, sequence)
  return ranges
}
