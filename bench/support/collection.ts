/** Samples so far: in memory, and in a file if there is one, so that a benchmark can be made in several sittings. */

import { appendFileSync, existsSync, readFileSync } from 'node:fs'

export class Collection<Sample extends Key, Key> {
  readonly #file: string | undefined
  readonly #keyOf: (key: Key) => string
  readonly #samples = new Map<string, Sample>()

  /**
   * @param file a JSON document a line; what is in it already counts
   * @param keyOf what identifies a sample: a collection holds each once
   */
  constructor(file: string | undefined, keyOf: (key: Key) => string) {
    this.#file = file
    this.#keyOf = keyOf
    if (file === undefined || !existsSync(file)) return
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      if (line === '') continue
      const sample = JSON.parse(line) as Sample
      this.#samples.set(keyOf(sample), sample)
    }
  }

  has(key: Key): boolean {
    return this.#samples.has(this.#keyOf(key))
  }

  get(key: Key): Sample | undefined {
    return this.#samples.get(this.#keyOf(key))
  }

  add(sample: Sample): void {
    this.#samples.set(this.#keyOf(sample), sample)
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(sample)}\n`)
  }

  get all(): readonly Sample[] {
    return [...this.#samples.values()]
  }
}
