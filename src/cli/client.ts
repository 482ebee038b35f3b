/** The API of one node, as a client sees it. Every failure is a VajraError that says which node and what to do. */

import type {
  NodesDocument,
  ReadinessDocument,
  RunDocument,
  RunStreamItem,
  ScaledDocument,
  ScaleRequest,
  SuiteSource,
  TaskDocument,
  ValidationDocument,
} from '../api/node-port.ts'
import { ERROR_KINDS, type ErrorCode, messageOf, type Problem, VajraError } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'
import type { Report, RunStatus } from '../metrics/report-document.ts'
import { readEvents } from './event-stream.ts'

/** A node that says nothing this long on an event stream is given up, in milliseconds. It comments every 5 s. */
const SILENCE_MS = 12_000

export interface ClientOptions {
  readonly url: string
  readonly token: string | undefined
  /** Time for an answer, in milliseconds. */
  readonly timeoutMs: number
}

export class ApiClient {
  readonly url: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #timeoutMs: number

  constructor(options: ClientOptions) {
    this.url = options.url
    this.#timeoutMs = options.timeoutMs
    this.#headers = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }
  }

  nodes(): Promise<NodesDocument> {
    return this.#json('GET', '/v1/nodes')
  }

  runs(): Promise<{ readonly runs: readonly RunDocument[] }> {
    return this.#json('GET', '/v1/runs')
  }

  run(runId: RunId): Promise<RunDocument> {
    return this.#json('GET', `/v1/runs/${encodeURIComponent(runId)}`)
  }

  report(runId: RunId): Promise<Report> {
    return this.#json('GET', `/v1/runs/${encodeURIComponent(runId)}/report`)
  }

  tasks(): Promise<{ readonly tasks: readonly TaskDocument[] }> {
    return this.#json('GET', '/v1/tasks')
  }

  async readiness(): Promise<ReadinessDocument> {
    return this.#json('GET', '/readyz', undefined, [503])
  }

  submit(source: SuiteSource): Promise<{ readonly runId: RunId }> {
    return this.#json('POST', '/v1/runs', source)
  }

  /** What is wrong with a suite, and what all nodes of the mesh find before a run. */
  preflight(source: SuiteSource): Promise<ValidationDocument> {
    return this.#json('POST', '/v1/validate?preflight=true', source)
  }

  stop(runId: RunId): Promise<{ readonly runId: RunId; readonly status: RunStatus }> {
    return this.#json('POST', `/v1/runs/${encodeURIComponent(runId)}/stop`)
  }

  /** @throws VajraError RUN_UNKNOWN, RUN_NOT_RUNNING, CHANGE_INVALID, NOT_CONFIRMED */
  scale(runId: RunId, request: ScaleRequest): Promise<ScaledDocument> {
    const body = { text: JSON.stringify(request), format: 'json' } as const
    return this.#json('POST', `/v1/runs/${encodeURIComponent(runId)}/scale`, body)
  }

  /**
   * A run's events until it ends, `signal` aborts, or the connection is lost (then it throws).
   *
   * @throws VajraError RUN_UNKNOWN, NODE_UNREACHABLE
   */
  async *events(runId: RunId, signal: AbortSignal): AsyncGenerator<RunStreamItem> {
    const silence = new AbortController()
    let timer: NodeJS.Timeout | undefined
    const heard = () => {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), SILENCE_MS)
    }
    try {
      heard()
      const path = `/v1/runs/${encodeURIComponent(runId)}/events`
      const response = await this.#fetch('GET', path, undefined, AbortSignal.any([signal, silence.signal]))
      if (!response.ok || response.body === null) throw await this.#refusal(response)
      for await (const event of readEvents(response.body)) {
        heard()
        if (event.name === '') continue
        const item = { type: event.name, data: JSON.parse(event.data) } as RunStreamItem
        yield item
        if (item.type === 'end') return
      }
      throw this.#unreachable('it ended the connection')
    } catch (thrown) {
      if (signal.aborted) return
      if (thrown instanceof VajraError) throw thrown
      throw this.#unreachable(silence.signal.aborted ? 'it does not answer any more' : messageOf(thrown), thrown)
    } finally {
      clearTimeout(timer)
    }
  }

  async #json<T>(
    method: 'GET' | 'POST',
    path: string,
    body?: SuiteSource,
    expected: readonly number[] = [],
  ): Promise<T> {
    const signal = AbortSignal.timeout(this.#timeoutMs)
    try {
      const response = await this.#fetch(method, path, body, signal)
      if (!response.ok && !expected.includes(response.status)) throw await this.#refusal(response)
      return (await response.json()) as T
    } catch (thrown) {
      if (thrown instanceof VajraError) throw thrown
      if (signal.aborted) {
        throw new VajraError('TIMEOUT', `the node at ${this.url} did not answer within ${this.#timeoutMs / 1000}s`, {
          hint: body === undefined ? 'ask another node with --node' : 'it may have taken the run: see vajra runs',
        })
      }
      throw this.#unreachable(messageOf(thrown), thrown)
    }
  }

  async #fetch(method: string, path: string, body: SuiteSource | undefined, signal: AbortSignal): Promise<Response> {
    const isPlain = body !== undefined && body.files === undefined
    const headers = isPlain ? { ...this.#headers, 'content-type': `application/${body.format}` } : this.#headers
    try {
      return await fetch(this.url + path, {
        method,
        headers,
        signal,
        redirect: 'error',
        ...(body !== undefined && { body: isPlain ? body.text : formOf(body) }),
      })
    } catch (thrown) {
      if (signal.aborted) throw thrown
      throw this.#unreachable(connectionProblem(thrown), thrown)
    }
  }

  /** The error a node answered, as the error it threw. */
  async #refusal(response: Response): Promise<VajraError> {
    const body = (await response.json().catch(() => undefined)) as
      | { code?: unknown; message?: unknown; hint?: unknown; errors?: unknown }
      | undefined
    if (typeof body?.code !== 'string' || typeof body.message !== 'string') {
      return this.#unreachable(`what answers there (status ${response.status}) is no vajra node`)
    }
    const code = Object.hasOwn(ERROR_KINDS, body.code) ? (body.code as ErrorCode) : 'INTERNAL'
    const problems = Array.isArray(body.errors) ? (body.errors as Problem[]) : []
    return new VajraError(code, body.message, {
      ...(typeof body.hint === 'string' && { hint: body.hint }),
      // A lone problem without a place repeats the message.
      problems: problems.length === 1 && problems[0]?.path === '' ? [] : problems,
    })
  }

  #unreachable(what: string, cause?: unknown): VajraError {
    return new VajraError('NODE_UNREACHABLE', `no node answers at ${this.url}: ${what}`, {
      hint: 'start one with "vajra node", or name another with --node or VAJRA_NODE',
      cause,
    })
  }
}

/** A suite with the data files that go with it, as a form. */
function formOf({ text, format, files }: SuiteSource): FormData {
  const form = new FormData()
  form.append('suite', new File([text], `suite.${format}`, { type: `application/${format}` }))
  for (const [name, bytes] of files ?? []) form.append(name, new File([new Uint8Array(bytes)], 'data'))
  return form
}

/** `fetch` hides what went wrong behind "fetch failed". */
function connectionProblem(thrown: unknown): string {
  const cause = (thrown as { cause?: unknown }).cause ?? thrown
  const code = (cause as NodeJS.ErrnoException).code
  if (code === 'ECONNREFUSED') return 'the connection is refused'
  if (code === 'ENOTFOUND') return 'there is no host of that name'
  return messageOf(cause)
}

/**
 * Asks the first node that answers.
 *
 * @throws VajraError of the first node when none answers; any other error of the one that does
 */
export async function askAny<T>(clients: readonly ApiClient[], ask: (client: ApiClient) => Promise<T>): Promise<T> {
  let first: unknown
  for (const client of clients) {
    try {
      return await ask(client)
    } catch (thrown) {
      if (!(thrown instanceof VajraError) || thrown.code !== 'NODE_UNREACHABLE') throw thrown
      first ??= thrown
    }
  }
  throw first
}
