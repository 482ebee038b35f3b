/** Looks at one target: its name, a connection, TLS, and how it answers. */

import { Agent, request as httpRequest } from 'node:http'
import type { Socket } from 'node:net'
import type {
  AnswerSeen,
  Failed,
  ProbeRequest,
  ProbeTarget,
  RequestSeen,
  TargetSeen,
  TlsSeen,
} from '../../preflight/observed.ts'
import { type PreparedRequest, USER_AGENT } from '../http/prepared-request.ts'
import { codeOf, connect, lookUp, secure } from './connect.ts'
import type { Deadline } from './deadline.ts'

/** A request is not sent again once its answers have taken so long together, in milliseconds. */
const ENOUGH_MS = 500

/** So that whoever reads the log of the target can tell. Unless the suite sets another. */
const PROBE_AGENT = `${USER_AGENT} (pre-flight)`

export interface ProbeOptions {
  /** How often a request is sent at the most. */
  readonly repeats: number
  readonly deadline: Deadline
  /** The request with its credentials; null where they are not to be had, which is told elsewhere. */
  readonly prepare: (request: ProbeRequest) => Promise<PreparedRequest | null>
}

/** Never rejects. */
export async function probeTarget(target: ProbeTarget, options: ProbeOptions): Promise<TargetSeen> {
  const { origin, path, requests } = target
  const { deadline, prepare } = options
  const nothing = { origin, path, dns: null, tcp: null, tls: null, requests: [] }
  const { seen: dns, addresses } = await lookUp(origin, deadline)
  if (addresses.length === 0) return { ...nothing, dns }
  const { seen: tcp, socket } = await connect(origin, addresses, deadline)
  if (socket === null) return { ...nothing, dns, tcp }
  let tls: TlsSeen | null = null
  const open = [socket]
  try {
    const [first] = requests
    const prepared = first === undefined ? null : await deadline.within(prepare(first), deadline.leftMs, () => null)
    if (prepared === null) return { ...nothing, dns, tcp }
    let connection = socket
    if (origin.startsWith('https:')) {
      const secured = await secure(socket, prepared, deadline)
      tls = secured.seen
      if (secured.socket === null) return { ...nothing, dns, tcp, tls }
      connection = secured.socket
      open.push(connection)
    }
    const again = async (): Promise<Socket> => {
      const next = await connect(origin, addresses, deadline)
      if (next.socket === null) throw Object.assign(new Error('no connection'), { code: (next.seen as Failed).code })
      open.push(next.socket)
      if (tls === null) return next.socket
      const secured = await secure(next.socket, prepared, deadline)
      if (secured.socket === null) throw Object.assign(new Error('no TLS'), { code: (secured.seen as Failed).code })
      open.push(secured.socket)
      return secured.socket
    }
    const sender = new Sender(connection, again, deadline)
    const seen: RequestSeen[] = []
    for (const request of requests) seen.push(await sendSome(request, sender, options))
    return { origin, path, dns, tcp, tls, requests: seen }
  } finally {
    for (const each of open) each.destroy()
  }
}

async function sendSome(request: ProbeRequest, sender: Sender, options: ProbeOptions): Promise<RequestSeen> {
  const { deadline, prepare, repeats } = options
  const { method, timeoutMs, url } = request.parameters
  const answers: AnswerSeen[] = []
  let failure: Failed | null = null
  const prepared = await deadline.within(prepare(request), deadline.leftMs, () => null)
  while (prepared !== null && answers.length < repeats && deadline.leftMs > 0) {
    const answer = await sender.send(prepared)
    if ('code' in answer) {
      failure = answer
      break
    }
    answers.push(answer)
    if (answers.reduce((sum, { ms }) => sum + ms, 0) > ENOUGH_MS) break
  }
  const { origin, pathname } = new URL(url)
  const shown = `${origin}${pathname}`.slice(0, 200)
  return { path: request.path, own: request.own, method, url: shown, timeoutMs, answers, failure }
}

/** Sends requests one after the other over one connection, and over another one when the target has closed it. */
class Sender {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #deadline: Deadline

  constructor(first: Socket, again: () => Promise<Socket>, deadline: Deadline) {
    let unused: Socket | null = first
    this.#deadline = deadline
    this.#agent.createConnection = (_options, done) => {
      const socket = unused
      unused = null
      if (socket !== null) return socket
      again().then(
        (next) => done?.(null, next),
        (error: Error) => done?.(error, undefined as never),
      )
      return undefined
    }
  }

  /** The whole answer, or why there is none. */
  async send(request: PreparedRequest): Promise<AnswerSeen | Failed> {
    const begin = performance.now()
    const fail = (code: string): Failed => ({ ok: false, ms: performance.now() - begin, code })
    const exchange = this.#exchange(request).catch((error: unknown) => fail(codeOf(error)))
    return this.#deadline.within<AnswerSeen | Failed>(exchange, this.#deadline.leftMs, () => fail('TIMEOUT'))
  }

  #exchange({ origin, options }: PreparedRequest): Promise<AnswerSeen> {
    const { method, path, headers, body } = options
    const begin = performance.now()
    return new Promise((resolve, reject) => {
      const fields = fieldsOf(headers, new URL(origin).host)
      const request = httpRequest({ method, path, headers: fields, agent: this.#agent })
      request.on('error', reject)
      request.on('response', (response) => {
        const { statusCode: status = 0 } = response
        response.on('error', reject)
        response.on('data', () => {})
        response.on('end', () => resolve({ status, ms: performance.now() - begin, closes: !request.shouldKeepAlive }))
        response.on('aborted', () => reject(Object.assign(new Error('cut'), { code: 'ECONNRESET' })))
      })
      request.end(body ?? undefined)
    })
  }
}

/** Names and values in turn, as an object; a name stands there once. */
function fieldsOf(headers: readonly string[], host: string): Record<string, string> {
  const fields: Record<string, string> = headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')
    ? {}
    : { host }
  for (let i = 0; i < headers.length; i += 2) {
    const [name = '', value = ''] = headers.slice(i, i + 2)
    fields[name] = name === 'user-agent' && value === USER_AGENT ? PROBE_AGENT : value
  }
  return fields
}
