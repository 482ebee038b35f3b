/** The credentials of one HTTP request, resolved on the node that sends it. */

import type { SecureContext } from 'node:tls'
import { VajraError } from '../../base/errors.ts'
import type { Auth } from '../../suite/auth-spec.ts'
import { parseReference } from '../../suite/references.ts'
import { at, type CredentialSource, resolveText } from '../credentials/credential-source.ts'
import type { HttpRequestParameters, RequestCredentials } from './prepared-request.ts'

/**
 * Resolves what `auth` asks for, and the references in header values.
 *
 * @param renewed told of every later value of the header `authorization`
 *
 * @throws VajraError `TASK_SETUP_FAILED`, naming the place and the reference, never the value
 */
export async function resolveCredentials(
  parameters: HttpRequestParameters,
  source: CredentialSource,
  renewed: (authorization: string) => void,
): Promise<RequestCredentials> {
  const { auth } = parameters
  const [headers, sent, secureContext] = await Promise.all([
    resolveHeaders(parameters.headers, source),
    resolveSent(auth, source, renewed),
    resolveTls(auth, source),
  ])
  return {
    ...sent,
    headers: { ...headers, ...sent.headers },
    ...(secureContext === undefined ? {} : { secureContext }),
  }
}

async function resolveHeaders(
  given: Readonly<Record<string, string>>,
  source: CredentialSource,
): Promise<Record<string, string>> {
  const references = Object.entries(given).filter(([, value]) => parseReference(value) !== undefined)
  const resolved = await Promise.all(
    references.map(async ([name, value]) => [name, await at(`headers.${name}`, resolveText(value, source))] as const),
  )
  return Object.fromEntries(resolved)
}

async function resolveSent(
  auth: Auth | undefined,
  source: CredentialSource,
  renewed: (authorization: string) => void,
): Promise<RequestCredentials> {
  if (auth === undefined || auth.sent === null) return {}
  const { path, sent } = auth
  const resolve = (key: string, text: string): Promise<string> => at(`${path}.${key}`, resolveText(text, source))
  switch (sent.scheme) {
    case 'basic': {
      const [username, password] = await Promise.all([
        resolve('basic.username', sent.username),
        resolve('basic.password', sent.password),
      ])
      return { headers: { authorization: basic(path, username, password, source) } }
    }
    case 'bearer':
      return { headers: { authorization: `Bearer ${await resolve('bearer', sent.token)}` } }
    case 'oauth2': {
      const token = await source.token(sent, path, (next) => renewed(`Bearer ${next}`))
      return { headers: { authorization: `Bearer ${token}` } }
    }
    case 'apiKey': {
      const value = await resolve('apiKey.value', sent.value)
      return sent.in === 'query' ? { query: [sent.name, value] } : { headers: { [sent.name]: value } }
    }
  }
}

async function resolveTls(auth: Auth | undefined, source: CredentialSource): Promise<SecureContext | undefined> {
  if (auth === undefined || auth.mtls === null) return undefined
  const { resolveCertificate } = await import('./client-certificate.ts')
  return resolveCertificate(auth.mtls, auth.path, source, Date.now())
}

/** RFC 7617: in UTF-8. */
function basic(path: string, username: string, password: string, source: CredentialSource): string {
  if (username.includes(':')) {
    const message = `${path}.basic.username: there is a colon in what it refers to, and a user name has none`
    throw new VajraError('TASK_SETUP_FAILED', message, { hint: 'refer to the user name alone' })
  }
  const encoded = Buffer.from(`${username}:${password}`).toString('base64')
  source.hide(encoded)
  return `Basic ${encoded}`
}
