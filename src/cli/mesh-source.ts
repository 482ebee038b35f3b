/**
 * Follows a run over HTTP and outlives the node it talks to: it learns the other nodes' addresses from the mesh, and
 * goes on with one of them when its own stops answering. Every node knows the whole run.
 */

import type { RunStreamItem, SuiteSource, ValidationDocument } from '../api/node-port.ts'
import { VajraError } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'
import type { Report } from '../metrics/report-document.ts'
import { ApiClient } from './client.ts'
import type { RunSource } from './run-source.ts'

/** Between two looks at who is in the mesh, in milliseconds. */
const REFRESH_MS = 5000
/** Time a node has to say who is in the mesh, in milliseconds. */
const LEARN_TIMEOUT_MS = 3000
/** Between two rounds over all known nodes when none answered, in milliseconds. */
const RETRY_MS = 300
/** How long no node may answer before it is an error, in milliseconds: the mesh gets over a loss in 5 s at most. */
const PATIENCE_MS = 15_000
/** Nodes remembered. */
const MOST_NODES = 64

export interface MeshSourceOptions {
  /** Nodes to begin with, the first one first. */
  readonly urls: readonly string[]
  readonly token: string | undefined
  /** Time for an answer, in milliseconds. */
  readonly timeoutMs: number
  /** Told, in a sentence, when it goes on with another node. */
  readonly onNotice: (message: string) => void
}

export class MeshSource implements RunSource {
  readonly #options: MeshSourceOptions
  /** The node it talks to, then those to try next. */
  #urls: readonly string[]
  /** Some node has answered: silence is a loss now, and no mistake in the address. */
  #answered = false

  constructor(options: MeshSourceOptions) {
    this.#options = options
    this.#urls = [...options.urls]
  }

  /** What all nodes find before a run. */
  preflight(source: SuiteSource): Promise<ValidationDocument> {
    return this.#anyNode((client) => client.preflight(source))
  }

  /** Submits a suite, to one node only: sent to two, it might run twice. Waits while that node is not ready. */
  async submit(source: SuiteSource): Promise<{ readonly runId: RunId }> {
    // Who else is there is asked first: the node may die as soon as it has taken the run.
    await this.#anyNode((client) => client.nodes())
    await this.#learn()
    const deadline = performance.now() + this.#options.timeoutMs
    for (;;) {
      try {
        return await this.#client().submit(source)
      } catch (thrown) {
        const wait = thrown instanceof VajraError && thrown.code === 'NOT_READY' && performance.now() < deadline
        if (!wait) throw thrown
        await sleep(RETRY_MS)
      }
    }
  }

  async *follow(runId: RunId, signal: AbortSignal): AsyncGenerator<RunStreamItem> {
    const refresh = setInterval(() => void this.#learn(), REFRESH_MS)
    const attempt = new Attempt()
    try {
      while (!signal.aborted) {
        const client = this.#client()
        try {
          for await (const item of client.events(runId, signal)) {
            if (attempt.succeeded()) await this.#learn()
            this.#answered = true
            yield item
            if (item.type === 'end') return
          }
        } catch (thrown) {
          await this.#moveOn(client.url, thrown, attempt)
        }
      }
    } finally {
      clearInterval(refresh)
    }
  }

  report(runId: RunId): Promise<Report> {
    return this.#anyNode((client) => client.report(runId))
  }

  async stop(runId: RunId): Promise<void> {
    await this.#anyNode((client) => client.stop(runId))
  }

  async #anyNode<T>(ask: (client: ApiClient) => Promise<T>): Promise<T> {
    const attempt = new Attempt()
    for (;;) {
      const client = this.#client()
      try {
        const answer = await ask(client)
        this.#answered = true
        return answer
      } catch (thrown) {
        await this.#moveOn(client.url, thrown, attempt)
      }
    }
  }

  /** Goes on with the next node after a failure; throws when there is no hope. */
  async #moveOn(url: string, thrown: unknown, attempt: Attempt): Promise<void> {
    if (!(thrown instanceof VajraError) || !mayBeElsewhere(thrown)) throw thrown
    attempt.failed(url, thrown)
    this.#urls = [...this.#urls.filter((other) => other !== url), url]
    const next = this.#urls[0] as string
    if (!attempt.hasFailed(next)) {
      this.#options.onNotice(`${thrown.message}; going on with ${next}`)
      return
    }
    const lost = attempt.failingFor() > PATIENCE_MS
    if (!this.#answered || lost || attempt.isUnknownEverywhere()) throw attempt.first
    attempt.nextRound()
    await sleep(RETRY_MS)
  }

  #client(timeoutMs = this.#options.timeoutMs): ApiClient {
    return new ApiClient({ url: this.#urls[0] as string, token: this.#options.token, timeoutMs })
  }

  /** Adds the nodes that its node knows. A failure will show where it matters. */
  async #learn(): Promise<void> {
    try {
      const { nodes } = await this.#client(LEARN_TIMEOUT_MS).nodes()
      const alive = nodes.filter((node) => node.state === 'alive').flatMap((node) => node.http ?? [])
      this.#urls = [...new Set([...this.#urls, ...alive])].slice(0, MOST_NODES)
    } catch (thrown) {
      if (!(thrown instanceof VajraError)) throw thrown
    }
  }
}

/** The failures since somebody answered last. */
class Attempt {
  readonly #failures = new Map<string, VajraError>()
  #since: number | undefined
  #fresh = true
  first: VajraError | undefined

  failed(url: string, error: VajraError): void {
    this.#since ??= performance.now()
    this.first ??= error
    this.#failures.set(url, error)
    this.#fresh = true
  }

  /** Forgets the failures. True for the first success at all and after failures. */
  succeeded(): boolean {
    const fresh = this.#fresh
    this.#fresh = false
    this.nextRound()
    this.#since = undefined
    this.first = undefined
    return fresh
  }

  hasFailed(url: string): boolean {
    return this.#failures.has(url)
  }

  isUnknownEverywhere(): boolean {
    return [...this.#failures.values()].every((error) => error.code === 'RUN_UNKNOWN')
  }

  failingFor(): number {
    return this.#since === undefined ? 0 : performance.now() - this.#since
  }

  nextRound(): void {
    this.#failures.clear()
  }
}

/** Whether another node may do better. */
function mayBeElsewhere(error: VajraError): boolean {
  return ['NODE_UNREACHABLE', 'TIMEOUT', 'NOT_READY', 'RUN_UNKNOWN', 'INTERNAL'].includes(error.code)
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
