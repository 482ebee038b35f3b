/**
 * Nodes as real processes, for the demo, the benchmarks and the integration tests: everything on loopback, in a folder
 * of its own, and nothing left behind.
 */

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NodesDocument, RunDocument } from '../../src/api/node-port.ts'
import type { Report } from '../../src/metrics/report-document.ts'
import type { TargetLog } from '../target-log.ts'
import { getJson, until } from './asking.ts'

export type { TargetLog } from '../target-log.ts'

const CLI = join(import.meta.dirname, '../../bin/vajra.ts')
const TARGET = join(import.meta.dirname, '../target.ts')

/** How long a process may take to say that it is ready. */
const READY_MS = 30_000

export interface Launched {
  readonly name: string
  readonly process: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  /** The exit code, once it has ended and all it wrote is here; null when a signal ended it. */
  readonly closed: Promise<number | null>
}

export interface ClusterNode extends Launched {
  readonly bootId: string
  readonly http: string
  readonly listen: readonly string[]
}

export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Set here for every command, whatever the tests themselves run with. */
const OWN_VARIABLES = ['VAJRA_NO_PREFLIGHT']

/** A folder of processes: nodes that find each other, a target, and the command line. `close` ends them all. */
export class Cluster {
  readonly folder: string
  readonly nodes: ClusterNode[] = []
  readonly #all: ChildProcess[] = []
  readonly #env: NodeJS.ProcessEnv
  readonly #cli: string

  /** @param cli the program: from its sources unless told otherwise */
  constructor(env: NodeJS.ProcessEnv = {}, cli = CLI) {
    this.#cli = cli
    this.folder = mkdtempSync(join(tmpdir(), 'vajra-'))
    this.#env = {
      ...process.env,
      XDG_CONFIG_HOME: join(this.folder, 'config'),
      XDG_DATA_HOME: join(this.folder, 'data'),
      NO_COLOR: '1',
      // What the target is sent is counted, and some targets fail on purpose.
      VAJRA_NO_PREFLIGHT: 'true',
      ...env,
    }
    delete this.#env.FORCE_COLOR
    for (const name of Object.keys(this.#env))
      if (name.startsWith('VAJRA_') && !OWN_VARIABLES.includes(name) && !(name in env)) delete this.#env[name]
  }

  /**
   * Starts a node and waits until it answers; it finds the others by itself unless told how.
   *
   * @param inside as of {@link launch}
   */
  async startNode(name: string, flags: readonly string[] = [], inside: readonly string[] = []): Promise<ClusterNode> {
    const defaults = [
      ['--no-mdns'],
      ['--listen', '127.0.0.1:0'],
      ['--http', '127.0.0.1:0'],
      ['--workers', '1'],
      ['--data-dir', join(this.folder, 'data', name)],
    ].filter(([flag = '']) => !flags.includes(flag))
    const args = [this.#cli, 'node', '--name', name, '--json', ...defaults.flat(), ...flags]
    return this.ready(this.launch(name, args, {}, inside))
  }

  /** Waits until a node that was started with `--json` answers. */
  async ready(launched: Launched): Promise<ClusterNode> {
    const line = await firstLine(launched)
    const node = { ...launched, ...(JSON.parse(line) as Pick<ClusterNode, 'bootId' | 'http' | 'listen'>) }
    this.nodes.push(node)
    return node
  }

  /** Starts several nodes at once. */
  startNodes(names: readonly string[], flags: readonly string[] = []): Promise<ClusterNode[]> {
    return Promise.all(names.map((name) => this.startNode(name, flags)))
  }

  /** @param host the address it listens on. @param port 0 takes a free one */
  async startTarget(
    host = '127.0.0.1',
    port = 0,
  ): Promise<{ readonly url: string; log(): Promise<TargetLog>; reset(): Promise<void> }> {
    const launched = this.launch('target', [TARGET, '--port', String(port), '--host', host])
    const { url } = JSON.parse(await firstLine(launched)) as { url: string }
    return {
      url,
      log: async () => (await (await fetch(`${url}/__log`)).json()) as TargetLog,
      reset: async () => {
        await fetch(`${url}/__reset`, { method: 'POST' })
      },
    }
  }

  /**
   * Starts a Node.js process that `close` will end.
   *
   * @param inside a command that becomes the one named after it, such as `ip netns exec NAME`
   */
  launch(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}, inside: readonly string[] = []): Launched {
    const [command = '', ...rest] = [...inside, process.execPath, ...args]
    const child = spawn(command, rest, {
      cwd: this.folder,
      env: { ...this.#env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#all.push(child)
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
    return { name, process: child, stdout: () => stdout, stderr: () => stderr, closed }
  }

  /** Starts a `vajra` command. */
  begin(args: readonly string[], env: NodeJS.ProcessEnv = {}): Launched {
    return this.launch(`vajra ${args[0] ?? ''}`, [this.#cli, ...args], env)
  }

  /** Runs a `vajra` command to its end. */
  command(args: readonly string[], timeoutMs = 120_000): Promise<CommandResult> {
    return this.outcome(this.begin(args), timeoutMs)
  }

  /** Waits for the end of what was started, for as long as it may take. */
  async outcome(launched: Launched, timeoutMs = 120_000): Promise<CommandResult> {
    const timer = setTimeout(() => launched.process.kill('SIGKILL'), timeoutMs)
    const code = await launched.closed
    clearTimeout(timer)
    return { code, stdout: launched.stdout(), stderr: launched.stderr() }
  }

  /** Starts a `vajra` command on streams of the caller's choice, in colours where the user has not said no. */
  attach(args: readonly string[], stdio: StdioOptions): ChildProcess {
    const env = { ...this.#env }
    if (process.env.NO_COLOR === undefined) delete env.NO_COLOR
    const child = spawn(process.execPath, [this.#cli, ...args], { cwd: this.folder, env, stdio })
    this.#all.push(child)
    return child
  }

  /** Puts a file into the folder. @returns its path */
  write(name: string, text: string): string {
    const path = join(this.folder, name)
    writeFileSync(path, text)
    return path
  }

  /** Waits until a node sees a number of nodes and a coordinator. */
  async formed(size: number, timeoutMs = 20_000): Promise<NodesDocument> {
    let last: NodesDocument | undefined
    await until(`a mesh of ${size}`, timeoutMs, async () => {
      const documents = await Promise.all(this.alive().map((node) => getJson<NodesDocument>(`${node.http}/v1/nodes`)))
      last = documents[0]
      const coordinators = new Set(documents.map((document) => document.coordinator))
      return (
        documents.every((document) => document.nodes.length === size) &&
        coordinators.size === 1 &&
        !coordinators.has(null)
      )
    })
    if (last === undefined) throw new Error('no node is alive')
    return last
  }

  alive(): ClusterNode[] {
    return this.nodes.filter((node) => isAlive(node.process))
  }

  /** The node of that name; of those that were started again, the newest. */
  node(name: string): ClusterNode {
    const node = this.nodes.findLast((candidate) => candidate.name === name)
    if (node === undefined) throw new Error(`no node ${name}`)
    return node
  }

  async coordinator(): Promise<ClusterNode> {
    const [any] = this.alive()
    if (any === undefined) throw new Error('no node is alive')
    const { coordinator } = await getJson<NodesDocument>(`${any.http}/v1/nodes`)
    return this.node(coordinator ?? '')
  }

  /** Ends a node the hard way and waits until it is gone. */
  async kill(node: Launched, signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    if (!isAlive(node.process)) return node.process.exitCode
    const closed = once(node.process, 'exit')
    node.process.kill(signal)
    const [code] = (await closed) as [number | null]
    return code
  }

  /** Asks a node to leave and waits until it has, as it should: with exit code 0. */
  async leave(node: Launched): Promise<void> {
    const code = await this.kill(node, 'SIGTERM')
    await node.closed
    if (code === 0) return
    throw new Error(`${node.name} left with ${code ?? node.process.signalCode}; its last words:\n${node.stderr()}`)
  }

  async submit(node: ClusterNode, suite: unknown): Promise<string> {
    const response = await fetch(`${node.http}/v1/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(suite),
    })
    if (response.status !== 202) throw new Error(`submit: ${response.status} ${await response.text()}`)
    return ((await response.json()) as { runId: string }).runId
  }

  run(node: ClusterNode, runId: string): Promise<RunDocument> {
    return getJson(`${node.http}/v1/runs/${runId}`)
  }

  report(node: ClusterNode, runId: string): Promise<Report> {
    return getJson(`${node.http}/v1/runs/${runId}/report`)
  }

  /** Waits until a run has ended and its report is final on every living node. */
  async ended(runId: string, timeoutMs: number): Promise<void> {
    await until(`the end of run ${runId}`, timeoutMs, async () => {
      const documents = await Promise.all(this.alive().map((node) => this.run(node, runId)))
      return documents.every((document) => document.complete !== null)
    })
  }

  /** Ends every process that was started here and removes the folder. */
  async close(): Promise<void> {
    await Promise.all(
      this.#all.map(async (child) => {
        if (!isAlive(child)) return
        const exited = once(child, 'exit')
        child.kill('SIGKILL')
        await exited
      }),
    )
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** The same without waiting: for a process that is about to exit. */
  closeNow(): void {
    for (const child of this.#all) if (isAlive(child)) child.kill('SIGKILL')
    // A process that is ending may still write.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
}

export function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}

async function firstLine(launched: Launched): Promise<string> {
  await until(
    `${launched.name} to be ready`,
    READY_MS,
    () => launched.stdout().includes('\n') || !isAlive(launched.process),
  )
  if (launched.stdout().includes('\n')) return launched.stdout().split('\n')[0] ?? ''
  await launched.closed
  throw new Error(`${launched.name} ended before it was ready: ${launched.stderr()}`)
}
