/**
 * The process around the program: arguments, environment, output, signals. Everything else gets it as an argument,
 * so that tests can be the process.
 */

import { hostname } from 'node:os'
import type { NodeOptions } from '../node/options.ts'
import type { RunningNode } from '../node/running-node.ts'
import type { Environment } from './settings.ts'

export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

const SIGNALS: readonly Signal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Columns and lines of text where nobody says how many. */
const DEFAULT_WIDTH = 100
const DEFAULT_HEIGHT = 24

/** Somewhere text goes: a terminal, a file, a pipe whose reader may be gone. */
export interface Output {
  write(text: string): void
  /** A person looks at it: lines may be drawn again. */
  readonly isTerminal: boolean
  readonly colour: boolean
  /** Columns; may change while the program runs. */
  readonly width: number
  /** Lines; may change too. */
  readonly height: number
}

export type CreateNode = (options: NodeOptions) => Promise<RunningNode>

export interface ProcessContext {
  /** Arguments after the program's name. */
  readonly argv: readonly string[]
  readonly environment: Environment
  readonly stdout: Output
  readonly stderr: Output
  readonly hostName: string
  readStdin(): Promise<string>
  /** The line that a person answers; null where there is none to be asked: stdin and stderr must be terminals. */
  ask(question: string): Promise<string | null>
  /** Calls back with each signal that asks the process to end. Returns the unsubscriber. */
  onSignal(listener: (signal: Signal) => void): () => void
  /** Calls back with what was thrown with nobody to catch it, or rejected with nobody waiting; else the process ends. */
  onDefect(listener: (thrown: unknown) => void): void
  /** Ends the process at once. */
  exitNow(code: number): void
  /** Loads the node only where one is started: it brings the whole mesh with it. */
  loadNode(): Promise<CreateNode>
}

/** The real process. */
export function processContext(): ProcessContext {
  return {
    argv: process.argv.slice(2),
    environment: process.env,
    stdout: outputOf(process.stdout, process.env),
    stderr: outputOf(process.stderr, process.env),
    hostName: hostname(),
    readStdin: async () => {
      const chunks: Buffer[] = []
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
      return Buffer.concat(chunks).toString('utf8')
    },
    ask: (question) => ask(question),
    onSignal: (listener) => {
      for (const signal of SIGNALS) process.on(signal, listener)
      return () => {
        for (const signal of SIGNALS) process.off(signal, listener)
      }
    },
    onDefect: (listener) => {
      process.on('uncaughtException', listener)
      process.on('unhandledRejection', listener)
    },
    exitNow: (code) => process.exit(code),
    loadNode: async () => {
      // Before the rest is even read: what is loaded together is evaluated last.
      await import('../node/small-heap.ts')
      return (await import('../node/create-node.ts')).createNode
    },
  }
}

/** Whether text may be coloured: on a terminal that can, unless the user said no (https://no-color.org). */
export function mayColour(isTerminal: boolean, environment: Environment): boolean {
  if (!isTerminal || environment.TERM === 'dumb' || environment.FORCE_COLOR === '0') return false
  return environment.NO_COLOR === undefined || environment.NO_COLOR === ''
}

async function ask(question: string): Promise<string | null> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return null
  const { createInterface } = await import('node:readline')
  // The terminal's own editing of lines: so Ctrl-C stays the signal that it is.
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false })
  try {
    return await new Promise<string>((resolve) => {
      lines.once('line', resolve)
      lines.once('close', () => resolve(''))
      process.stderr.write(question)
    })
  } finally {
    lines.close()
    process.stdin.pause()
  }
}

function outputOf(stream: NodeJS.WriteStream, environment: Environment): Output {
  const isTerminal = stream.isTTY === true && environment.TERM !== 'dumb'
  // The reader may go first (`vajra runs | head`): what is written after that is lost, and that is all.
  let gone = false
  stream.on('error', () => {
    gone = true
  })
  return {
    write: (text) => {
      if (!gone) stream.write(text)
    },
    isTerminal,
    colour: mayColour(isTerminal, environment),
    get width() {
      return stream.columns ?? DEFAULT_WIDTH
    },
    get height() {
      return stream.rows ?? DEFAULT_HEIGHT
    },
  }
}

/** Waits until everything written has left the process, so that it may exit. */
export async function flushed(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.destroyed || stream.writableLength === 0) continue
    await new Promise<void>((resolve) => {
      stream.once('error', () => resolve())
      stream.write('', () => resolve())
    })
  }
}
