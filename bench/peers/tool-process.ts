/** A tool at work: pinned to its CPU, watched, and ended with everything it has started. */

import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { endedChildrenCpuMs, groupUsage, type TreeUsage } from '../support/process-tree.ts'
import type { Command, Output } from './tool.ts'

const WATCH_MS = 100

/** Whatever hangs is ended. */
const LONGEST_MS = 60_000

const atWork = new Set<ToolProcess>()

/** For a process that is about to exit. */
export function killTools(): void {
  for (const tool of atWork) tool.kill()
}

export interface Ended extends Output {
  readonly code: number | null
  /** Highest seen, of the process and its children together. */
  readonly peakMb: number
  /** CPU time from its start to its end, in milliseconds. */
  readonly cpuMs: number
}

export class ToolProcess {
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  #peakMb = 0

  /** @param inside a command that becomes the one named after it, such as `taskset -c 1` */
  constructor(command: Command, inside: readonly string[], env: NodeJS.ProcessEnv, folder: string) {
    const [program = '', ...args] = [...inside, ...command.args]
    const cpuBefore = endedChildrenCpuMs()
    this.#child = spawn(program, args, {
      cwd: folder,
      // A group of its own, by which its children are known.
      detached: true,
      env: { ...process.env, NO_COLOR: '1', ...env, ...command.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    atWork.add(this)
    this.ended = this.#watch(cpuBefore, folder)
  }

  /** Of the command itself, not of what it has started. */
  get pid(): number {
    return this.#child.pid ?? -1
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** So far. */
  usage(): TreeUsage {
    return groupUsage(this.pid)
  }

  kill(): void {
    try {
      process.kill(-(this.#child.pid ?? 0), 'SIGKILL')
    } catch {
      // It is gone.
    }
  }

  async #watch(cpuBefore: number, folder: string): Promise<Ended> {
    const [stdout, stderr] = [collect(this.#child.stdout!), collect(this.#child.stderr!)]
    const watching = setInterval(() => {
      this.#peakMb = Math.max(this.#peakMb, this.usage().residentMb)
    }, WATCH_MS)
    const late = setTimeout(() => this.kill(), LONGEST_MS)
    try {
      const code = await new Promise<number | null>((resolve, reject) => {
        this.#child.once('close', resolve)
        this.#child.once('error', reject)
      })
      return {
        code,
        stdout: stdout(),
        stderr: stderr(),
        file: (name) => textOf(join(folder, name)),
        peakMb: this.#peakMb,
        cpuMs: endedChildrenCpuMs() - cpuBefore,
      }
    } finally {
      clearInterval(watching)
      clearTimeout(late)
      // What it may have left behind.
      this.kill()
      atWork.delete(this)
    }
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString()
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
