/** The `http` task: one request, sent again and again over connections that are kept alive. */

import type { Lane, LaneSink } from '../lane.ts'
import { defineTask, type TaskContext, type TaskDefinition, type TaskInstance, type TaskResult } from '../sdk.ts'
import { loadDriver } from './load-driver.ts'
import { type HttpRequestParameters, prepareRequest } from './prepared-request.ts'

export const httpTask: TaskDefinition = defineTask({
  name: 'http',
  title: 'HTTP request',
  description:
    'Sends one HTTP/1.1 request over kept-alive connections and reads the whole answer. Redirects are not followed; ' +
    'a status of 400 or more is a failure. `{{node}}` in the URL and in header values becomes the name of the node; ' +
    'header values may be credential references (`env:NAME`, `file:/path`, also after a scheme: `Bearer env:NAME`).',
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
  create: (parameters, context) => new HttpTask(parameters as unknown as HttpRequestParameters, context),
})

/** Executes through its lane; `execute` is the same for callers that have no use for a lane. */
class HttpTask implements TaskInstance {
  readonly #parameters: HttpRequestParameters
  readonly #context: TaskContext
  #open: ((sink: LaneSink) => Lane) | undefined

  constructor(parameters: HttpRequestParameters, context: TaskContext) {
    this.#parameters = parameters
    this.#context = context
  }

  async setup(): Promise<void> {
    const request = prepareRequest(this.#parameters, this.#context.node, process.env)
    const driver = await loadDriver(this.#parameters.driver ?? 'wire')
    await driver.prepare(request)
    const warn = (message: string): void => this.#context.log('warn', `http ${request.origin}: ${message}`)
    this.#open = (sink) => driver.open(request, sink, warn)
  }

  /** @throws Error before `setup` has succeeded */
  openLane(sink: LaneSink): Lane {
    if (this.#open === undefined) throw new Error('the http task has not been set up')
    return this.#open(sink)
  }

  async execute(): Promise<TaskResult> {
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
    lane.fire(0)
    const result = await promise
    await lane.close()
    return result
  }
}
