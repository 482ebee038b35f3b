/**
 * Randomness as an argument: pure folders take a {@link Random} and never reach for `Math.random`.
 */

/** A number in [0, 1), like `Math.random`. */
export type Random = () => number

/**
 * A small seeded generator (splitmix32; public domain, Guy Steele et al., "Fast splittable pseudorandom number
 * generators", OOPSLA 2014, in its 32-bit variant). The same seed gives the same sequence on every machine.
 *
 * @param seed any 32-bit integer
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return ((z ^ (z >>> 15)) >>> 0) / 4294967296
  }
}

/** A 32-bit hash of a string (FNV-1a), for deriving seeds from ids. Not for security. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/**
 * A number whose every bit depends on every bit of the given one: MurmurHash3's finalizer (Appleby, public domain). What
 * {@link hash32} makes of texts that differ in their last character is near to each other, and sums of it may agree.
 */
export function mix32(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** The seed of one part of something seeded: of scenario `index` of a run, for one. The same on every machine. */
export function deriveSeed(seed: number, index: number): number {
  return hash32(`${seed | 0}/${index}`)
}
