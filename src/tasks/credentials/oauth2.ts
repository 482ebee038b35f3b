/**
 * OAuth 2.0 client credentials (RFC 6749, section 4.4): a token, and another one before it expires. The protocol is
 * oauth4webapi's, over the `fetch` of Node.js.
 */

import * as oauth from 'oauth4webapi'
import { messageOf, VajraError } from '../../base/errors.ts'
import type { OAuth2Auth } from '../../suite/auth-spec.ts'

/** A token is renewed so long before it expires, or after three quarters of its time if that is later; in milliseconds. */
const MARGIN_MS = 60_000
/** Between two tries to renew a token, in milliseconds: a third of what is left of its time within these bounds. */
const SHORTEST_RETRY_MS = 500
const LONGEST_RETRY_MS = 10_000
/** What a timer can count, in milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Resolved credentials of a client. */
export interface ClientCredentials {
  readonly id: string
  readonly secret: string
}

export interface TokenOptions {
  readonly auth: OAuth2Auth
  /** Where it stands in the suite. */
  readonly path: string
  readonly client: ClientCredentials
  /** Longest time for an answer of the token endpoint, in milliseconds. */
  readonly answerMs: number
  readonly log: (level: 'info' | 'warn', message: string) => void
  /** Told of every token before it is used; a text that is about to be shown is passed through `redact`. */
  readonly hide: (secret: string) => void
  readonly redact: (text: string) => string
}

interface Fetched {
  readonly value: string
  /** When it expires, on the clock of `performance.now()`; infinite when the endpoint does not say. */
  readonly expiresAt: number
}

/** The time from now to the renewal of a token with so long to live, in milliseconds. */
export function renewalDelay(lifetimeMs: number): number {
  return Math.max(lifetimeMs - MARGIN_MS, lifetimeMs * 0.75, SHORTEST_RETRY_MS)
}

/** The time to the next try, with so long to live, which may be over. */
export function retryDelay(leftMs: number): number {
  return Math.min(LONGEST_RETRY_MS, Math.max(SHORTEST_RETRY_MS, leftMs <= 0 ? LONGEST_RETRY_MS / 2 : leftMs / 3))
}

export class Token {
  readonly #options: TokenOptions
  readonly #listeners = new Set<(token: string) => void>()
  readonly #closed = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #current: Fetched | undefined

  constructor(options: TokenOptions) {
    this.#options = options
  }

  /** Fetches the first one. @throws VajraError `TASK_SETUP_FAILED` */
  async start(): Promise<void> {
    this.#take(await this.#fetch())
  }

  /** The newest; after {@link start}. */
  get value(): string {
    return this.#current?.value ?? ''
  }

  /** @param listener told of every token from now on */
  onRenewed(listener: (token: string) => void): void {
    this.#listeners.add(listener)
  }

  close(): void {
    this.#closed.abort()
    clearTimeout(this.#timer)
    this.#listeners.clear()
    this.#current = undefined
  }

  #take(fetched: Fetched): void {
    if (this.#closed.signal.aborted) return
    this.#current = fetched
    if (fetched.expiresAt !== Number.POSITIVE_INFINITY) {
      this.#renewIn(renewalDelay(fetched.expiresAt - performance.now()))
    }
  }

  #renewIn(delayMs: number): void {
    this.#timer = setTimeout(() => void this.#renew(), Math.min(delayMs, LONGEST_TIMER_MS)).unref()
  }

  async #renew(): Promise<void> {
    const { log } = this.#options
    try {
      this.#take(await this.#fetch())
      for (const listener of this.#listeners) listener(this.value)
    } catch (error) {
      if (this.#closed.signal.aborted) return
      const left = (this.#current?.expiresAt ?? 0) - performance.now()
      const delay = retryDelay(left)
      const state = left > 0 ? `it expires in ${Math.ceil(left / 1000)} s` : 'it has expired'
      const next = `next try in ${Math.ceil(delay / 100) / 10} s`
      log('warn', `the token could not be renewed, and ${state}; ${next}: ${messageOf(error)}`)
      this.#renewIn(delay)
    }
  }

  async #fetch(): Promise<Fetched> {
    const { auth, hide, answerMs } = this.#options
    const { tokenUrl } = auth
    const server: oauth.AuthorizationServer = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl }
    const { id, secret } = this.#options.client
    const client = { client_id: id }
    const method = auth.clientAuth === 'body' ? oauth.ClientSecretPost : oauth.ClientSecretBasic
    const askedAt = performance.now()
    try {
      const response = await oauth.clientCredentialsGrantRequest(
        server,
        client,
        method(secret),
        { ...auth.parameters },
        {
          [oauth.allowInsecureRequests]: true,
          signal: () => AbortSignal.any([AbortSignal.timeout(answerMs), this.#closed.signal]),
        },
      )
      const { access_token: value, expires_in: seconds } = await oauth.processClientCredentialsResponse(
        server,
        client,
        response,
      )
      hide(value)
      return { value, expiresAt: seconds === undefined ? Number.POSITIVE_INFINITY : askedAt + seconds * 1000 }
    } catch (error) {
      throw await this.#failure(error)
    }
  }

  async #failure(error: unknown): Promise<VajraError> {
    const { auth, path, answerMs, redact } = this.#options
    const about = `${path}.oauth2: the token endpoint ${auth.tokenUrl}`
    const refusal = await refusalOf(error)
    if (refusal !== undefined) {
      const message = `${about} refused client ${auth.clientId} with secret ${auth.clientSecret}: ${redact(refusal)}`
      const hint = 'check the client, its secret, and what it may ask for, at the authorization server'
      return new VajraError('TASK_SETUP_FAILED', message, { hint })
    }
    const hint = 'check `tokenUrl`, and that it can be reached from this node'
    return new VajraError('TASK_SETUP_FAILED', `${about} ${redact(failureOf(error, answerMs))}`, { hint })
  }
}

/** What the endpoint says of a request that it refuses (RFC 6749, section 5.2); undefined for other failures. */
async function refusalOf(error: unknown): Promise<string | undefined> {
  if (error instanceof oauth.ResponseBodyError) return saying(error.status, error.error, error.error_description)
  if (!(error instanceof oauth.WWWAuthenticateChallengeError)) return undefined
  // With a challenge the library leaves the body alone, which says more.
  const body = (await error.response.json().catch(() => ({}))) as { error?: unknown; error_description?: unknown }
  return saying(error.status, body.error, body.error_description)
}

function saying(status: number, code: unknown, description: unknown): string {
  const parts = [String(status), code, description].filter((part) => typeof part === 'string' && part !== '')
  return parts.join(' ').replace(/\s+/g, ' ').slice(0, 200)
}

function failureOf(error: unknown, answerMs: number): string {
  const { name, code, cause } = error as { name?: string; code?: string; cause?: unknown }
  if (name === 'TimeoutError' || (cause as Error | undefined)?.name === 'TimeoutError') {
    return `did not answer within ${answerMs / 1000} s`
  }
  if (code === 'OAUTH_TIMEOUT') return `did not answer within ${answerMs / 1000} s`
  if (cause instanceof Response) return `answered with status ${cause.status}, which is no token: ${messageOf(error)}`
  if (cause instanceof Error) return `cannot be reached: ${(cause as NodeJS.ErrnoException).code ?? messageOf(cause)}`
  return `did not answer as it should: ${messageOf(error)}`
}
