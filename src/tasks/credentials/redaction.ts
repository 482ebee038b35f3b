/** Takes secrets out of texts that leave the thread that knows them. */

/** Shorter ones would take harmless words apart, and guard nothing. */
const SHORTEST = 4

export class Redaction {
  readonly #secrets = new Set<string>()

  /** A value that must not be seen, as it is or as URLs and headers have it. */
  add(secret: string): void {
    for (const form of [secret, encodeURIComponent(secret.toWellFormed()), Buffer.from(secret).toString('base64')]) {
      if (form.length >= SHORTEST) this.#secrets.add(form)
    }
  }

  /** The text with `***` for every secret in it. */
  clean(text: string): string {
    let cleaned = text
    // The longest first: one may be a part of another.
    for (const secret of [...this.#secrets].sort((a, b) => b.length - a.length)) {
      cleaned = cleaned.replaceAll(secret, '***')
    }
    return cleaned
  }

  clear(): void {
    this.#secrets.clear()
  }
}
