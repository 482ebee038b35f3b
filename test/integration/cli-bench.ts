/** The program in processes of its own, against nodes that are made up. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningApi, startApi } from '../../src/api/server.ts'
import type { FakeNode } from '../unit/api/fake-node.ts'

const BIN = join(import.meta.dirname, '../../bin/vajra.ts')

export class CliBench {
  readonly folder = mkdtempSync(join(tmpdir(), 'vajra-cli-'))
  readonly #apis: RunningApi[] = []
  readonly #children: ChildProcess[] = []

  /** Ends whatever was started. */
  async close(): Promise<void> {
    for (const child of this.#children) if (child.exitCode === null) child.kill('SIGKILL')
    for (const api of this.#apis) await api.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async serve(node: FakeNode, token?: string): Promise<RunningApi> {
    const api = await startApi({ node, host: '127.0.0.1', port: 0, portIsDefault: false, ...(token && { token }) })
    node.http = api.url
    this.#apis.push(api)
    return api
  }

  start(args: readonly string[], environment: Record<string, string> = {}, nodeArgs: readonly string[] = []) {
    const { PATH = '', NODE_COMPILE_CACHE } = process.env
    const child = spawn(process.execPath, [...nodeArgs, BIN, ...args], {
      env: { PATH, ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#children.push(child)
    const output = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output.stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output.stderr += text
    })
    const done = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }))
    return { child, output, done }
  }

  /** Runs a command to its end. */
  run(args: readonly string[], environment?: Record<string, string>) {
    return this.start(args, environment).done
  }

  /** A suite on disk. @returns its path */
  suiteFile(text = 'name: shop\n'): string {
    const path = join(this.folder, 'suite.yaml')
    writeFileSync(path, text)
    return path
  }
}
