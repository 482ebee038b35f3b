/** The target's authorization server: tokens of OAuth 2.0 client credentials, for any client that knows the secret. */

import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** What every client of the target proves itself with. */
export const CLIENT_SECRET = 'open-sesame'
/** Short, so that runs of some seconds see more than one. */
const LIFETIME_S = 4

export class TokenDesk {
  /** When each token expires, in milliseconds of `performance.now()`. */
  readonly #tokens = new Map<string, number>()

  /** Whether a request has a token that was given out here and has not expired. */
  admits(request: IncomingMessage): boolean {
    const [, token = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? []
    return (this.#tokens.get(token) ?? 0) > performance.now()
  }

  /** Answers a request for a token (RFC 6749, section 4.4). */
  answer(request: IncomingMessage, response: ServerResponse): void {
    const [, encoded = ''] = /^Basic (.+)$/.exec(request.headers.authorization ?? '') ?? []
    // Both are encoded as forms are (RFC 6749, section 2.3.1).
    const secret = new URLSearchParams(`secret=${Buffer.from(encoded, 'base64').toString().split(':')[1]}`).get(
      'secret',
    )
    request.resume().on('end', () => {
      const known = request.method === 'POST' && secret === CLIENT_SECRET
      const type = { 'content-type': 'application/json', 'cache-control': 'no-store' }
      response
        .writeHead(known ? 200 : 401, type)
        .end(JSON.stringify(known ? this.#issue() : { error: 'invalid_client' }))
    })
  }

  #issue(): object {
    const now = performance.now()
    for (const [token, expiresAt] of this.#tokens) if (expiresAt <= now) this.#tokens.delete(token)
    const token = randomBytes(24).toString('base64url')
    this.#tokens.set(token, now + LIFETIME_S * 1000)
    return { access_token: token, token_type: 'Bearer', expires_in: LIFETIME_S }
  }
}
