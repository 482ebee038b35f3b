/**
 * Ctrl-C and its relatives. The first one does what the command says (stop the run, leave the mesh); before the command
 * has said anything, and on the second one, the process ends at once.
 */

import { EXIT } from '../base/errors.ts'
import type { ProcessContext, Signal } from './process-context.ts'

export class Interrupts {
  readonly #unsubscribe: () => void
  #onFirst: ((signal: Signal) => void) | undefined
  #interrupted = false

  constructor(context: Pick<ProcessContext, 'onSignal' | 'exitNow'>) {
    this.#unsubscribe = context.onSignal((signal) => {
      const handle = this.#onFirst
      if (this.#interrupted || handle === undefined) {
        context.exitNow(EXIT.interrupted)
        return
      }
      this.#interrupted = true
      handle(signal)
    })
  }

  /** True once a signal came and was taken. */
  get interrupted(): boolean {
    return this.#interrupted
  }

  /** Sets what the first signal does from now on; undefined to end the process again. */
  set onFirst(handle: ((signal: Signal) => void) | undefined) {
    this.#onFirst = handle
  }

  /** Stops listening. */
  close(): void {
    this.#unsubscribe()
  }
}
