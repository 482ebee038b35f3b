/** Answers of several threads to one question: complete once every thread has answered or is known never to. */
export class ThreadRound<T> {
  readonly #waiting: Set<number>
  readonly #answers: T[] = []
  readonly #complete = Promise.withResolvers<readonly T[]>()

  constructor(threads: Iterable<number>) {
    this.#waiting = new Set(threads)
    this.#check()
  }

  /** Resolves when the last answer is there. */
  get answers(): Promise<readonly T[]> {
    return this.#complete.promise
  }

  /** A thread's first answer counts, later ones do not. */
  answer(thread: number, answer: T): void {
    if (!this.#waiting.delete(thread)) return
    this.#answers.push(answer)
    this.#check()
  }

  #check(): void {
    if (this.#waiting.size === 0) this.#complete.resolve(this.#answers)
  }
}
