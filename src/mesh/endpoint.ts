/**
 * Where a node listens: a host and a TCP port. Multiaddrs and what users type are read here, once, into endpoints.
 */

import { isIPv4, isIPv6 } from 'node:net'
import { VajraError } from '../base/errors.ts'

/** Port of a mesh address that names none. */
export const DEFAULT_MESH_PORT = 7077

/** A host (an IP address, or a name still to be looked up) and a TCP port. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** The multiaddr of an endpoint, without a peer id. */
export function toMultiaddr({ host, port }: Endpoint): string {
  const protocol = isIPv4(host) ? 'ip4' : isIPv6(host) ? 'ip6' : 'dns'
  return `/${protocol}/${host}/tcp/${port}`
}

/** `host:port`, with brackets around an IPv6 host: for logs and as a key. */
export function showEndpoint({ host, port }: Endpoint): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** Longest multiaddr that is read; a DNS name has at most 253 characters. */
const MULTIADDR_LENGTH = 350

const MULTIADDR = /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d{1,5})(?:\/p2p\/[0-9A-Za-z]+)?$/
const NAME = /^(?=.{1,253}$)[0-9A-Za-z_](?:[0-9A-Za-z_.-]*[0-9A-Za-z_.])?$/

/**
 * The endpoint of a TCP multiaddr, or null when it is not one. A peer id at its end is left out: ids are fresh at
 * every boot, so one in an address is right only by chance, and the cluster key already decides who may connect.
 */
export function parseMultiaddr(text: string): Endpoint | null {
  const match = text.length <= MULTIADDR_LENGTH ? MULTIADDR.exec(text) : null
  if (match === null) return null
  const [, protocol = '', host = '', port = ''] = match
  const valid = protocol === 'ip4' ? isIPv4(host) : protocol === 'ip6' ? isIPv6(host) : NAME.test(host)
  return valid && Number(port) <= 65_535 ? { host, port: Number(port) } : null
}

/**
 * The endpoint a user typed: a TCP multiaddr, `host:port`, `[ipv6]:port`, or a host alone.
 *
 * @param what the option it was typed for, as the user knows it
 * @param lowestPort 0 where a free port may be asked for, else 1
 * @throws VajraError OPTION_INVALID
 */
export function parseEndpoint(text: string, what: string, lowestPort: 0 | 1): Endpoint {
  const endpoint = text.startsWith('/') ? parseMultiaddr(text) : parseHostAndPort(text)
  if (endpoint !== null && endpoint.port >= lowestPort) return endpoint
  throw new VajraError('OPTION_INVALID', `${what}: "${text}" is not an address`, {
    hint: `write host:port, a host alone (port ${DEFAULT_MESH_PORT}), [ipv6]:port, or a multiaddr as /ip4/10.0.0.7/tcp/${DEFAULT_MESH_PORT}`,
  })
}

function parseHostAndPort(text: string): Endpoint | null {
  if (isIPv6(text)) return { host: text, port: DEFAULT_MESH_PORT }
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text)
  if (match === null) return null
  const [, bracketed, plain] = match
  const port = match[3] === undefined ? DEFAULT_MESH_PORT : Number(match[3])
  const host = bracketed ?? plain ?? ''
  const valid =
    bracketed !== undefined ? isIPv6(bracketed) : isIPv4(host) || (NAME.test(host) && !/^[\d.]+$/.test(host))
  return valid && port <= 65_535 ? { host, port } : null
}

/** Whether this address means the machine that uses it, whichever that is. */
export function isLoopback(host: string): boolean {
  return host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}
