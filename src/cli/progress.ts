/**
 * What a follower shows while a run goes on, on stderr: on a terminal a block that is drawn again each second, elsewhere
 * a line every five seconds of the run. What happens to the run scrolls by above.
 */

import type { RunStreamItem } from '../api/node-port.ts'
import type { LiveTotals } from '../metrics/live-document.ts'
import type { RunEvent } from '../metrics/report-document.ts'
import { renderLive, renderLiveLine } from '../report/live.ts'
import { printable } from '../report/style.ts'
import type { Output } from './process-context.ts'

/** Run time between two lines where nothing is drawn again, in milliseconds. */
const LINE_EVERY_MS = 5000

export class Progress {
  readonly #output: Output
  /** Lines of the block on the screen. */
  #drawn = 0
  #lastLineAt = Number.NEGATIVE_INFINITY
  #lastLiveAt = Number.NEGATIVE_INFINITY
  #live: LiveTotals | undefined
  readonly #shown = new Set<string>()

  constructor(output: Output) {
    this.#output = output
  }

  show(item: RunStreamItem): void {
    if (item.type === 'live') this.#showLive(item.data)
    if (item.type === 'event') this.#showEvent(item.data)
  }

  /** A line above the block. */
  note(text: string): void {
    this.clear()
    this.#output.write(`${text}\n`)
    if (this.#live !== undefined && this.#output.isTerminal) this.#draw(this.#live)
  }

  /** Takes the block off the screen, for what comes after. */
  clear(): void {
    if (this.#drawn > 0) this.#output.write(`\x1b[${this.#drawn}A\x1b[J`)
    this.#drawn = 0
  }

  #showLive(live: LiveTotals): void {
    // Another node tells the past again.
    if (live.at <= this.#lastLiveAt) return
    this.#lastLiveAt = live.at
    this.#live = live
    if (this.#output.isTerminal) {
      this.clear()
      this.#draw(live)
    } else if (live.at - this.#lastLineAt >= LINE_EVERY_MS) {
      this.#lastLineAt = live.at
      this.#output.write(`${renderLiveLine(live)}\n`)
    }
  }

  #draw(live: LiveTotals): void {
    const { colour, width, height } = this.#output
    const all = renderLive(live, { colour, width })
    // What has scrolled off the screen cannot be drawn again: the head, and the line on the run, are what fits.
    const fits = Math.max(2, height - 1)
    const lines = all.length <= fits ? all : [...all.slice(0, fits - 1), ...all.slice(-1)]
    this.#output.write(`${lines.join('\n')}\n`)
    this.#drawn = lines.length
  }

  #showEvent(event: RunEvent): void {
    const key = JSON.stringify([event.at, event.kind, event.bootId, event.message])
    if (this.#shown.has(key)) return
    this.#shown.add(key)
    this.note(`${(event.at / 1000).toFixed(1).padStart(7)}s  ${printable(event.message)}`)
  }
}
