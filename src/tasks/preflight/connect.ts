/** Connects to a target, stage by stage, so that each can be told apart: name, TCP, TLS. */

import { promises as dns, type LookupAddress } from 'node:dns'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls'
import type { CertificateSeen, DnsSeen, Failed, Reached, TlsSeen } from '../../preflight/observed.ts'
import type { PreparedRequest } from '../http/prepared-request.ts'
import type { Deadline } from './deadline.ts'

/** Longest time for each stage, in milliseconds. */
const DNS_MS = 2000
const TCP_MS = 2000
const TLS_MS = 2000

export interface LookedUp {
  readonly seen: DnsSeen | null
  readonly addresses: readonly LookupAddress[]
}

/** Looks a name up as connections of a run do. An address is its own answer. */
export async function lookUp(origin: string, deadline: Deadline): Promise<LookedUp> {
  const host = hostOf(origin)
  const family = isIP(host)
  if (family !== 0) return { seen: null, addresses: [{ address: host, family }] }
  const begin = performance.now()
  const found = dns.lookup(host, { all: true }).then(
    (addresses): LookedUp => ({
      seen: { ok: true, ms: since(begin), addresses: addresses.map(({ address }) => address) },
      addresses,
    }),
    (error: unknown): LookedUp => ({ seen: failed(begin, codeOf(error)), addresses: [] }),
  )
  return deadline.within(found, DNS_MS, () => ({ seen: failed(begin, 'TIMEOUT'), addresses: [] }))
}

export interface Connected<S> {
  readonly seen: S
  readonly socket: Socket | null
}

/** Opens a connection to any of the addresses, as Node.js does it by itself. */
export async function connect(
  origin: string,
  addresses: readonly LookupAddress[],
  deadline: Deadline,
): Promise<Connected<Reached | Failed>> {
  const { port, protocol } = new URL(origin)
  const begin = performance.now()
  const socket = connectTcp({
    host: hostOf(origin),
    port: Number(port) || (protocol === 'https:' ? 443 : 80),
    lookup: (_host, { all }, done) => {
      if (all) done(null, [...addresses])
      else done(null, addresses[0]?.address ?? '', addresses[0]?.family)
    },
  })
  socket.setNoDelay(true)
  const opened = new Promise<Connected<Reached | Failed>>((resolve) => {
    socket.once('connect', () => resolve({ seen: { ok: true, ms: since(begin) }, socket }))
    // Stays: what goes wrong later is told by whoever uses the connection.
    socket.on('error', (error) => resolve({ seen: failed(begin, codeOf(error)), socket: null }))
  })
  return orDestroyed(
    socket,
    opened,
    deadline.within(opened, TCP_MS, () => ({ seen: failed(begin, 'TIMEOUT'), socket: null })),
  )
}

/** Whoever is too late is let go of. */
async function orDestroyed<S>(
  socket: Socket,
  _opened: Promise<Connected<S>>,
  outcome: Promise<Connected<S>>,
): Promise<Connected<S>> {
  const connected = await outcome
  if (connected.socket === null) socket.destroy()
  return connected
}

/**
 * Speaks TLS over a connection. A certificate that does not hold is looked at, and nothing is sent to who has shown it.
 */
export async function secure(
  socket: Socket,
  { serverName, origin, secureContext }: Pick<PreparedRequest, 'serverName' | 'origin' | 'secureContext'>,
  deadline: Deadline,
): Promise<Connected<TlsSeen>> {
  const begin = performance.now()
  const tls = connectTls({
    socket,
    host: hostOf(origin),
    servername: serverName,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: false,
    ...(secureContext === undefined ? {} : { secureContext }),
  })
  const spoken = new Promise<Connected<TlsSeen>>((resolve) => {
    tls.once('secureConnect', () => {
      const certificate = certificateOf(tls)
      const ms = since(begin)
      if (tls.authorized) {
        resolve({ seen: { ok: true, ms, protocol: tls.getProtocol() ?? 'TLS', certificate }, socket: tls })
      } else resolve({ seen: { ok: false, ms, code: refusalOf(tls), certificate }, socket: null })
    })
    const fail = (code: string): void => resolve({ seen: { ...failed(begin, code), certificate: null }, socket: null })
    tls.on('error', (error) => fail(codeOf(error)))
    tls.once('close', () => fail('ECONNRESET'))
  })
  const late = (): Connected<TlsSeen> => ({ seen: { ...failed(begin, 'TIMEOUT'), certificate: null }, socket: null })
  return orDestroyed(tls, spoken, deadline.within(spoken, TLS_MS, late))
}

/** Node.js gives the code as a text, whatever its types say. */
function refusalOf({ authorizationError }: TLSSocket): string {
  const refusal: unknown = authorizationError
  return typeof refusal === 'string' ? refusal : codeOf(refusal)
}

function certificateOf(tls: TLSSocket): CertificateSeen | null {
  const {
    subject,
    issuer,
    subjectaltname = '',
    valid_to: validTo,
  } = tls.getPeerCertificate() as Partial<PeerCertificate>
  if (validTo === undefined) return null
  const cut = (text: unknown): string => String(Array.isArray(text) ? text[0] : (text ?? '')).slice(0, 200)
  return {
    subject: cut(subject?.CN),
    names: cut(subjectaltname.replaceAll(/(?:DNS|IP Address):/g, '') || subject?.CN),
    issuer: cut(issuer?.O ?? issuer?.CN),
    validTo: Date.parse(validTo),
  }
}

export function hostOf(origin: string): string {
  return new URL(origin).hostname.replace(/^\[|\]$/g, '')
}

/** The code of an error; of several, the first that has one. */
export function codeOf(error: unknown): string {
  const { code, errors } = (error ?? {}) as { code?: unknown; errors?: unknown }
  if (Array.isArray(errors) && errors.length > 0) return codeOf(errors[0])
  return typeof code === 'string' ? code : 'ERROR'
}

function since(begin: number): number {
  return performance.now() - begin
}

function failed(begin: number, code: string): Failed {
  return { ok: false, ms: since(begin), code }
}
