/** The pacing of a node's load threads: as it was set, or for `auto`, as the last seconds say. Main thread. */

import { availableParallelism } from 'node:os'
import type { MonotonicMs } from '../base/clock.ts'
import type { Pacing, PacingMode, PacingSetting } from '../base/pacing.ts'
import { machineTimes } from '../system/machine-times.ts'
import { AutoPacing } from './auto-pacing.ts'
import type { ThreadSecond } from './messages.ts'
import { PacingCell } from './pacing-cell.ts'

const SAMPLE_MS = 1000
/** What a thread said last counts for so long. */
const FRESH_MS = 2500

export interface PacingControlOptions {
  readonly setting: PacingSetting
  readonly threads: number
  readonly clock: () => MonotonicMs
  /** `auto` has changed its mind. */
  readonly onChange: (mode: PacingMode) => void
}

interface Said {
  readonly at: MonotonicMs
  readonly second: ThreadSecond
}

export class PacingControl {
  readonly #options: PacingControlOptions
  readonly #cell = new PacingCell()
  readonly #auto: AutoPacing | null
  readonly #said = new Map<number, Said>()
  #timer: NodeJS.Timeout | undefined
  #sampledAt: MonotonicMs = 0
  #idleMs = 0

  constructor(options: PacingControlOptions) {
    const { setting, threads } = options
    this.#options = options
    this.#auto = setting === 'auto' ? new AutoPacing(availableParallelism(), threads) : null
    this.#cell.mode = setting === 'auto' ? this.#auto!.mode : setting
  }

  get memory(): SharedArrayBuffer {
    return this.#cell.memory
  }

  get pacing(): Pacing {
    return { setting: this.#options.setting, mode: this.#cell.mode }
  }

  /** CPU time that load threads spend spinning, in cores. */
  get spinning(): number {
    return this.#fresh().reduce((sum, { spun }) => sum + spun, 0)
  }

  /** What a load thread said of its last second. */
  note(thread: number, second: ThreadSecond): void {
    this.#said.set(thread, { at: this.#options.clock(), second })
  }

  #fresh(): ThreadSecond[] {
    const oldest = this.#options.clock() - FRESH_MS
    return [...this.#said.values()].filter(({ at }) => at >= oldest).map(({ second }) => second)
  }

  /** Looks at the machine each second, while there is a run. */
  watch(): void {
    if (this.#auto === null || this.#timer !== undefined) return
    this.#sampledAt = this.#options.clock()
    this.#idleMs = machineTimes().idle
    this.#timer = setInterval(() => this.#sample(this.#auto!), SAMPLE_MS)
    this.#timer.unref()
  }

  #sample(auto: AutoPacing): void {
    const now = this.#options.clock()
    const { idle } = machineTimes()
    const cores = (idle - this.#idleMs) / Math.max(1, now - this.#sampledAt)
    this.#sampledAt = now
    this.#idleMs = idle
    const seconds = this.#fresh()
    if (seconds.length === 0) return
    const mode = auto.sample(now, cores, seconds)
    if (mode === this.#cell.mode) return
    this.#cell.mode = mode
    this.#options.onChange(mode)
  }

  rest(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
