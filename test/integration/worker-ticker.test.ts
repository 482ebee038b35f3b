import assert from 'node:assert/strict'
import { getHeapSpaceStatistics } from 'node:v8'
import { MessageChannel } from 'node:worker_threads'
import { TickerAlarm, type TickerLink } from '../../src/worker/alarm.ts'
import { monotonicNow } from '../../src/worker/monotonic.ts'
import { Ticker } from '../../src/worker/ticker.ts'
import { TickerCells } from '../../src/worker/ticker-cells.ts'

const ENTRY = new URL('../../src/worker/ticker-main.ts', import.meta.url)

/** An alarm whose rings can be waited for. */
class Bell {
  readonly rings: number[] = []
  readonly alarm: TickerAlarm
  #heard: (() => void) | undefined

  constructor(link: TickerLink, thread: number) {
    this.alarm = new TickerAlarm(link, thread, monotonicNow, () => {
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

function oldBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')!.space_used_size
}

describe('the ticker', () => {
  it('rings every thread at its own times', async () => {
    const failures: Error[] = []
    const ticker = new Ticker(ENTRY, 2, (error) => failures.push(error))
    ticker.start()
    try {
      const bells = [0, 1].map((thread) => new Bell(ticker.linkOf(thread), thread))
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
      const bell = new Bell(ticker.linkOf(0), 0)
      await bell.after(500)
      bell.alarm.set(monotonicNow() + 60_000)
      assert.ok((await bell.after(30)) < 15)
      assert.ok((await bell.after(5)) > -1)
    } finally {
      await ticker.close()
    }
  })

  it('rings the thread that takes the place of one that has died', async () => {
    const ticker = new Ticker(ENTRY, 1, () => {})
    const link = ticker.linkOf(0)
    ticker.start()
    try {
      await new Bell(link, 0).after(500)
      link.bell.close()
      const bell = new Bell(ticker.linkOf(0), 0)
      const late: number[] = []
      for (let i = 0; i < 20; i++) late.push(await bell.after(3))
      assert.ok(late.toSorted((a, b) => a - b)[10]! < 5, `${late}`)
    } finally {
      await ticker.close()
    }
  })

  it('leaves nothing behind among old objects', async () => {
    const ticker = new Ticker(ENTRY, 1, () => {})
    let rings = 0
    let wanted = 0
    let heard = () => {}
    const alarm: TickerAlarm = new TickerAlarm(ticker.linkOf(0), 0, monotonicNow, () => {
      if (++rings < wanted) alarm.set(monotonicNow() + 0.1)
      else heard()
    })
    const ring = (count: number) =>
      new Promise<void>((resolve) => {
        wanted = rings + count
        heard = resolve
        alarm.set(monotonicNow() + 0.1)
      })
    ticker.start()
    try {
      // Code is compiled meanwhile, whose parts are old from the start.
      await ring(2000)
      const before = oldBytes()
      await ring(5000)
      const each = (oldBytes() - before) / 5000
      assert.ok(each < 20, `${each} bytes a ring`)
    } finally {
      await ticker.close()
    }
  })

  it('is replaced by a timer when it does not ring', async () => {
    const memory = new SharedArrayBuffer(TickerCells.bytes(1))
    const bell = new Bell({ memory, bell: new MessageChannel().port1 }, 0)
    for (const wait of [1, 40, 3]) {
      const late = await bell.after(wait)
      assert.ok(late > 0 && late < 200, `${late}`)
    }
  })
})
