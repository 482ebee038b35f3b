/** The mode of a node's load threads, in shared memory: set by the main thread, read by a load thread at every wait. */

import { PACING_MODES, type PacingMode } from '../base/pacing.ts'

export class PacingCell {
  readonly memory: SharedArrayBuffer
  readonly #cell: Int32Array

  /** @param memory of another cell, to share it */
  constructor(memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory
    this.#cell = new Int32Array(memory)
  }

  get mode(): PacingMode {
    // A plain read: nothing else depends on it, and an atomic one is a call.
    return PACING_MODES[this.#cell[0]!] ?? 'precise'
  }

  set mode(mode: PacingMode) {
    Atomics.store(this.#cell, 0, PACING_MODES.indexOf(mode))
  }
}
