/** How the demo speaks: numbered chapters, facts, and a verdict; in colour where a person looks. */

import { styleText } from 'node:util'

type Format = Parameters<typeof styleText>[0]

export class Story {
  readonly #output: NodeJS.WriteStream
  #chapter = 0

  constructor(output: NodeJS.WriteStream) {
    this.#output = output
  }

  /** A person looks at it: what redraws itself may be shown. */
  get isTerminal(): boolean {
    return this.#output.isTTY === true && process.env.TERM !== 'dumb'
  }

  title(text: string): void {
    this.line(this.#styled('bold', text))
  }

  chapter(text: string): void {
    this.#chapter++
    this.line('')
    this.line(this.#styled(['bold', 'cyan'], `${this.#chapter}. ${text}`))
  }

  /** A sentence or two. */
  say(text: string): void {
    this.line(`   ${text}`)
  }

  /** What came out of a program, as it is. */
  quote(text: string): void {
    for (const line of text.trimEnd().split('\n')) this.line(line === '' ? '' : `   ${line}`)
  }

  /** A command the reader could type. */
  command(text: string, comment = ''): void {
    this.line(`   ${this.#styled('green', text)}${comment === '' ? '' : this.#styled('dim', `  # ${comment}`)}`)
  }

  /** Something that ends a process or a run; nobody should miss it. */
  alarm(text: string): void {
    this.line(`   ${this.#styled(['bold', 'yellow'], text)}`)
  }

  verdict(good: boolean, text: string): void {
    this.line('')
    this.line(this.#styled(['bold', good ? 'green' : 'red'], `${good ? '✓' : '✗'} ${text}`))
  }

  line(text: string): void {
    this.#output.write(`${text}\n`)
  }

  #styled(format: Format, text: string): string {
    return styleText(format, text, { stream: this.#output })
  }
}
