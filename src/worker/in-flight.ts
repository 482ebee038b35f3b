/**
 * Requests in flight of one run, counted in memory that its threads share: the bound of a scenario holds for the node
 * as a whole, whichever thread the arrivals fall to, and the main thread can read it at any time.
 *
 * Per scenario one cell for each thread, which that thread alone counts in, and which tells what died with it; and one
 * for the node, which all count in, for scenarios that have a bound. Counting atomically takes several times as long.
 */

/** No bound: users of a closed load bound themselves. */
export const UNLIMITED = Number.POSITIVE_INFINITY

export class InFlight {
  readonly memory: SharedArrayBuffer
  readonly #cells: Int32Array
  readonly #stride: number
  /** 1 for scenarios with a bound. */
  readonly #bounded: Uint8Array

  private constructor(memory: SharedArrayBuffer, scenarios: number) {
    this.memory = memory
    this.#cells = new Int32Array(memory)
    this.#stride = this.#cells.length / scenarios
    this.#bounded = new Uint8Array(scenarios)
  }

  static create(scenarios: number, threads: number): InFlight {
    const bytes = scenarios * (threads + 1) * Int32Array.BYTES_PER_ELEMENT
    return new InFlight(new SharedArrayBuffer(bytes), scenarios)
  }

  static attach(memory: SharedArrayBuffer, scenarios: number): InFlight {
    return new InFlight(memory, scenarios)
  }

  /** Counts one more, unless the node already has `limit`, which is the same for a scenario each time. */
  tryEnter(scenario: number, thread: number, limit: number): boolean {
    const node = scenario * this.#stride
    if (limit !== UNLIMITED) {
      this.#bounded[scenario] = 1
      if (Atomics.add(this.#cells, node, 1) >= limit) {
        Atomics.sub(this.#cells, node, 1)
        return false
      }
    }
    this.#cells[node + 1 + thread]!++
    return true
  }

  leave(scenario: number, thread: number): void {
    const node = scenario * this.#stride
    if (this.#bounded[scenario] === 1) Atomics.sub(this.#cells, node, 1)
    this.#cells[node + 1 + thread]!--
  }

  /** Takes out what a thread had in flight, after its death. */
  forget(thread: number): void {
    for (let node = 0; node < this.#cells.length; node += this.#stride) {
      const own = Atomics.exchange(this.#cells, node + 1 + thread, 0)
      // Of a scenario without a bound nobody reads this.
      Atomics.sub(this.#cells, node, own)
    }
  }

  /** Of all scenarios. */
  total(): number {
    let total = 0
    for (let cell = 0; cell < this.#cells.length; cell++) {
      if (cell % this.#stride > 0) total += Atomics.load(this.#cells, cell)
    }
    return total
  }
}
