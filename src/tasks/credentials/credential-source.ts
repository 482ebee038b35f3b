/** Where tasks get the credentials of a run from. */

import { messageOf, VajraError } from '../../base/errors.ts'
import type { OAuth2Auth } from '../../suite/auth-spec.ts'
import { parseReference, splitScheme } from '../../suite/references.ts'

export interface ValueLimits {
  /** 64 KiB unless given. */
  readonly mostBytes?: number
}

/** What has happened to credentials after the set-up, without any of their values. */
export type CredentialLog = (level: 'info' | 'warn', message: string) => void

export interface CredentialSource {
  /**
   * The value behind a reference.
   *
   * @throws VajraError `TASK_SETUP_FAILED`, naming the reference and never the value
   */
  resolve(reference: string, limits?: ValueLimits): Promise<string>
  /**
   * A token of OAuth 2.0 client credentials.
   *
   * @param path where it stands in the suite
   * @param renewed told of every token that follows, before the one in use expires
   * @throws VajraError `TASK_SETUP_FAILED`, with the path
   */
  token(auth: OAuth2Auth, path: string, renewed: (token: string) => void): Promise<string>
  /** Has a text, made of secrets, taken for a secret too. */
  hide(secret: string): void
  /** The text without any secret that was given out. */
  redact(text: string): string
  /** Forgets all values; none is given out any more. */
  close(): void
}

/**
 * The text with its reference, alone or after an authorization scheme, replaced by the secret; other text unchanged.
 *
 * @throws VajraError `TASK_SETUP_FAILED`
 */
export async function resolveText(text: string, source: CredentialSource, limits?: ValueLimits): Promise<string> {
  if (parseReference(text) === undefined) return text
  const { scheme, text: reference } = splitScheme(text)
  const secret = await source.resolve(reference, limits)
  return scheme === '' ? secret : `${scheme} ${secret}`
}

/** What is thrown, with the place in the suite before it. */
export async function at<T>(place: string, promise: Promise<T>): Promise<T> {
  try {
    return await promise
  } catch (error) {
    const hint = error instanceof VajraError ? error.hint : undefined
    const about = { cause: error, ...(hint === undefined ? {} : { hint }) }
    throw new VajraError('TASK_SETUP_FAILED', `${place}: ${messageOf(error)}`, about)
  }
}
