/** Lines for people that may come at any time: below each other on stderr, or above what is being drawn there. */

import type { Output } from './process-context.ts'

export class Notices {
  readonly #output: Pick<Output, 'write'>
  #above: ((text: string) => void) | undefined

  constructor(output: Pick<Output, 'write'>) {
    this.#output = output
  }

  tell(text: string): void {
    if (this.#above === undefined) this.#output.write(`${text}\n`)
    else this.#above(text)
  }

  /** While something is drawn: what puts a line above it. Undefined when that is over. */
  set above(put: ((text: string) => void) | undefined) {
    this.#above = put
  }
}
