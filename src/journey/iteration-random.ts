/**
 * Randomness of one iteration: drawn by number, so that the same iteration of the same run draws the same again, on
 * whichever node it is. A permutation of 128 bits makes every draw of a run another one: what is drawn for a UUID is not
 * drawn again.
 */

/** Double rounds; ChaCha8 has as many (Bernstein, "ChaCha, a variant of Salsa20", 2008). Not for security. */
const ROUNDS = 4
const WORD = 2 ** 32

export class IterationRandom {
  readonly #seed: number
  #index = 0
  #user = 0
  #draws = 0
  #a = 0
  #b = 0
  #c = 0
  #d = 0

  /** @param seed of the scenario in its run: 32 bits */
  constructor(seed: number) {
    this.#seed = seed | 0
  }

  /**
   * @param index number of the arrival, or of the user's iteration: below 2^43 (21 bits are the user's)
   * @param user -1 for none, else below 2^20
   */
  begin(index: number, user: number): void {
    this.#index = index
    this.#user = user + 1
    this.#draws = 0
  }

  /** A whole number from one bound to the other, both included; they are at most 2^53 apart. */
  whole(least: number, most: number): number {
    this.#draw()
    const part = ((this.#a >>> 5) * 67108864 + (this.#b >>> 6)) / 2 ** 53
    return least + Math.floor(part * (most - least + 1))
  }

  /** A UUID of version 4 (RFC 9562, section 5.4). */
  uuid(): string {
    this.#draw()
    const hex = [this.#a, (this.#b & 0xffff0fff) | 0x4000, (this.#c & 0x3fffffff) | 0x80000000, this.#d]
      .map((word) => (word >>> 0).toString(16).padStart(8, '0'))
      .join('')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }

  /** Four words from what is drawn for: another input, another output. */
  #draw(): void {
    const high = Math.floor(this.#index / WORD)
    this.#a = this.#seed
    this.#b = this.#index | 0
    this.#c = (high << 21) | (this.#user & 0x1fffff)
    this.#d = this.#draws++
    for (let round = 0; round < ROUNDS; round++) {
      this.#quarterRound()
      // A constant for each round keeps zeros from staying zeros.
      this.#a = (this.#a + 0x9e3779b9 + round) | 0
      this.#quarterRound()
    }
  }

  #quarterRound(): void {
    let a = this.#a
    let b = this.#b
    let c = this.#c
    let d = this.#d
    a = (a + b) | 0
    d = rotate(d ^ a, 16)
    c = (c + d) | 0
    b = rotate(b ^ c, 12)
    a = (a + b) | 0
    d = rotate(d ^ a, 8)
    c = (c + d) | 0
    b = rotate(b ^ c, 7)
    this.#a = a
    this.#b = b
    this.#c = c
    this.#d = d
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
