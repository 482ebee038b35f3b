/** The `http` task: one request, sent again and again over connections that are kept alive. */

import { messageOf } from '../../base/errors.ts'
import type { Lane, LaneSink, StepPort } from '../../journey/lane.ts'
import type { Values } from '../../journey/text.ts'
import type { CredentialSource } from '../credentials/credential-source.ts'
import { Keeper } from '../credentials/keeper.ts'
import {
  defineTask,
  type Iteration,
  type TaskContext,
  type TaskDefinition,
  type TaskInstance,
  type TaskResult,
} from '../sdk.ts'
import { loadDriver } from './load-driver.ts'
import {
  forget,
  type HttpRequestParameters,
  type PreparedRequest,
  prepareRequest,
  replaceHeader,
} from './prepared-request.ts'
import { resolveCredentials } from './request-credentials.ts'
import { sharingKey } from './shared-connections.ts'

/** Where this task takes its credentials from, beside what every task is told: of its own otherwise. */
interface HttpTaskContext extends TaskContext {
  readonly credentials?: CredentialSource
  /** Values that stay the same in the whole run; the name of the node only unless given. */
  readonly values?: Values
  /** The same for all steps of a scenario. */
  readonly scope?: object
}

export const httpTask: TaskDefinition = defineTask({
  name: 'http',
  title: 'HTTP request',
  description:
    'Sends one HTTP/1.1 request over kept-alive connections and reads the whole answer. Redirects are not followed; ' +
    'a status of 400 or more is a failure. Path, query, header values and body may have templates, as `{{iteration}}`; ' +
    'header values may be credential references (`env:NAME`, `file:/path`, …; also after a scheme: `Bearer env:NAME`).',
  category: 'http',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['url'],
    properties: {
      method: { type: 'string', default: 'GET', description: 'HTTP method.' },
      url: { type: 'string', description: "Absolute, or relative to the suite's target." },
      headers: {
        type: 'object',
        additionalProperties: { type: 'string' },
        description: 'Header fields. Credentials are references: `authorization: Bearer env:TOKEN`.',
      },
      auth: {
        type: ['object', 'string'],
        description: 'Credentials: `basic`, `bearer`, `apiKey` or `oauth2`, and `mtls`, by reference; `none` for none.',
      },
      body: { type: 'string', description: 'Text to send.' },
      json: { description: 'Value to send as JSON, instead of `body`.' },
      timeout: {
        type: ['string', 'object'],
        default: '30s',
        description:
          'Time allowed from the send to the last byte of the answer; or a map with `connect`, `tls`, `firstByte`, `total`.',
      },
      driver: {
        enum: ['wire', 'undici'],
        default: 'wire',
        description: '`wire` costs the generator least and reads answers strictly; `undici` is a general HTTP client.',
      },
      pipelining: { type: 'integer', default: 1, description: 'Requests in flight on one connection.' },
      warmConnections: { type: 'integer', description: 'Connections that are opened before the start.' },
    },
  },
  executor: 'async',
  create: (parameters, context: HttpTaskContext) =>
    new HttpTask(parameters as unknown as HttpRequestParameters, context),
})

/** A body that is looked at had better come as it is. What is asked for in other words is decoded all the same. */
function askPlain(request: PreparedRequest): void {
  const asks = request.parts.headers.some(([name]) => name.toLowerCase() === 'accept-encoding')
  if (!asks) replaceHeader(request, 'accept-encoding', 'identity')
}

/** Executes through its lane; `execute` is the same for callers that have no use for a lane. */
class HttpTask implements TaskInstance {
  readonly #parameters: HttpRequestParameters
  readonly #fixed: Values
  readonly #log: TaskContext['log']
  readonly #credentials: CredentialSource
  readonly #scope: object | undefined
  #request: PreparedRequest | undefined
  #open: ((sink: LaneSink, step?: StepPort) => Lane) | undefined

  constructor(parameters: HttpRequestParameters, context: HttpTaskContext) {
    const { node, log, credentials = new Keeper(log), scope } = context
    this.#parameters = parameters
    this.#fixed = context.values ?? { get: (name) => (name === 'node' ? node : undefined) }
    this.#log = log
    this.#credentials = credentials
    this.#scope = scope
  }

  async setup(): Promise<void> {
    const request = await this.#prepare()
    const driver = await loadDriver(this.#parameters.driver ?? 'wire')
    await driver.prepare(request)
    const warn = (message: string): void => this.#log('warn', `http ${request.origin}: ${message}`)
    const scope = this.#scope
    const sharing = scope && { scope, key: sharingKey(request, this.#parameters.auth) }
    this.#open = (sink, step) => {
      if (step?.wantsBody === true) askPlain(request)
      return driver.open(request, sink, { warn, step, sharing })
    }
  }

  async #prepare(): Promise<PreparedRequest> {
    let renewed: string | undefined
    const renew = (value: string): void => {
      renewed = value
      if (this.#request === undefined) return
      try {
        replaceHeader(this.#request, 'authorization', value)
      } catch (error) {
        // Requests go on with the one they have: what cannot be sent would take the thread down.
        this.#log('warn', messageOf(error))
      }
    }
    const credentials = await resolveCredentials(this.#parameters, this.#credentials, renew)
    this.#request = prepareRequest(this.#parameters, this.#fixed, credentials)
    // While others of its credentials were waited for.
    if (renewed !== undefined) renew(renewed)
    return this.#request
  }

  /** @throws Error before `setup` has succeeded */
  openLane(sink: LaneSink, step?: StepPort): Lane {
    if (this.#open === undefined) throw new Error('the http task has not been set up')
    return this.#open(sink, step)
  }

  async execute({ index, user }: Iteration): Promise<TaskResult> {
    const { promise, resolve } = Promise.withResolvers<TaskResult>()
    const lane = this.openLane({
      settled: (_ticket, kind, bytesSent, bytesReceived) => {
        resolve(
          kind === null
            ? { ok: true, bytesSent, bytesReceived }
            : { ok: false, error: kind, kind, bytesSent, bytesReceived },
        )
      },
    })
    lane.fire(0, index, user)
    const result = await promise
    await lane.close()
    return result
  }

  /** Nothing is sent any more: what is left of the request may hold a credential. */
  cleanup(): void {
    this.#open = undefined
    if (this.#request !== undefined) forget(this.#request)
    this.#request = undefined
  }
}
