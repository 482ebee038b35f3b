/**
 * `vault:MOUNT/data/PATH#FIELD` or `…#FIELD#VERSION`: a field of a secret in HashiCorp Vault's key-value store, version 2,
 * or OpenBao's. Where Vault is, and who asks, is told by the environment of the node, in the variables that its other
 * clients read: `VAULT_ADDR`, `VAULT_NAMESPACE`, `VAULT_CACERT`, and `VAULT_TOKEN` or, for a login by Kubernetes,
 * `VAULT_ROLE` with `VAULT_PATH` (where that is mounted; `kubernetes`) and `VAULT_JWT_FILE` (the service account's).
 * https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2, …/auth/kubernetes
 */

import { readFile } from 'node:fs/promises'
import { Agent, type Dispatcher, request } from 'undici'
import { messageOf } from '../../base/errors.ts'
import { type Resolver, type Resolving, unresolved } from './resolver.ts'

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'
/** Answers are small. */
const MOST_ANSWER_BYTES = 1024 * 1024

/** Why Vault gives nothing: for everybody who waits for the same, whatever they refer to. */
class VaultProblem extends Error {
  readonly hint: string

  constructor(why: string, hint: string) {
    super(why)
    this.hint = hint
  }
}

interface Vault {
  readonly address: URL
  readonly headers: Readonly<Record<string, string>>
  readonly dispatcher: Dispatcher
}

interface Answer {
  readonly status: number
  readonly body: { readonly data?: unknown; readonly auth?: unknown; readonly errors?: unknown }
}

export const resolver: Resolver = {
  async resolve(name, resolving) {
    const [path = '', field = '', version = ''] = name.split('#')
    const { reference, once } = resolving
    try {
      const vault = await once('connection', openVault)
      const token = await once('login', () => login(vault, resolving))
      const fields = await once(`read ${path}#${version}`, () => read(vault, token, path, version, resolving))
      return textOf(fields[field], field)
    } catch (error) {
      if (error instanceof VaultProblem) throw unresolved(reference, error.message, error.hint)
      throw error
    }
  },
}

async function openVault(): Promise<Vault> {
  const { VAULT_ADDR, VAULT_NAMESPACE, VAULT_CACERT } = process.env
  const address = VAULT_ADDR ? URL.parse(VAULT_ADDR) : null
  if (address === null || !/^https?:$/.test(address.protocol)) {
    const why = VAULT_ADDR ? 'VAULT_ADDR is not an http or https URL' : 'VAULT_ADDR is not set'
    throw new VaultProblem(why, 'set VAULT_ADDR to the address of Vault in the environment of every node')
  }
  const ca = VAULT_CACERT ? await readText(VAULT_CACERT, 'VAULT_CACERT') : undefined
  return {
    address,
    headers: { 'x-vault-request': 'true', ...(VAULT_NAMESPACE ? { 'x-vault-namespace': VAULT_NAMESPACE } : {}) },
    dispatcher: new Agent({ connections: 2, keepAliveTimeout: 1000, ...(ca === undefined ? {} : { connect: { ca } }) }),
  }
}

async function readText(path: string, variable: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const why = `the file ${path} cannot be read (${error.code ?? 'unreadable'})`
    throw new VaultProblem(why, `check ${variable} in the environment of this node`)
  })
}

/** A token: the one that is given, or one for the role of this node's service account. */
async function login(vault: Vault, resolving: Resolving): Promise<string> {
  const { VAULT_TOKEN, VAULT_ROLE, VAULT_PATH = 'kubernetes', VAULT_JWT_FILE = SERVICE_ACCOUNT_TOKEN } = process.env
  if (VAULT_TOKEN) return VAULT_TOKEN
  if (!VAULT_ROLE) {
    const hint = 'set VAULT_TOKEN, or VAULT_ROLE for a login by Kubernetes, in the environment of every node'
    throw new VaultProblem('neither VAULT_TOKEN nor VAULT_ROLE is set', hint)
  }
  const jwt = (await readText(VAULT_JWT_FILE, 'VAULT_JWT_FILE')).trim()
  const body = JSON.stringify({ role: VAULT_ROLE, jwt })
  const answer = await ask(vault, `auth/${VAULT_PATH}/login`, { method: 'POST', body }, resolving.signal)
  const token = (answer.body.auth as { client_token?: unknown } | undefined)?.client_token
  if (answer.status === 200 && typeof token === 'string') return token
  const why = `Vault refuses the login as role ${VAULT_ROLE} by Kubernetes: ${saying(answer)}`
  throw new VaultProblem(why, `check the role at auth/${VAULT_PATH} in Vault, and the service account of this node`)
}

async function read(
  vault: Vault,
  token: string,
  path: string,
  version: string,
  { signal }: Resolving,
): Promise<Readonly<Record<string, unknown>>> {
  const query = version === '' ? '' : `?version=${version}`
  const answer = await ask(vault, path + query, { method: 'GET', token }, signal)
  const fields = (answer.body.data as { data?: unknown } | undefined)?.data
  if (answer.status === 200 && typeof fields === 'object' && fields !== null) return fields as Record<string, unknown>
  if (answer.status === 404) {
    const why = answer.body.data === undefined ? 'Vault has no such secret' : 'this version of the secret is deleted'
    throw new VaultProblem(why, 'check the path: the mount, then data, then the path of the secret')
  }
  if (answer.status === 403) {
    const hint = 'check that the token has not expired, and that its policy allows to read the path'
    throw new VaultProblem(`Vault refuses to read it: ${saying(answer)}`, hint)
  }
  throw new VaultProblem(`Vault answers ${saying(answer)}`, 'check the mount, and the state of Vault')
}

function textOf(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const why = value === undefined ? `the secret has no field ${field}` : `its field ${field} is not a text`
  throw new VaultProblem(why, 'check the name of the field, and what Vault has there')
}

interface Question {
  readonly method: 'GET' | 'POST'
  readonly token?: string
  readonly body?: string
}

/** Sends one request; where a standby node names the active one, to that one as well. */
async function ask(vault: Vault, path: string, question: Question, signal: AbortSignal): Promise<Answer> {
  const base = vault.address.href.replace(/\/*$/, '/')
  const url = new URL(`v1/${path.split('/').map(encodeSegment).join('/')}`, base)
  const first = await send(vault, url, question, signal)
  if (first.location === undefined) return first
  const active = URL.parse(first.location, url.href)
  // The token must not go where it could be read.
  if (active === null || (url.protocol === 'https:' && active.protocol !== 'https:')) {
    throw new VaultProblem('Vault sends elsewhere, where no secret may be sent', 'set VAULT_ADDR to the active node')
  }
  return send(vault, active, question, signal)
}

function encodeSegment(segment: string): string {
  const [name = '', query] = segment.split('?')
  return encodeURIComponent(name) + (query === undefined ? '' : `?${query}`)
}

async function send(
  { address, headers, dispatcher }: Vault,
  url: URL,
  { method, token, body }: Question,
  signal: AbortSignal,
): Promise<Answer & { readonly location?: string }> {
  try {
    const response = await request(url, {
      method,
      headers: {
        ...headers,
        ...(token === undefined ? {} : { 'x-vault-token': token }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body ?? null,
      dispatcher,
      signal,
    })
    const text = await readAnswer(response.body)
    const { location } = response.headers
    const redirected = response.statusCode === 307 && typeof location === 'string'
    return { status: response.statusCode, body: parse(text), ...(redirected ? { location } : {}) }
  } catch (error) {
    if (error instanceof VaultProblem || signal.aborted) throw error
    const why = (error as NodeJS.ErrnoException).code ?? messageOf(error)
    throw new VaultProblem(
      `Vault at ${address.origin} cannot be reached (${why})`,
      'check VAULT_ADDR, VAULT_CACERT, and that Vault runs',
    )
  }
}

async function readAnswer(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > MOST_ANSWER_BYTES) throw new VaultProblem('the answer is too large for Vault', 'check VAULT_ADDR')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parse(text: string): Answer['body'] {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? body : {}
  } catch {
    return {}
  }
}

/** The status, and what Vault says of it. */
function saying({ status, body }: Answer): string {
  const errors = Array.isArray(body.errors) ? body.errors.filter((error) => typeof error === 'string') : []
  return `${status} ${errors.join('; ')}`.replace(/\s+/g, ' ').trim().slice(0, 200)
}
