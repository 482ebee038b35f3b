/** Time for a stage of a check: a part of what there is for all of it. */

/** Milliseconds on the monotonic clock that all threads of a process share. */
export function processNow(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

export class Deadline {
  readonly #endsAt: number

  /** @param endsAt on the clock of {@link processNow} */
  constructor(endsAt: number) {
    this.#endsAt = endsAt
  }

  get leftMs(): number {
    return Math.max(0, this.#endsAt - processNow())
  }

  /** The outcome of a promise, or `late` when it has none within a time, or within what is left. */
  async within<T>(promise: Promise<T>, ms: number, late: () => T): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const over = new Promise<T>((resolve) => {
      timer = setTimeout(() => resolve(late()), Math.min(ms, this.leftMs))
    })
    try {
      return await Promise.race([promise, over])
    } finally {
      clearTimeout(timer)
    }
  }
}
