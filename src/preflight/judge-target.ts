/** What is to be said of what was seen of a target. */

import type { LocalFinding } from '../base/finding.ts'
import { formatMs } from '../report/format.ts'
import { judgeAnswers } from './judge-answers.ts'
import type { CertificateSeen, DnsSeen, Failed, Reached, TargetSeen, TlsSeen } from './observed.ts'

/** When the judged run would be: wall-clock times, in milliseconds since 1970. */
export interface RunTimes {
  readonly now: number
  /** Its planned length, in milliseconds. */
  readonly durationMs: number
}

/** Findings about one target: each stage that was reached, up to the first that failed. */
export function judgeTarget(seen: TargetSeen, times: RunTimes): LocalFinding[] {
  const { origin, path, dns, tcp, tls } = seen
  const findings: Omit<LocalFinding, 'path'>[] = []
  if (dns !== null) findings.push(judgeDns(origin, dns))
  if (tcp !== null) findings.push(judgeTcp(origin, tcp))
  if (tls !== null) findings.push(judgeTls(origin, tls, times))
  return [...findings.map((finding) => ({ ...finding, path })), ...judgeAnswers(seen)]
}

type Finding = Omit<LocalFinding, 'path'>

function judgeDns(origin: string, dns: DnsSeen): Finding {
  const { hostname } = new URL(origin)
  if (dns.ok) {
    const [first = '', ...more] = dns.addresses
    const others = more.length === 0 ? '' : ` and ${more.length} more`
    return { check: 'dns', level: 'PASS', seen: `${hostname} is ${first}${others}, found in ${formatMs(dns.ms)}` }
  }
  const [seen, hint] =
    dns.code === 'TIMEOUT' || dns.code === 'EAI_AGAIN'
      ? [`no name server answered for ${hostname} within ${formatMs(dns.ms)}`, 'check the name servers of this node']
      : [`there is no host ${hostname} (${dns.code})`, 'check the name, and that this node can look it up']
  return { check: 'dns', level: 'FAIL', seen, hint }
}

const TCP_FAILURES: Readonly<Record<string, readonly [seen: string, hint: string]>> = {
  ECONNREFUSED: ['refuses connections', 'start the target, or check the port'],
  TIMEOUT: [
    'does not answer to connections',
    'check the address, that the target runs and accepts connections, and firewalls between it and this node',
  ],
  EHOSTUNREACH: ['cannot be reached from here', 'check the address, and the routes of this node'],
  ENETUNREACH: ['cannot be reached from here', 'check the address, and the routes of this node'],
  ECONNRESET: ['resets connections', 'check what listens there, and proxies and firewalls in between'],
  EMFILE: ['cannot be connected to: this process has no file left', 'raise the limit (ulimit -n)'],
  EADDRNOTAVAIL: ['cannot be connected to: this node has no port left', 'wait for other connections to end'],
}

function judgeTcp(origin: string, tcp: Reached | Failed): Finding {
  if (tcp.ok) return { check: 'tcp', level: 'PASS', seen: `${origin} is connected to in ${formatMs(tcp.ms)}` }
  const [what, hint] = TCP_FAILURES[tcp.code] ?? [
    `cannot be connected to (${tcp.code})`,
    'check the address, and that the target can be reached from this node',
  ]
  const seen = `${origin} ${what}${tcp.code === 'TIMEOUT' ? ` within ${formatMs(tcp.ms)}` : ''}`
  return { check: 'tcp', level: 'FAIL', seen, hint }
}

const UNTRUSTED =
  'give the node the authority that signed it (NODE_EXTRA_CA_CERTS=file.pem), or, with a client certificate, `mtls.ca`'

function judgeTls(origin: string, tls: TlsSeen, times: RunTimes): Finding {
  if (!tls.ok) return { check: 'tls', level: 'FAIL', ...tlsFailure(origin, tls, tls.certificate) }
  const { certificate, protocol, ms } = tls
  if (certificate !== null && certificate.validTo < times.now + times.durationMs) {
    const seen = `the certificate of ${origin} expires at ${instant(certificate.validTo)}, before the run would end`
    return { check: 'tls', level: 'WARN', seen, hint: 'renew it, or make the run shorter' }
  }
  const until = certificate === null ? '' : `, its certificate is valid until ${instant(certificate.validTo)}`
  return { check: 'tls', level: 'PASS', seen: `${origin} speaks ${protocol} after ${formatMs(ms)}${until}` }
}

function tlsFailure(origin: string, { code, ms }: Failed, certificate: CertificateSeen | null) {
  const said = (seen: string, hint: string) => ({ seen, hint })
  const whose = `the certificate of ${origin}`
  switch (code) {
    case 'CERT_HAS_EXPIRED': {
      const at = certificate === null ? '' : ` at ${instant(certificate.validTo)}`
      return said(`${whose} has expired${at}`, 'renew it; or check the clock of this node')
    }
    case 'CERT_NOT_YET_VALID':
      return said(`${whose} is not valid yet`, 'check it, and the clock of this node')
    case 'ERR_TLS_CERT_ALTNAME_INVALID': {
      const names = certificate === null || certificate.names === '' ? '' : `: it is for ${certificate.names}`
      return said(
        `${whose} is for another name${names}`,
        'use one of these names as the target, or another certificate',
      )
    }
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return said(`${whose} is self-signed, and not trusted by this node`, UNTRUSTED)
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE': {
      const issuer = certificate === null || certificate.issuer === '' ? '' : ` ${certificate.issuer}`
      return said(`${whose} is signed by an authority${issuer} that this node does not trust`, UNTRUSTED)
    }
    case 'TIMEOUT':
      return said(
        `${origin} connects, but does not complete a TLS handshake within ${formatMs(ms)}`,
        'check that the port speaks TLS, and that the target is not stuck',
      )
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
    case 'EPROTO':
      return said(`what ${origin} answers is not TLS (${code})`, 'write http:// if the port speaks plain HTTP')
    default:
      return clientCertificateFailure(origin, code)
  }
}

function clientCertificateFailure(origin: string, code: string) {
  if (/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/.test(code)) {
    const hint = 'give the request `auth: { mtls: … }`, with a certificate that the target accepts'
    return {
      seen: `${origin} asks for a certificate of the client, or for other TLS than this node speaks (${code})`,
      hint,
    }
  }
  if (/ALERT_(BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_\w+|ACCESS_DENIED|UNSUPPORTED_CERTIFICATE)/.test(code)) {
    const hint = 'check that the target trusts the authority of the certificate in `auth.mtls`'
    return { seen: `${origin} refuses the certificate of the client (${code})`, hint }
  }
  const hint = 'check the TLS settings of the target, and whether it asks for a certificate of the client'
  return { seen: `the TLS handshake with ${origin} fails (${code})`, hint }
}

function instant(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? 'an unknown time' : date.toISOString().replace(/\.\d+Z$/, 'Z')
}
