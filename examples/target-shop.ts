/** The part of the example target that knows its users: it gives tokens and sessions, and asks for them. */

import type { IncomingMessage, ServerResponse } from 'node:http'

/** The document of `GET /__shop`. */
export interface ShopLog {
  /** How often each user logged in. */
  readonly users: Readonly<Record<string, number>>
  /** Requests with a token or session, by whether they came from the node that had logged in for it. */
  readonly ownTokens: number
  readonly foreignTokens: number
  /** Requests with a token or session that was not given here, or with none. */
  readonly refused: number
}

const TOKENS_KEPT = 1_000_000
const USERS_KEPT = 100_000
const BODY_BYTES = 64 * 1024

export class Shop {
  /** The node that each was given to, by token. */
  readonly #tokens = new Map<string, string>()
  readonly #users = new Map<string, number>()
  #given = 0
  #own = 0
  #foreign = 0
  #refused = 0

  logIn(request: IncomingMessage, response: ServerResponse): void {
    const parts: Buffer[] = []
    let length = 0
    request.on('data', (part: Buffer) => {
      length += part.length
      if (length <= BODY_BYTES) parts.push(part)
    })
    request.on('end', () => {
      const user = request.method === 'POST' ? userOf(Buffer.concat(parts).toString()) : null
      if (user === null) return send(response, 400, { error: 'send a JSON object with a user' })
      const token = this.#give(user, nodeOf(request))
      send(response, 200, { token, user }, { 'set-cookie': `session=${token}; Path=/; HttpOnly` })
    })
  }

  #give(user: string, node: string): string {
    const times = this.#users.get(user)
    if (times !== undefined || this.#users.size < USERS_KEPT) this.#users.set(user, (times ?? 0) + 1)
    const token = `t${++this.#given}`
    if (this.#tokens.size < TOKENS_KEPT) this.#tokens.set(token, node)
    return token
  }

  /** Whether a request comes with a token or session that was given here; it is counted. */
  admits(request: IncomingMessage): boolean {
    const giver = this.#tokens.get(tokenOf(request) ?? '')
    if (giver === undefined) this.#refused++
    else if (giver === nodeOf(request)) this.#own++
    else this.#foreign++
    return giver !== undefined
  }

  seen(): ShopLog {
    return {
      users: Object.fromEntries(this.#users),
      ownTokens: this.#own,
      foreignTokens: this.#foreign,
      refused: this.#refused,
    }
  }

  reset(): void {
    this.#users.clear()
    this.#own = 0
    this.#foreign = 0
    this.#refused = 0
  }
}

function tokenOf({ headers }: IncomingMessage): string | undefined {
  return (
    /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? /(?:^|; )session=([^;]+)/.exec(headers.cookie ?? '')?.[1]
  )
}

function nodeOf({ headers }: IncomingMessage): string {
  return String(headers['x-vajra-node'] ?? '')
}

function userOf(text: string): string | null {
  try {
    const { user } = JSON.parse(text) as { readonly user?: unknown }
    return typeof user === 'string' && user !== '' ? user : null
  } catch {
    return null
  }
}

function send(
  response: ServerResponse,
  status: number,
  document: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (!response.destroyed) {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(document))
  }
}
