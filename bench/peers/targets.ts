/** The targets of a comparison, each started when it is first needed. */

import { type Certificate, makeCertificate, trusting } from '../support/certificate.ts'
import { ExactTarget } from '../support/exact-target-process.ts'
import { type Nginx, nginxVersion, startNginx } from '../support/nginx.ts'
import type { Pinning } from '../support/pinning.ts'
import type { Bench, CountingTarget } from './measure.ts'

export class Targets {
  readonly #folder: string
  readonly pinning: Pinning
  readonly #certificate: Certificate | null
  #nginx: Nginx | undefined
  #exact: ExactTarget | undefined

  constructor(folder: string, pinning: Pinning) {
    this.#folder = folder
    this.pinning = pinning
    this.#certificate = makeCertificate(folder)
  }

  /** What all tools share. */
  get bench(): Pick<Bench, 'folder' | 'inside' | 'env'> {
    return { folder: this.#folder, inside: this.pinning.generator, env: trusting(this.#certificate) }
  }

  /** What answers at once, for people. */
  get httpName(): string {
    const version = nginxVersion()
    return version === null ? 'our own (there is no nginx)' : `nginx ${version}`
  }

  /** Answers at once: nginx, or where there is none our own. */
  async http(): Promise<CountingTarget> {
    if (nginxVersion() !== null) {
      const nginx = await this.#startedNginx()
      return { url: nginx.http, count: nginx.count, pid: nginx.pid }
    }
    const target = await this.exact()
    await target.begin()
    return target
  }

  /** The same over TLS. */
  async https(): Promise<CountingTarget> {
    if (this.#certificate === null) throw new Error('openssl is missing, which makes the certificate')
    if (nginxVersion() === null) throw new Error('nginx is missing')
    const nginx = await this.#startedNginx()
    return { url: nginx.https!, count: nginx.count, pid: nginx.pid }
  }

  /** Answers after known delays, and keeps a log. */
  async exact(): Promise<ExactTarget> {
    this.#exact ??= await ExactTarget.start({ inside: this.pinning.target })
    return this.#exact
  }

  async #startedNginx(): Promise<Nginx> {
    this.#nginx ??= await startNginx(this.#folder, this.pinning.target, this.#certificate)
    return this.#nginx
  }

  /** For a process that is about to exit. */
  closeNow(): void {
    this.#exact?.process.kill('SIGKILL')
    this.#nginx?.kill()
  }
}
