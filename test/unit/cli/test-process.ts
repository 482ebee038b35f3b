/** A process made of variables: the context the CLI is tested in. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main } from '../../../src/cli/main.ts'
import type { CreateNode, Output, ProcessContext, Signal } from '../../../src/cli/process-context.ts'
import type { NodeOptions } from '../../../src/node/options.ts'
import type { FakeNode } from '../api/fake-node.ts'

class Recorder implements Output {
  text = ''
  readonly isTerminal: boolean
  readonly colour = false
  readonly width = 100
  readonly height = 24

  constructor(isTerminal: boolean) {
    this.isTerminal = isTerminal
  }

  write(text: string): void {
    this.text += text
  }
}

export interface TestProcess extends ProcessContext {
  readonly stdout: Recorder
  readonly stderr: Recorder
  /** Options of every node that was created. */
  readonly created: NodeOptions[]
  /** What was called on the node, in order. */
  readonly calls: string[]
  /** Codes of exits at once. */
  readonly exits: number[]
  signal(name: Signal): void
}

export interface TestProcessOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly node?: FakeNode
  readonly terminal?: boolean
  readonly stdin?: string
  /** What the person at the terminal answers; nobody is there unless given. */
  readonly answer?: string
}

export function testProcess(argv: readonly string[], options: TestProcessOptions = {}): TestProcess {
  const { environment = {}, node, terminal = false, stdin = '', answer } = options
  const listeners = new Set<(signal: Signal) => void>()
  const created: NodeOptions[] = []
  const calls: string[] = []
  const exits: number[] = []
  const createNode: CreateNode = async (nodeOptions) => {
    if (node === undefined) throw new Error('this test has no node')
    created.push(nodeOptions)
    return {
      port: node,
      bootId: node.bootId,
      listenAddresses: () => (nodeOptions.solo ? [] : ['/ip4/127.0.0.1/tcp/1/p2p/boot']),
      setHttp: (url) => calls.push(`http ${url}`),
      leave: async () => {
        calls.push('leave')
      },
      close: async () => {
        calls.push('close')
      },
    }
  }
  return {
    argv,
    environment,
    stdout: new Recorder(terminal),
    stderr: new Recorder(terminal),
    hostName: 'test-host',
    readStdin: async () => stdin,
    ask: async (question) => {
      calls.push(`ask ${question}`)
      return answer ?? null
    },
    onSignal: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onDefect: () => {},
    exitNow: (code) => exits.push(code),
    loadNode: async () => createNode,
    created,
    calls,
    exits,
    signal: (name) => {
      for (const listener of [...listeners]) listener(name)
    },
  }
}

/** Runs a command line to its end. */
export async function runCli(argv: readonly string[], options: TestProcessOptions = {}) {
  const context = testProcess(argv, options)
  const code = await main(context)
  return { code, stdout: context.stdout.text, stderr: context.stderr.text, context }
}

/** Waits for something that another turn of the event loop brings about. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 3000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`still not: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** The suite of commands that need a valid one. */
export const SUITE =
  'name: shop\nscenarios:\n  - name: a\n    load: { rate: 10/s, duration: 1s }\n    http: http://127.0.0.1:1/\n'

/** A folder for each test of the suite that asks for it, gone afterwards. */
export function temporaryFolder() {
  let path = ''
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'vajra-cli-'))
  })
  afterEach(() => rmSync(path, { recursive: true, force: true }))
  return {
    get path(): string {
      return path
    },
    /** Writes a file there. @returns its path */
    file: (name: string, text: string): string => {
      const written = join(path, name)
      writeFileSync(written, text)
      return written
    },
  }
}
