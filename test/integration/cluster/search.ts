/** What left nodes, or lies on their disks, and the search for texts that should not be in it. */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The ways in which a text may hide in bytes. */
export function formsOf(text: string): string[] {
  const encoded = [0, 1, 2].map((shift) => {
    const whole = Buffer.from('x'.repeat(shift) + text).toString('base64')
    // Whatever stands before and behind: the characters that are made of the text alone.
    return whole.slice(Math.ceil((shift * 4) / 3) + 1, -4)
  })
  return [text, [...text].reverse().join(''), Buffer.from(text).toString('hex'), ...encoded]
}

export class Search {
  /** What was seen, by where. */
  readonly #seen: { readonly where: string; readonly bytes: Buffer }[] = []

  see(where: string, bytes: string | Uint8Array): void {
    this.#seen.push({ where, bytes: Buffer.from(bytes as string) })
  }

  /** Sees all files in a folder, but for those of these names. */
  seeFiles(what: string, folder: string, except: readonly string[]): void {
    for (const name of readdirSync(folder, { recursive: true }) as string[]) {
      const path = join(folder, name)
      if (except.includes(name) || !statSync(path).isFile()) continue
      this.see(`${what} ${name}`, readFileSync(path))
    }
  }

  /** Where a text is, as it stands here. */
  placesOf(text: string): string[] {
    return [...new Set(this.#seen.filter(({ bytes }) => bytes.includes(text)).map(({ where }) => where))]
  }
}
