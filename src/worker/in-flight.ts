/**
 * Requests in flight of one run, counted in memory that its threads share: the bound of a scenario holds for the node
 * as a whole, whichever thread the arrivals fall to, and the main thread can read it at any time.
 *
 * Per scenario one cell for the node and one per thread; the latter tells what died with a thread.
 */

export class InFlight {
  readonly memory: SharedArrayBuffer
  readonly #cells: Int32Array
  readonly #stride: number

  private constructor(memory: SharedArrayBuffer, threads: number) {
    this.memory = memory
    this.#cells = new Int32Array(memory)
    this.#stride = threads + 1
  }

  static create(scenarios: number, threads: number): InFlight {
    const bytes = scenarios * (threads + 1) * Int32Array.BYTES_PER_ELEMENT
    return new InFlight(new SharedArrayBuffer(bytes), threads)
  }

  static attach(memory: SharedArrayBuffer, scenarios: number): InFlight {
    return new InFlight(memory, memory.byteLength / Int32Array.BYTES_PER_ELEMENT / scenarios - 1)
  }

  /** Counts one more, unless the node already has `limit`. */
  tryEnter(scenario: number, thread: number, limit: number): boolean {
    const node = scenario * this.#stride
    if (Atomics.add(this.#cells, node, 1) >= limit) {
      Atomics.sub(this.#cells, node, 1)
      return false
    }
    Atomics.add(this.#cells, node + 1 + thread, 1)
    return true
  }

  leave(scenario: number, thread: number): void {
    const node = scenario * this.#stride
    Atomics.sub(this.#cells, node, 1)
    Atomics.sub(this.#cells, node + 1 + thread, 1)
  }

  /** Takes out what a thread had in flight, after its death. */
  forget(thread: number): void {
    for (let node = 0; node < this.#cells.length; node += this.#stride) {
      const own = Atomics.exchange(this.#cells, node + 1 + thread, 0)
      Atomics.sub(this.#cells, node, own)
    }
  }

  /** Of all scenarios. */
  total(): number {
    let total = 0
    for (let node = 0; node < this.#cells.length; node += this.#stride) total += Atomics.load(this.#cells, node)
    return total
  }
}
