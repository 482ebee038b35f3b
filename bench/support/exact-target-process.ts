/** An exact target in a process of its own, and its log. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { AT_ONCE, type DelayShape } from './delay-shape.ts'

const PROGRAM = join(import.meta.dirname, 'exact-target.ts')

/** What the target saw, in the order of arrival; milliseconds of the Unix epoch, with fractions. */
export interface ExactLog {
  readonly arrivals: Float64Array
  /** 0 for what was not answered. */
  readonly answers: Float64Array
}

export interface ExactTargetOptions {
  /** A command that becomes the one named after it, such as `taskset -c 0`. */
  readonly inside?: readonly string[]
}

export class ExactTarget {
  readonly process: ChildProcess
  readonly url: string
  readonly #timeOrigin: number

  private constructor(process: ChildProcess, url: string, timeOrigin: number) {
    this.process = process
    this.url = url
    this.#timeOrigin = timeOrigin
  }

  /** Resolves once it listens. It ends with this process, if not before. */
  static async start(options: ExactTargetOptions = {}): Promise<ExactTarget> {
    const [command = '', ...args] = [...(options.inside ?? []), process.execPath, PROGRAM]
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const exited = once(child, 'exit').then(() => {
      throw new Error('the target ended before it was ready')
    })
    const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), exited])) as [string]
    exited.catch(() => {})
    const { port, timeOrigin } = JSON.parse(line) as { port: number; timeOrigin: number }
    return new ExactTarget(child, `http://127.0.0.1:${port}`, timeOrigin)
  }

  get pid(): number {
    return this.process.pid!
  }

  /** Forgets what arrived so far, and answers like this from now on. */
  async begin(shape: Partial<DelayShape> = {}): Promise<void> {
    const text = encodeURIComponent(JSON.stringify({ ...AT_ONCE, ...shape }))
    await (await fetch(`${this.url}/__begin?shape=${text}`)).text()
  }

  /** Requests so far. */
  async count(): Promise<number> {
    return Number(await (await fetch(`${this.url}/__count`)).text())
  }

  async log(): Promise<ExactLog> {
    const times = new Float64Array(await (await fetch(`${this.url}/__log`)).arrayBuffer())
    const toEpoch = (time: number): number => (time === 0 ? 0 : this.#timeOrigin + time)
    const count = times.length / 2
    return { arrivals: times.subarray(0, count).map(toEpoch), answers: times.subarray(count).map(toEpoch) }
  }

  async close(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const exited = once(this.process, 'exit')
    this.process.kill('SIGKILL')
    await exited
  }
}
