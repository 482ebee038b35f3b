/** The header of the answer at hand, for those who want to look at it. Heads that come again are taken apart once. */

const FIRST_BYTES = 1024

/** The last head that was taken apart, for all connections of a lane. */
export class LastHead {
  octets: Buffer = Buffer.alloc(0)
  headers: readonly string[] = []
}

export class HeadKeeper {
  readonly #last: LastHead
  #octets = Buffer.alloc(0)
  #length = 0

  constructor(last: LastHead) {
    this.#last = last
  }

  begin(): void {
    this.#length = 0
  }

  /** Octets of the head, in order. */
  add(octets: Uint8Array, from: number, to: number): void {
    const length = this.#length + to - from
    if (length > this.#octets.length) this.#grow(length)
    this.#octets.set(octets.subarray(from, to), this.#length)
    this.#length = length
  }

  /** The parser refuses what is longer than its limit, and the piece that tells it so. */
  #grow(length: number): void {
    const octets = Buffer.alloc(Math.max(FIRST_BYTES, length * 2))
    octets.set(this.#octets.subarray(0, this.#length))
    this.#octets = octets
  }

  /** Names (as sent) and values in turns. */
  get headers(): readonly string[] {
    const head = this.#octets.subarray(0, this.#length)
    const last = this.#last
    if (!last.octets.equals(head)) {
      last.octets = Buffer.from(head)
      last.headers = takeApart(head.toString('latin1'))
    }
    return last.headers
  }
}

/** Lines that the parser has passed: a name, a colon, a value; the status line before them, an empty line behind. */
function takeApart(head: string): readonly string[] {
  const headers: string[] = []
  for (let at = head.indexOf('\r\n') + 2; at < head.length; ) {
    const end = head.indexOf('\r\n', at)
    if (end <= at) break
    const colon = head.indexOf(':', at)
    headers.push(head.slice(at, colon), head.slice(colon + 1, end).replace(/^[ \t]+|[ \t]+$/g, ''))
    at = end + 2
  }
  return headers
}
