/** One execution of a task, as the task sees it. The abort signal exists only for tasks that ask for it. */

import type { IterationPort } from './task-port.ts'

export class LiveIteration implements IterationPort {
  readonly index: number
  readonly user: number
  #controller: AbortController | undefined
  #aborted = false

  constructor(index: number, user: number) {
    this.index = index
    this.user = user
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#aborted) this.#controller.abort()
    }
    return this.#controller.signal
  }

  abort(): void {
    this.#aborted = true
    this.#controller?.abort()
  }
}
