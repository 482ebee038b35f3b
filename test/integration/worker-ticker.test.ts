import assert from 'node:assert/strict'
import { TickerAlarm } from '../../src/worker/alarm.ts'
import { monotonicNow } from '../../src/worker/monotonic.ts'
import { Ticker } from '../../src/worker/ticker.ts'
import { TickerCells } from '../../src/worker/ticker-cells.ts'

const ENTRY = new URL('../../src/worker/ticker-main.ts', import.meta.url)

/** An alarm whose rings can be waited for. */
class Bell {
  readonly rings: number[] = []
  readonly alarm: TickerAlarm
  #heard: (() => void) | undefined

  constructor(memory: SharedArrayBuffer, thread: number) {
    this.alarm = new TickerAlarm(memory, thread, monotonicNow, () => {
      this.rings.push(monotonicNow())
      this.#heard?.()
    })
  }

  /** Sets the alarm and waits for it. @returns how late it rang, in milliseconds */
  async after(milliseconds: number): Promise<number> {
    const at = monotonicNow() + milliseconds
    const heard = new Promise<void>((resolve) => {
      this.#heard = resolve
    })
    this.alarm.set(at)
    await heard
    return this.rings.at(-1)! - at
  }
}

describe('the ticker', () => {
  it('rings every thread at its own times', async () => {
    const failures: Error[] = []
    const ticker = new Ticker(ENTRY, 2, (error) => failures.push(error))
    ticker.start()
    try {
      const bells = [0, 1].map((thread) => new Bell(ticker.memory, thread))
      const late = await Promise.all(
        bells.map(async (bell, thread) => {
          // What was asked for while the ticker was starting may ring late, when something else has been asked for.
          await bell.after(500)
          const all: number[] = []
          for (let i = 0; i < 100; i++) all.push(await bell.after(0.3 + ((i * 7 + thread) % 13) / 3))
          return all
        }),
      )
      for (const all of late) {
        const sorted = all.toSorted((a, b) => a - b)
        assert.ok(sorted[2]! > -1, `${sorted[2]} early`)
        assert.ok(sorted[50]! < 5, `${sorted[50]} late`)
      }
      assert.deepEqual(failures, [])
    } finally {
      await ticker.close()
    }
  })

  it('follows a deadline that is moved', async () => {
    const ticker = new Ticker(ENTRY, 1, () => {})
    ticker.start()
    try {
      const bell = new Bell(ticker.memory, 0)
      await bell.after(500)
      bell.alarm.set(monotonicNow() + 60_000)
      assert.ok((await bell.after(30)) < 15)
      assert.ok((await bell.after(5)) > -1)
    } finally {
      await ticker.close()
    }
  })

  it('is replaced by a timer when it does not ring', async () => {
    const bell = new Bell(new SharedArrayBuffer(TickerCells.bytes(1)), 0)
    for (const wait of [1, 40, 3]) {
      const late = await bell.after(wait)
      assert.ok(late > 0 && late < 200, `${late}`)
    }
  })
})
