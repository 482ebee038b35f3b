/**
 * The credentials of a run as a load thread has them: what the node itself knows it resolves, for everything else it
 * asks the thread that keeps credentials, so that all load threads of a node together ask once.
 */

import type { MessagePort } from 'node:worker_threads'
import { VajraError } from '../../base/errors.ts'
import type { OAuth2Auth } from '../../suite/auth-spec.ts'
import { isRemoteReference } from '../../suite/references.ts'
import type { CredentialLog, CredentialSource, ValueLimits } from './credential-source.ts'
import { Keeper } from './keeper.ts'
import type { FromKeeper, ToKeeper } from './keeper-messages.ts'

type Question<T> = T extends { readonly id: number } ? Omit<T, 'id'> : never

interface Waiting {
  readonly resolve: (value: string) => void
  readonly reject: (error: Error) => void
  readonly renewed: (value: string) => void
}

export class KeptCredentials implements CredentialSource {
  readonly #port: MessagePort
  readonly #log: CredentialLog
  readonly #local: Keeper
  readonly #asked = new Map<number, Waiting>()
  #lastId = 0
  #closed = false

  constructor(port: MessagePort, log: CredentialLog) {
    this.#port = port
    this.#log = log
    this.#local = new Keeper(log)
    port.on('message', (message: FromKeeper) => this.#receive(message))
    port.on('close', () => this.#lose())
    port.unref()
  }

  resolve(reference: string, limits: ValueLimits = {}): Promise<string> {
    if (!isRemoteReference(reference)) return this.#local.resolve(reference, limits)
    return this.#ask({ ask: 'value', reference, mostBytes: limits.mostBytes }, () => {})
  }

  token(auth: OAuth2Auth, path: string, renewed: (token: string) => void): Promise<string> {
    return this.#ask({ ask: 'token', auth, path }, renewed)
  }

  hide(secret: string): void {
    this.#local.hide(secret)
  }

  redact(text: string): string {
    return this.#local.redact(text)
  }

  close(): void {
    this.#closed = true
    this.#asked.clear()
    this.#port.close()
    this.#local.close()
  }

  #ask(question: Question<ToKeeper>, renewed: (value: string) => void): Promise<string> {
    if (this.#closed) return Promise.reject(gone())
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject, renewed })
      this.#port.postMessage({ ...question, id } as ToKeeper)
    })
  }

  #receive(message: FromKeeper): void {
    if (message.say === 'log') return this.#log(message.level, message.message)
    const asked = this.#asked.get(message.id)
    if (asked === undefined) return
    if (message.say === 'error') {
      const { hint } = message
      this.#asked.delete(message.id)
      asked.reject(new VajraError('TASK_SETUP_FAILED', message.message, hint === undefined ? {} : { hint }))
      return
    }
    this.#local.hide(message.value)
    if (message.say === 'value') asked.resolve(message.value)
    else asked.renewed(message.value)
  }

  /** The thread is gone: what was given out is used on, and not renewed. */
  #lose(): void {
    if (this.#closed) return
    this.#closed = true
    for (const { reject } of this.#asked.values()) reject(gone())
    this.#asked.clear()
  }
}

function gone(): VajraError {
  const message = 'the thread that keeps credentials has ended: they are not resolved or renewed any more'
  return new VajraError('TASK_SETUP_FAILED', message, { hint: 'see the log of the node, and start the run again' })
}
