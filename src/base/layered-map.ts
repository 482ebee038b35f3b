/**
 * Maps that are replaced, never written to, where a copy for every change would be too much: a large map is shared by
 * its successors, with what has changed since in a small one on top.
 */

/** Smaller ones are copied. */
const SMALL = 64

/** The map with this entry set. Keys keep the order in which they came first, as in a `Map`. */
export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  if (map.size < SMALL) return new Map(map).set(key, value)
  return (map instanceof LayeredMap ? (map as LayeredMap<K, V>) : new LayeredMap(map, new Map<K, V>())).with(key, value)
}

class LayeredMap<K, V> implements ReadonlyMap<K, V> {
  readonly size: number
  readonly #base: ReadonlyMap<K, V>
  /** Keys of the base first changed and keys after it; at most about the root of its size: so both copies stay cheap. */
  readonly #top: ReadonlyMap<K, V>
  readonly #added: number

  constructor(base: ReadonlyMap<K, V>, top: ReadonlyMap<K, V>, added = 0) {
    this.#base = base
    this.#top = top
    this.#added = added
    this.size = base.size + added
  }

  with(key: K, value: V): LayeredMap<K, V> {
    const added = this.#added + (this.has(key) ? 0 : 1)
    const top = new Map(this.#top).set(key, value)
    if (top.size ** 2 <= this.#base.size) return new LayeredMap(this.#base, top, added)
    const base = new Map(this.#base)
    for (const [changed, newest] of top) base.set(changed, newest)
    return new LayeredMap<K, V>(base, new Map())
  }

  get(key: K): V | undefined {
    const newest = this.#top.get(key)
    return newest !== undefined || this.#top.has(key) ? newest : this.#base.get(key)
  }

  has(key: K): boolean {
    return this.#top.has(key) || this.#base.has(key)
  }

  *entries(): MapIterator<[K, V]> {
    const top = this.#top
    for (const [key, value] of this.#base) yield [key, top.has(key) ? (top.get(key) as V) : value]
    if (this.#added === 0) return
    for (const entry of top) if (!this.#base.has(entry[0])) yield entry
  }

  *keys(): MapIterator<K> {
    yield* this.#base.keys()
    if (this.#added === 0) return
    for (const key of this.#top.keys()) if (!this.#base.has(key)) yield key
  }

  *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries()
  }

  forEach(call: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.entries()) call(value, key, this)
  }
}
