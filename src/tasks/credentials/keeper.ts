/**
 * The credentials of one run: each reference is resolved once, when it is first asked for, and its value is kept in
 * memory until the run is over.
 */

import { messageOf, VajraError } from '../../base/errors.ts'
import type { OAuth2Auth } from '../../suite/auth-spec.ts'
import { parseReference } from '../../suite/references.ts'
import { at, type CredentialLog, type CredentialSource, resolveText, type ValueLimits } from './credential-source.ts'
import type { Token } from './oauth2.ts'
import { Redaction } from './redaction.ts'
import { unresolved } from './resolver.ts'
import { RESOLVERS } from './resolvers.ts'

/** Longest time that resolving a reference, or fetching a token, may take, in milliseconds. */
const ANSWER_MS = 4000
/** Secrets are short. */
const MOST_BYTES = 64 * 1024

export class Keeper implements CredentialSource {
  readonly #redaction = new Redaction()
  readonly #kept = new Map<string, Promise<unknown>>()
  readonly #closed = new AbortController()
  readonly #tokens = new Set<Token>()
  readonly #log: CredentialLog
  readonly #answerMs: number

  /** @param answerMs longest time that anything may take that is asked for */
  constructor(log: CredentialLog = () => {}, answerMs = ANSWER_MS) {
    this.#log = log
    this.#answerMs = answerMs
  }

  resolve(reference: string, { mostBytes = MOST_BYTES }: ValueLimits = {}): Promise<string> {
    return this.#once(reference, () => this.#resolve(reference, mostBytes))
  }

  async #resolve(reference: string, mostBytes: number): Promise<string> {
    const parsed = parseReference(reference)
    if (parsed === undefined) throw unresolved(reference, 'it is not a reference', 'check the suite')
    const late = AbortSignal.timeout(this.#answerMs)
    const signal = AbortSignal.any([late, this.#closed.signal])
    const once = <T>(name: string, make: () => Promise<T>): Promise<T> => this.#once(`${parsed.kind} ${name}`, make)
    try {
      const { resolver } = await RESOLVERS[parsed.kind]()
      const value = await orAborted(resolver.resolve(parsed.name, { reference, mostBytes, signal, once }), signal)
      this.#redaction.add(value)
      return value
    } catch (error) {
      if (late.aborted) {
        const why = `there was no answer within ${this.#answerMs / 1000} s`
        throw unresolved(reference, why, 'check that what is asked for it can be reached from this node')
      }
      if (error instanceof VajraError) throw error
      throw unresolved(reference, this.redact(messageOf(error)), 'see the documentation of this kind of reference')
    }
  }

  async token(auth: OAuth2Auth, path: string, renewed: (token: string) => void): Promise<string> {
    const token = await this.#once(`token ${JSON.stringify(auth)}`, () => this.#open(auth, path))
    token.onRenewed(renewed)
    return token.value
  }

  async #open(auth: OAuth2Auth, path: string): Promise<Token> {
    const [{ Token }, id, secret] = await Promise.all([
      import('./oauth2.ts'),
      at(`${path}.oauth2.clientId`, resolveText(auth.clientId, this)),
      at(`${path}.oauth2.clientSecret`, resolveText(auth.clientSecret, this)),
    ])
    const token = new Token({
      auth,
      path,
      client: { id, secret },
      answerMs: this.#answerMs,
      log: (level, message) => this.#log(level, `${path}.oauth2: ${message}`),
      hide: (secret) => this.hide(secret),
      redact: (text) => this.redact(text),
    })
    await token.start()
    if (this.#closed.signal.aborted) token.close()
    this.#tokens.add(token)
    return token
  }

  /** Whatever is made is made once; a failure is everybody's who waits for it, and is forgotten then. */
  #once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const kept = this.#kept.get(name) as Promise<T> | undefined
    if (kept !== undefined) return kept
    const made = make()
    this.#kept.set(name, made)
    made.catch(() => this.#kept.delete(name))
    return made
  }

  hide(secret: string): void {
    this.#redaction.add(secret)
  }

  redact(text: string): string {
    return this.#redaction.clean(text)
  }

  close(): void {
    this.#closed.abort()
    for (const token of this.#tokens) token.close()
    this.#tokens.clear()
    this.#kept.clear()
    this.#redaction.clear()
  }
}

/** The promise's outcome, unless the signal is aborted before. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
