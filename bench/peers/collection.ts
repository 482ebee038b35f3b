/** Samples so far: in memory, and in a file if there is one, so that a comparison can be made in several sittings. */

import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { keyOf, type Sample, type SampleKey } from './sample.ts'

export class Collection {
  readonly #file: string | undefined
  readonly #samples = new Map<string, Sample>()

  /** @param file a JSON document a line; what is in it already counts */
  constructor(file: string | undefined) {
    this.#file = file
    if (file === undefined || !existsSync(file)) return
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      if (line === '') continue
      const sample = JSON.parse(line) as Sample
      this.#samples.set(keyOf(sample), sample)
    }
  }

  has(key: SampleKey): boolean {
    return this.#samples.has(keyOf(key))
  }

  add(sample: Sample): void {
    this.#samples.set(keyOf(sample), sample)
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(sample)}\n`)
  }

  get all(): readonly Sample[] {
    return [...this.#samples.values()]
  }
}
