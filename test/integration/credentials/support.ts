/** Servers in processes of their own, and a target that says what it was sent. */

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { VajraError } from '../../../src/base/errors.ts'
import { parseSuite } from '../../../src/suite/parse.ts'
import type { Suite } from '../../../src/suite/spec.ts'

/**
 * A server of this folder that prints JSON lines: first where it is, then what it is asked. A line on its standard input
 * is the state it is in from then on, which it says as `{ state }`.
 */
export class ServerProcess<Where, Line> {
  readonly lines: Line[] = []
  readonly where: Promise<Where>
  readonly #became: (() => void)[] = []
  #state = 'active'
  readonly #child: ChildProcess

  constructor(file: string, args: readonly string[]) {
    const child = spawn(process.execPath, [join(import.meta.dirname, file), ...args], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    this.#child = child
    const first = Promise.withResolvers<Where>()
    let known = false
    createInterface({ input: child.stdout! }).on('line', (text) => {
      const line: unknown = JSON.parse(text)
      if (!known) first.resolve(line as Where)
      else if (Object.hasOwn(line as object, 'state')) this.#became.shift()?.()
      else this.lines.push(line as Line)
      known = true
    })
    child.once('exit', () => first.reject(new Error(`${file} has ended`)))
    this.where = first.promise
  }

  /** Puts the server into a state. Everything that it was asked before is in {@link lines} then. */
  async become(state: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#became.push(resolve)
    this.#state = state
    this.#child.stdin!.write(`${state}\n`)
    await promise
  }

  /** What it was asked so far. */
  async asked(): Promise<readonly Line[]> {
    await this.become(this.#state)
    return [...this.lines]
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await exited
  }
}

/** Answers every request, and keeps its headers and URL. */
export class RecordingTarget {
  readonly received: IncomingMessage[] = []
  readonly #server: Server = createServer((request, response) => {
    this.received.push(request)
    response.end('{}')
  })

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

/** A suite of one scenario. */
export function suiteWith(target: string, more: object, seconds = 1): Suite {
  const load = { rate: '40/s', duration: `${seconds}s` }
  const document = { name: 's', target, ...more, scenarios: [{ name: 'a', load, http: '/' }] }
  const parsed = parseSuite({ text: JSON.stringify(document), format: 'json' })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.suite
}

/** What a promise is rejected with, for a user. */
export async function refusal(promise: Promise<unknown>): Promise<{ message: string; hint: string }> {
  const error: unknown = await promise.then(
    () => assert.fail('it should have failed'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof VajraError, String(error))
  assert.equal(error.code, 'TASK_SETUP_FAILED')
  assert.ok(error.hint)
  return { message: error.message, hint: error.hint }
}
