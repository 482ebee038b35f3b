/**
 * Who may call the API: the bearer of the token, when there is one; and never a web page of another site, which a
 * user's browser would let reach an API on loopback (by cross-site posts, or by DNS rebinding).
 */

import { createHash, timingSafeEqual } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import { VajraError } from '../base/errors.ts'

/** The parts of a request that decide. */
export interface Caller {
  readonly method: string
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly authorization: string | undefined
}

export interface AccessPolicy {
  /** Where the API listens. */
  readonly host: string
  readonly token: string | undefined
}

/** True for `localhost` and addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
  if (bare === 'localhost') return true
  if (isIPv4(bare)) return bare.startsWith('127.')
  return isIPv6(bare) && (bare === '::1' || /^::ffff:127\./.test(bare))
}

/**
 * Makes the check for one policy; it returns nothing and throws what to answer.
 *
 * @throws VajraError UNAUTHORIZED or FORBIDDEN
 */
export function accessCheck(policy: AccessPolicy): (caller: Caller) => void {
  const expected = policy.token === undefined ? undefined : digest(`Bearer ${policy.token}`)
  // A page that rebinds its own name to 127.0.0.1 still sends that name. With a token it could not answer anyway.
  const checkHost = expected === undefined && isLoopback(policy.host)
  return (caller) => {
    if (checkHost && !isLoopback(hostName(caller.host ?? ''))) {
      throw new VajraError(
        'FORBIDDEN',
        `this API answers for localhost only, not for the host ${caller.host ?? '(none)'}`,
        {
          hint: 'call it by 127.0.0.1 or localhost, or give the node a token with --http-token',
        },
      )
    }
    if (caller.origin !== undefined && !isReading(caller.method) && !isSameOrigin(caller.origin, caller.host)) {
      throw new VajraError('FORBIDDEN', `a web page of ${caller.origin} may not do this`, {
        hint: 'call the API from a program, or from a page of the same host and port',
      })
    }
    if (expected !== undefined && !timingSafeEqual(expected, digest(withScheme(caller.authorization ?? '')))) {
      throw new VajraError('UNAUTHORIZED', 'this API needs the bearer token that its node was started with', {
        hint: 'set VAJRA_TOKEN or use --token; with curl: -H "authorization: Bearer …"',
      })
    }
  }
}

/** The header with its scheme as we write it: schemes are compared regardless of case (RFC 9110, section 11.1). */
function withScheme(authorization: string): string {
  return authorization.replace(/^bearer +/i, 'Bearer ')
}

/** Hashed, so that the comparison takes the same time for any length. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}

/** The name of a Host header, without its port. */
function hostName(header: string): string {
  return header.startsWith('[') ? header.slice(0, header.indexOf(']') + 1) : (header.split(':')[0] ?? '')
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  // Only host and port are compared: behind a proxy that ends TLS, the scheme differs.
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase()
}
