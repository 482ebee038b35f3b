/**
 * "Did you mean …": the nearest of the words that are allowed at a place.
 */

/** More edits than this and the words are not taken for the same. */
const MOST_EDITS = 2

/**
 * Edits (insertions, deletions, replacements, swaps of neighbours) that turn one word into the other: the optimal
 * string alignment distance, the restricted form of Damerau–Levenshtein.
 */
export function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      let least = Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1)
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, beforePrevious[column - 2]! + 1)
      }
      current.push(least)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.length]!
}

/** Whether one of the keys looks like the wanted one misspelled: then its absence need not be told as well. */
export function isMisspelled(wanted: string, keys: readonly string[]): boolean {
  return keys.some((key) => key !== wanted && closest(key, [wanted]) !== undefined)
}

/**
 * The candidate nearest to the word, letter case aside; undefined when none is within two edits or when the edits
 * would replace most of the word.
 */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = MOST_EDITS + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > MOST_EDITS) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance && distance * 2 <= Math.max(word.length, candidate.length)) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}
