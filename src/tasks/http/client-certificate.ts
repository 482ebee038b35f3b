/** A client's certificate and key, checked before the start, when what is wrong with them can still be said. */

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { VajraError } from '../../base/errors.ts'
import type { MutualTls } from '../../suite/auth-spec.ts'
import { at, type CredentialSource, resolveText } from '../credentials/credential-source.ts'

/** A whole store of authorities is some 200 kB. */
const MOST_CA_BYTES = 1024 * 1024

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * What TLS connections of a request are made with; read once, so that no connection has to.
 *
 * @param path where it stands in the suite
 * @param now wall-clock time, in milliseconds since 1970
 * @throws VajraError `TASK_SETUP_FAILED`: a reference cannot be resolved, or what it refers to cannot be used
 */
export async function resolveCertificate(
  mtls: MutualTls,
  path: string,
  source: CredentialSource,
  now: number,
): Promise<SecureContext> {
  const resolve = (key: keyof MutualTls, mostBytes?: number): Promise<string> | undefined => {
    const reference = mtls[key]
    if (reference === undefined) return undefined
    return at(`${path}.mtls.${key}`, resolveText(reference, source, mostBytes === undefined ? {} : { mostBytes }))
  }
  const [cert = '', key = '', ca, passphrase] = await Promise.all([
    resolve('cert'),
    resolve('key'),
    resolve('ca', MOST_CA_BYTES),
    resolve('passphrase'),
  ])
  const refuse = (part: keyof MutualTls, why: string, hint: string): VajraError =>
    new VajraError('TASK_SETUP_FAILED', `${path}.mtls.${part}: ${mtls[part]} ${why}`, { hint })
  const certificate = readCertificate(cert)
  if (certificate === undefined) throw refuse('cert', 'is not a certificate', 'refer to a certificate in PEM')
  checkTime(certificate, now, refuse)
  if (!certificate.checkPrivateKey(readKey(key, passphrase, refuse))) {
    throw refuse('key', 'is not the key of the certificate', 'refer to the key that the certificate was made for')
  }
  const authorities = ca === undefined ? undefined : (ca.match(BLOCK) ?? [])
  if (authorities !== undefined && (authorities.length === 0 || !authorities.every(readCertificate))) {
    throw refuse('ca', 'has no certificates, or a broken one', 'refer to one or more certificates in PEM')
  }
  return createSecureContext({
    cert,
    key,
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(authorities === undefined ? {} : { ca: authorities }),
  })
}

type Refuse = (part: keyof MutualTls, why: string, hint: string) => VajraError

function readCertificate(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text)
  } catch {
    return undefined
  }
}

function checkTime({ validFromDate, validToDate }: X509Certificate, now: number, refuse: Refuse): void {
  if (validToDate.getTime() < now) {
    throw refuse('cert', `has expired at ${validToDate.toISOString()}`, 'put one in its place that is valid')
  }
  if (validFromDate.getTime() > now) {
    throw refuse('cert', `is not valid before ${validFromDate.toISOString()}`, 'check it, and the clock of the node')
  }
}

function readKey(key: string, passphrase: string | undefined, refuse: Refuse): KeyObject {
  try {
    return createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) })
  } catch {
    // The library's own words differ from version to version, and are about its insides.
    if (/^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(key)) {
      if (passphrase !== undefined) throw refuse('passphrase', 'does not open the key', 'check the passphrase')
      throw refuse('key', 'is encrypted', 'give a reference to its passphrase as `passphrase`')
    }
    throw refuse('key', 'is not a private key', 'refer to a private key in PEM')
  }
}
