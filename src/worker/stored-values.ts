/**
 * Values that scenarios of a run have stored on one thread, for later ones. What one iteration stored stays together. They
 * never leave the thread: each that needs them gets its own.
 */

import { LIMITS } from '../base/limits.ts'

/** What one iteration stored. */
export type StoredRecord = Readonly<Record<string, string>>

export class StoredValues {
  /** By scenario. */
  readonly #records: StoredRecord[][] = []
  readonly #next: number[] = []

  /** Whether a scenario has stored anything. */
  has(scenario: number): boolean {
    return (this.#records[scenario]?.length ?? 0) > 0
  }

  /** Keeps what an iteration of a scenario stored; the latest ones, where there are very many. */
  add(scenario: number, record: StoredRecord): void {
    const records = this.#records[scenario] ?? []
    this.#records[scenario] = records
    const next = this.#next[scenario] ?? 0
    records[next] = record
    this.#next[scenario] = (next + 1) % LIMITS.storedRecords
  }

  /** What one of a scenario's iterations stored: another one for each number, in turn. Undefined while there is none. */
  pick(scenario: number, number: number): StoredRecord | undefined {
    const records = this.#records[scenario] ?? []
    return records[number % records.length]
  }

  clear(): void {
    this.#records.length = 0
  }
}
