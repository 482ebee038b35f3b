/**
 * A server that speaks what Vault documents of its HTTP API, as far as clients that read secrets need it, in a process of
 * its own: KV v2 with versions, tokens, login by Kubernetes, namespaces, sealing, standby. Arguments: a folder with the
 * server's certificate and key (`tls`) or `-`, then secrets as JSON by path. Prints where it is, then each request. A line
 * on its standard input is its state from then on: `active`, `sealed`, `standby`.
 */

import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'

const [tls = '-', stored = '{}', token = ''] = process.argv.slice(2)
/** Versions by `mount/path`; null where one is deleted. */
const secrets = JSON.parse(stored) as Record<string, (Record<string, unknown> | null)[]>
const issued = new Map<string, string>()
let state = 'active'

type Answer = readonly [status: number, body: unknown, headers?: Record<string, string>]
const errors = (status: number, ...messages: string[]): Answer => [status, { errors: messages }]

function login(body: string): Answer {
  const { role, jwt } = JSON.parse(body) as { role?: string; jwt?: string }
  if (role !== 'load-test') return errors(400, `invalid role name "${role}"`)
  if (jwt !== 'jwt-of-the-service-account') return errors(403, 'permission denied')
  const client_token = `hvs.${Math.random().toString(36).slice(2)}`
  issued.set(client_token, role)
  return [200, { auth: { client_token, accessor: 'a', policies: ['default'], lease_duration: 3600, renewable: true } }]
}

function read(path: string, version: string | null): Answer {
  const versions = secrets[path]
  if (path.includes('forbidden')) return errors(403, '1 error occurred:\n\t* permission denied\n\n')
  if (versions === undefined) return errors(404)
  const number = version === null ? versions.length : Number(version)
  const data = versions[number - 1]
  if (data === undefined) return errors(404)
  const metadata = { version: number, created_time: '2026-01-01T00:00:00Z', deletion_time: '', destroyed: false }
  return data === null ? [404, { data: { data, metadata } }] : [200, { data: { data, metadata } }]
}

function answer(request: IncomingMessage, body: string, origin: string): Answer {
  const url = new URL(request.url ?? '/', origin)
  const path = decodeURIComponent(url.pathname)
  if (state === 'sealed') return errors(503, 'Vault is sealed')
  if (state === 'standby' && !url.searchParams.has('active')) {
    return [307, '', { location: `${origin}${url.pathname}?active=1` }]
  }
  if (path === '/v1/auth/kubernetes/login' && request.method === 'POST') return login(body)
  const given = request.headers['x-vault-token']
  if (typeof given !== 'string') return errors(400, 'missing client token')
  if (given !== token && !issued.has(given)) return errors(403, 'permission denied')
  const namespace = request.headers['x-vault-namespace']
  const [, mount, secret] = /^\/v1\/(.+?)\/data\/(.+)$/.exec(path) ?? []
  if (mount === undefined) return errors(404, `no handler for route "${path}"`)
  return read(
    `${namespace === undefined ? '' : `${String(namespace)}/`}${mount}/${secret}`,
    url.searchParams.get('version'),
  )
}

const serve = (request: IncomingMessage, response: ServerResponse): void => {
  let body = ''
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString()
  })
  request.on('end', () => {
    const [status, content, headers = {}] = answer(request, body, origin)
    console.log(JSON.stringify({ method: request.method, url: request.url, status }))
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(content))
  })
}
const server =
  tls === '-'
    ? createServer(serve)
    : createTlsServer({ cert: readFileSync(`${tls}.pem`), key: readFileSync(`${tls}.key`) }, serve)
let origin = ''
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  origin = tls === '-' ? `http://127.0.0.1:${port}` : `https://localhost:${port}`
  console.log(JSON.stringify({ address: origin }))
})
createInterface({ input: process.stdin })
  .on('line', (line) => {
    state = line
    console.log(JSON.stringify({ state }))
  })
  .on('close', () => process.exit())
