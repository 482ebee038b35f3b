/**
 * Closes the mesh by the cluster key, before any other byte of a connection is read: each side says a nonce, and from
 * then on everything it sends is enciphered with the key and that nonce (AES-256 in counter mode). A stranger reads and
 * says only noise. Who is who, and that nothing was changed on the way, is shown by libp2p's `noise` inside.
 *
 * In place of `@libp2p/pnet`, whose cipher keeps 128 bytes of a small memory of its own for every connection that ever
 * was and loses hold of that memory when it grows: after 5,117 connections, or one write of 640 kB, no connection of
 * the process works any more.
 */

import { type Cipheriv, createCipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { AbortOptions, ConnectionProtector, Logger, MessageStream, MultiaddrConnection } from '@libp2p/interface'
import { AbstractMultiaddrConnection, byteStream, type SendResult } from '@libp2p/utils'

/** A nonce is the first block of the counter, drawn anew by each side of each connection. */
const NONCE_BYTES = 16

/** Time for the nonces, in milliseconds, where libp2p gives none. */
const NONCE_MS = 5000

/** @param clusterKey 64 hex digits */
export function clusterKeyProtector(clusterKey: string): () => ConnectionProtector {
  const secret = Buffer.from(clusterKey, 'hex')
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'vajra-mesh connections', 32))
  return () => ({ protect: (connection, options) => protect(connection as MultiaddrConnection, key, options) })
}

async function protect(connection: MultiaddrConnection, key: Buffer, options?: AbortOptions): Promise<MessageStream> {
  const limit = options ?? { signal: AbortSignal.timeout(NONCE_MS) }
  const own = randomBytes(NONCE_BYTES)
  const bytes = byteStream(connection)
  const [said] = await Promise.all([bytes.read({ bytes: NONCE_BYTES, ...limit }), bytes.write(own, limit)])
  const other = said.subarray()
  // An echo would be enciphered as our own words are, and could be sent back to us as the peer's.
  if (own.equals(other)) throw new Error('the other side repeats what it hears')
  const log = connection.log.newScope('protector')
  return new ProtectedConnection(bytes.unwrap(), cipher(key, own), cipher(key, other), log)
}

function cipher(key: Buffer, nonce: Uint8Array): Cipheriv {
  return createCipheriv('aes-256-ctr', key, nonce)
}

/** A connection that enciphers what goes through it; everything else it leaves to the one beneath. */
class ProtectedConnection extends AbstractMultiaddrConnection {
  readonly #beneath: MultiaddrConnection
  readonly #outbound: Cipheriv

  /** @param inbound undoes what the other side's cipher does, which in counter mode is the same */
  constructor(beneath: MultiaddrConnection, outbound: Cipheriv, inbound: Cipheriv, log: Logger) {
    super({ remoteAddr: beneath.remoteAddr, direction: beneath.direction, log })
    this.#beneath = beneath
    this.#outbound = outbound
    beneath.addEventListener('message', ({ data }) => {
      for (const part of data instanceof Uint8Array ? [data] : data) this.onData(inbound.update(part))
    })
    beneath.addEventListener('drain', () => this.onMuxerDrain())
    beneath.addEventListener('close', ({ error, local }) => {
      if (error == null) this.onTransportClosed()
      else if (local === true) this.abort(error)
      else this.onRemoteReset()
    })
  }

  sendData(data: { readonly byteLength: number; subarray(): Uint8Array }): SendResult {
    const canSendMore = this.#beneath.send(this.#outbound.update(data.subarray()))
    return { sentBytes: data.byteLength, canSendMore }
  }

  async sendClose(options?: AbortOptions): Promise<void> {
    await this.#beneath.close(options)
  }

  sendReset(error: Error): void {
    this.#beneath.abort(error)
  }

  sendPause(): void {
    this.#beneath.pause()
  }

  sendResume(): void {
    this.#beneath.resume()
  }
}
