/** Entry of a load thread. Everything it does is asked for by messages; see `messages.ts`. */

import { parentPort, workerData } from 'node:worker_threads'
import { LIMITS } from '../base/limits.ts'
import { TickerAlarm, TimerAlarm } from './alarm.ts'
import type { FromThread, LogLevel, PreparedRun, ThreadData, ToThread } from './messages.ts'
import { monotonicNow } from './monotonic.ts'
import { needsWork } from './needs-work.ts'
import { Pacer } from './pacer.ts'
import { PacingCell } from './pacing-cell.ts'
import type { WorkOf } from './run-scenarios.ts'
import type { TaskModule } from './task-port.ts'
import { ThreadMeter, type ThreadTimes } from './thread-meter.ts'
import { ThreadRuns } from './thread-runs.ts'

/** Log lines of tasks passed on per second; the rest is dropped and its number told. */
const LOG_LINES_PER_SECOND = 50

async function main(): Promise<void> {
  const port = parentPort
  if (port === null) throw new Error('thread-main runs as a worker thread only')
  const { index, tasksUrl, ticker, pacing } = workerData as ThreadData
  const post = (message: FromThread, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer)
  const tasks = (await import(tasksUrl)) as TaskModule
  const cell = new PacingCell(pacing)
  const mode = () => cell.mode
  const meter = new ThreadMeter({ clock: monotonicNow, times: threadTimes, mode })
  const pacer: Pacer = new Pacer({
    clock: monotonicNow,
    mode,
    alarm: (onRing) => new TickerAlarm(ticker, index, monotonicNow, onRing),
    timer: (onRing) => new TimerAlarm(monotonicNow, onRing),
    yield: setImmediate,
    turn: (now) => runs.turn(now),
    onIdleTurn: (ms) => meter.turned(ms),
  })
  const runs = new ThreadRuns(
    {
      ...{ index, tasks, clock: monotonicNow, meter, log: boundedLog(post), loadWork },
      wakeBy: (at, now) => pacer.wakeBy(at, now),
    },
    post,
  )
  port.on('message', (message: ToThread) => {
    if (message.type === 'close') void runs.close().finally(() => port.close())
    else runs.receive(message)
  })
}

/** JSONPath, patterns and all that uses them are more than the rest of a thread together: plain requests need none. */
function loadWork({ suite }: PreparedRun): undefined | Promise<WorkOf> {
  return needsWork(suite) ? import('./scenario-work.ts').then(({ workOf }) => workOf) : undefined
}

function threadTimes(): ThreadTimes {
  const { user, system } = process.threadCpuUsage()
  return { activeMs: performance.eventLoopUtilization().active, cpuMs: (user + system) / 1000 }
}

/** A task in a loop must not flood the main thread. */
function boundedLog(post: (message: FromThread) => void): (level: LogLevel, message: string) => void {
  let second = 0
  let lines = 0
  return (level, message) => {
    const now = Math.floor(monotonicNow() / 1000)
    if (now !== second) {
      const left = lines - LOG_LINES_PER_SECOND
      if (left > 0) post({ type: 'log', level: 'warn', message: `${left} log lines of tasks were left out` })
      second = now
      lines = 0
    }
    lines++
    if (lines <= LOG_LINES_PER_SECOND) {
      post({ type: 'log', level, message: String(message).slice(0, LIMITS.urlLength) })
    }
  }
}

await main()
