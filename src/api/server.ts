/**
 * The HTTP API of a node. It sees the node through its port only, and answers every mistake of a caller with an
 * error body; nothing a caller sends stops the node.
 */

import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { VajraError } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { accessCheck, isLoopback } from './access.ts'
import { errorBody, toVajraError } from './error-body.ts'
import { EventStreams } from './event-streams.ts'
import { listen } from './listen.ts'
import type { NodePort } from './node-port.ts'
import { openapiDocument } from './openapi.ts'
import { ROUTES } from './routes.ts'
import { readSuiteBodies } from './suite-body.ts'

/** Where the API listens when nobody says otherwise. */
export const DEFAULT_HOST = '127.0.0.1'
export const DEFAULT_PORT = 7070

/** Time a client has to send a whole request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000
/** Time an idle connection is kept, in milliseconds. */
const KEEP_ALIVE_MS = 10_000
/** Time answers under way have when the server closes, in milliseconds. */
const CLOSE_GRACE_MS = 2000

export interface ApiOptions {
  readonly node: NodePort
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  /** Nobody chose the port: if it is taken, the next free one (up to 100 further) is used. */
  readonly portIsDefault: boolean
  /** Bearer token every request but `/healthz` must carry. */
  readonly token?: string
  /** Allows listening beyond this machine without a token. */
  readonly insecure?: boolean
  readonly logger?: FastifyBaseLogger
}

export interface RunningApi {
  /** Where others reach it. */
  readonly url: string
  /** Ends event streams at once and other answers within two seconds. */
  close(): Promise<void>
}

/**
 * Starts the API.
 *
 * @throws VajraError OPTION_INVALID for an address that needs a token and has none, PORT_IN_USE
 */
export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const { host, token, insecure = false } = options
  if (token === undefined && !insecure && !isLoopback(host)) {
    throw new VajraError('OPTION_INVALID', `the API may not listen on ${host} without a token`, {
      hint: 'set VAJRA_HTTP_TOKEN, or say --insecure-http if everyone who reaches it may start load tests',
    })
  }
  const { server, streams } = buildServer(options)
  let url: string
  try {
    url = await listen(server, options)
  } catch (thrown) {
    await server.close()
    throw thrown
  }
  let closing: Promise<void> | undefined
  return {
    url,
    close: () => {
      closing ??= close(server, streams)
      return closing
    },
  }
}

/** The server without its socket: what {@link startApi} listens with, and what tests call directly. */
export function buildServer(options: Omit<ApiOptions, 'port' | 'portIsDefault'>): {
  readonly server: FastifyInstance
  readonly streams: EventStreams
} {
  const { node, logger } = options
  const server = Fastify({
    ...(logger !== undefined && { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: LIMITS.httpBodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    frameworkErrors: (thrown, _request, reply) => answerError(thrown, reply as unknown as Answer),
  })
  server.server.maxConnections = LIMITS.httpConnections
  readSuiteBodies(server)
  guard(server, options)
  server.setErrorHandler((thrown, request, reply) => {
    if (toVajraError(thrown).code === 'INTERNAL')
      request.log.error({ error: thrown, path: request.url }, 'cannot answer')
    return answerError(thrown, reply as unknown as Answer)
  })
  server.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]?.slice(0, 200)
    const error = new VajraError('NOT_FOUND', `there is no ${request.method} ${path}`, {
      hint: 'what there is: GET /v1/openapi.json',
    })
    return answerError(error, reply as unknown as Answer)
  })

  const streams = new EventStreams(node)
  const context = { node, streams, openapi: openapiDocument(node.version) }
  for (const { method, path, handle } of ROUTES) {
    server.route({ method, url: path, handler: (request, reply) => handle(context, request, reply) })
  }
  return { server, streams }
}

function guard(server: FastifyInstance, options: { readonly host: string; readonly token?: string }): void {
  const check = accessCheck({ host: options.host, token: options.token })
  server.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    if (request.routeOptions.url === '/healthz') return
    const { host, origin, authorization } = request.headers
    check({ method: request.method, host, origin, authorization })
  })
}

/** What is needed of a reply, whichever of the framework's types it has. */
interface Answer {
  code(status: number): Answer
  header(name: string, value: string): Answer
  send(body: unknown): unknown
}

function answerError(thrown: unknown, reply: Answer): unknown {
  const error = toVajraError(thrown)
  if (error.code === 'UNAUTHORIZED') reply.header('www-authenticate', 'Bearer')
  if (error.httpStatus === 503) reply.header('retry-after', '1')
  return reply.code(error.httpStatus).send(errorBody(error))
}

async function close(server: FastifyInstance, streams: EventStreams): Promise<void> {
  streams.close()
  const cut = setTimeout(() => server.server.closeAllConnections(), CLOSE_GRACE_MS)
  try {
    await server.close()
  } finally {
    clearTimeout(cut)
  }
}
