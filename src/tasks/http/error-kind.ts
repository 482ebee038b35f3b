/** Names the failures of HTTP requests: the keys under which reports count them. */

const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect_refused',
  ECONNRESET: 'connection_reset',
  ECONNABORTED: 'connection_reset',
  EPIPE: 'connection_reset',
  ETIMEDOUT: 'connect_timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  EAI_NODATA: 'dns',
  EAI_NONAME: 'dns',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  EMFILE: 'exhausted',
  ENFILE: 'exhausted',
  ENOBUFS: 'exhausted',
  ENOMEM: 'exhausted',
  EADDRNOTAVAIL: 'exhausted',
  EADDRINUSE: 'exhausted',
  UND_ERR_SOCKET: 'closed',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'closed',
  HPE_INVALID_EOF_STATE: 'closed',
  UND_ERR_HEADERS_OVERFLOW: 'protocol',
  EPROTO: 'tls',
  CERT_HAS_EXPIRED: 'tls',
  CERT_NOT_YET_VALID: 'tls',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls',
  UNABLE_TO_GET_ISSUER_CERT: 'tls',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls',
}

const BY_PREFIX: readonly (readonly [prefix: string, kind: string])[] = [
  ['HPE_', 'protocol'],
  ['ERR_TLS_', 'tls'],
  ['ERR_SSL_', 'tls'],
  ['CERT_', 'tls'],
]

/**
 * The kind of a failed request.
 *
 * - `connect_refused`, `connect_timeout`, `dns`, `tls`, `unreachable`: no connection
 * - `connection_reset`: the connection was reset
 * - `closed`: the other side closed before the whole answer had come
 * - `protocol`: what came was not HTTP
 * - `timeout`: the answer was not complete in the time allowed
 * - `tls_timeout`, `first_byte_timeout`: this part of a request took longer than is allowed for it
 * - `exhausted`: this machine ran out of ports, files or memory: the generator is the limit, not the target
 * - `other`: anything else
 */
export function errorKind(error: unknown): string {
  const code = codeOf(error)
  // The parser's errors do not all have a code.
  if (code === undefined) return error instanceof Error && error.name === 'HTTPParserError' ? 'protocol' : 'other'
  const kind = BY_CODE[code]
  if (kind !== undefined) return kind
  return BY_PREFIX.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'other'
}

/** Connecting to a name with several addresses fails with all their errors; the first that has a code decides. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { code, errors } = error as { code?: unknown; errors?: unknown }
  if (typeof code === 'string') return code
  if (!Array.isArray(errors)) return undefined
  for (const inner of errors) {
    const innerCode = codeOf(inner)
    if (innerCode !== undefined) return innerCode
  }
  return undefined
}

/** The kind of a complete answer: null below 400, else `http_4xx` or `http_5xx`. */
export function statusKind(status: number): string | null {
  if (status < 400) return null
  return status < 500 ? 'http_4xx' : 'http_5xx'
}
