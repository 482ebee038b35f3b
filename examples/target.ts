/**
 * A small HTTP server with known delays and known misbehaviour, to fire at: used by the demo, the tests and the
 * benchmarks. It keeps its own log of what reached it, so that what a load test reports can be held against it.
 *
 *     node examples/target.ts [--port 8080] [--host 127.0.0.1]
 *
 * prints `{"url":"http://127.0.0.1:8080"}` once it listens.
 *
 * | path | what it does |
 * | --- | --- |
 * | `/fast` | answers at once |
 * | `/products`, `/slow` | answer after 5 ms, 100 ms |
 * | `/delay/:ms` | answers after that many milliseconds |
 * | `POST /login` | takes `{"user": …}`, gives a token and a session cookie |
 * | `/cart` | answers after 2 ms to whoever comes with one of them, else with 401 |
 * | `POST /checkout` | reads the body, answers after 20 ms; with 401 to a token that it has not given |
 * | `/orders` | answers at once where a token of `/oauth2/token` comes with it, else with 401 |
 * | `POST /oauth2/token` | gives a token for 4 s to any client with the secret `open-sesame` |
 * | `/status/:code` | answers with that status |
 * | `/reset` | resets the connection |
 * | `/hang` | never answers |
 * | `/garbage` | writes bytes that are not HTTP |
 * | `/partial` | announces 1000 bytes, sends 10 and closes |
 * | `GET /__log` | what arrived: total, per second, per node, per path |
 * | `GET /__shop` | who logged in, and whose tokens came from which nodes |
 * | `GET /__arrivals?from=&to=` | instants of arrival in epoch milliseconds |
 * | `POST /__reset` | forgets what arrived |
 *
 * A request is counted when it arrives; those for tokens, and to paths that begin with `/__`, are not. Requests that carry the header
 * `x-vajra-node` are counted under its value as well.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { ArrivalLog, type TargetLog } from './target-log.ts'
import { Shop } from './target-shop.ts'
import { TokenDesk } from './target-tokens.ts'

export type { TargetLog } from './target-log.ts'

export interface TargetOptions {
  /** 0 takes a free one. */
  readonly port?: number
  readonly host?: string
}

export interface Target {
  readonly url: string
  readonly port: number
  /** What arrived so far; the document of `GET /__log`. */
  counts(): TargetLog
  /** Instants of arrival in epoch milliseconds within [from, to), oldest first. */
  arrivals(from?: number, to?: number): readonly number[]
  /** Forgets what arrived. */
  reset(): void
  close(): Promise<void>
}

/** Starts the target and resolves once it listens. */
export async function startTarget(options: TargetOptions = {}): Promise<Target> {
  const host = options.host ?? '127.0.0.1'
  const log = new ArrivalLog()
  const tokens = new TokenDesk()
  const shop = new Shop()
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    if (request.url === '/oauth2/token') tokens.answer(request, response)
    else route({ log, tokens, shop }, request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, host, 4096, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    counts: () => log.counts(),
    arrivals: (from, to) => log.arrivals(from, to),
    reset: () => {
      log.reset()
      shop.reset()
    },
    close: () => closeServer(server),
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

const JSON_TYPE = { 'content-type': 'application/json' }
const OK = Buffer.from('{"ok":true}')
const OK_HEADERS = { ...JSON_TYPE, 'content-length': String(OK.length) }

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const ROUTES: Readonly<Record<string, Handler>> = {
  '/fast': (_request, response) => answer(response),
  '/products': (_request, response) => answerAfter(response, 5),
  '/slow': (_request, response) => answerAfter(response, 100),
  '/reset': (request) => request.socket.resetAndDestroy(),
  '/hang': () => {},
  '/garbage': (request) => request.socket.end('\u0000\u0001 this is not HTTP \u0002\r\n\r\n'),
  '/partial': (request, response) => {
    response.writeHead(200, { 'content-length': '1000' })
    response.write('0123456789', () => request.socket.end())
  },
}

interface Desks {
  readonly log: ArrivalLog
  readonly tokens: TokenDesk
  readonly shop: Shop
}

function route(desks: Desks, request: IncomingMessage, response: ServerResponse): void {
  const { log, tokens, shop } = desks
  const url = request.url ?? '/'
  if (url.startsWith('/__')) {
    introspect(desks, url, request, response)
    return
  }
  const path = url.split('?', 1)[0]!
  // Checks before a run are no part of it.
  const isCheck = request.headers['user-agent']?.endsWith('(pre-flight)') === true
  if (!isCheck) log.record(path, request.headers['x-vajra-node'])
  if (url === '/orders') return answer(response, tokens.admits(request) ? 200 : 401)
  if (path === '/login') return shop.logIn(request, response)
  if (path === '/cart') return answerAfter(response, 2, shop.admits(request) ? 200 : 401)
  if (path === '/checkout') return checkOut(shop, request, response)
  const handler = ROUTES[path] ?? routeWithArgument(path)
  handler(request, response)
}

/** Whoever brings a token must have it from here; nobody has to. */
function checkOut(shop: Shop, request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'POST') return answer(response, 405)
  const status = request.headers.authorization === undefined || shop.admits(request) ? 200 : 401
  request.resume().on('end', () => answerAfter(response, 20, status))
}

function routeWithArgument(path: string): Handler {
  const [, verb, argument] = path.split('/')
  const number = Number(argument)
  if (verb === 'delay' && number >= 0 && number <= 600_000) return (_request, response) => answerAfter(response, number)
  const isStatus = verb === 'status' && Number.isInteger(number) && number >= 200 && number <= 599
  return (_request, response) => answer(response, isStatus ? number : 404)
}

function answerAfter(response: ServerResponse, milliseconds: number, status = 200): void {
  setTimeout(answer, milliseconds, response, status)
}

function answer(response: ServerResponse, status = 200): void {
  if (response.destroyed) return
  if (status === 204 || status === 304) {
    response.writeHead(status).end()
    return
  }
  response.writeHead(status, OK_HEADERS).end(OK)
}

function introspect({ log, shop }: Desks, url: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, 'http://target')
  if (pathname === '/__log') {
    answerJson(response, log.counts())
  } else if (pathname === '/__arrivals') {
    const from = Number(searchParams.get('from') ?? Number.NEGATIVE_INFINITY)
    const to = Number(searchParams.get('to') ?? Number.POSITIVE_INFINITY)
    answerJson(response, log.arrivals(from, to))
  } else if (pathname === '/__shop') {
    answerJson(response, shop.seen())
  } else if (pathname === '/__reset' && request.method === 'POST') {
    log.reset()
    shop.reset()
    answer(response)
  } else {
    answer(response, 404)
  }
}

function answerJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, JSON_TYPE).end(JSON.stringify(body))
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '8080' }, host: { type: 'string', default: '127.0.0.1' } },
  })
  const target = await startTarget({ port: Number(values.port), host: values.host })
  console.log(JSON.stringify({ url: target.url }))
  const stop = (): void => {
    void target.close()
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

if (import.meta.main) await main()
