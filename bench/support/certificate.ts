/** A certificate for 127.0.0.1 that lasts a day. */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Paths of PEM files. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** Null where there is no openssl. */
export function makeCertificate(folder: string): Certificate | null {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
  const { status } = spawnSync(
    'openssl',
    ['req', '-x509', ...curve, '-nodes', '-days', '1', '-keyout', key, '-out', cert, ...names],
    { stdio: 'ignore' },
  )
  return status === 0 ? { cert, key } : null
}

/** What makes clients trust it that check: Node.js, Go, Python. */
export function trusting(certificate: Certificate | null): NodeJS.ProcessEnv {
  if (certificate === null) return {}
  const { cert } = certificate
  return { NODE_EXTRA_CA_CERTS: cert, SSL_CERT_FILE: cert, REQUESTS_CA_BUNDLE: cert }
}
