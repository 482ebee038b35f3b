/** Pools of the steps of a scenario that lead to the same place, and lend each other the links that are idle. */

import type { Link } from './link.ts'

/** A link that goes from one connection to another. */
export interface LentLink {
  readonly link: Link
  /** When it is too old to be used. */
  readonly staleAt: number
  /** Answers that have come on it. */
  readonly answers: number
}

export interface LinkPool {
  /** Gives away its idle link that was used last; null for none. */
  lend(now: number): LentLink | null
  /** Lets those that wait here borrow. */
  borrowForWaiting(): void
}

export class LinkGroup {
  readonly #pools: LinkPool[] = []

  join(pool: LinkPool): void {
    this.#pools.push(pool)
  }

  leave(pool: LinkPool): void {
    const at = this.#pools.indexOf(pool)
    if (at >= 0) this.#pools.splice(at, 1)
  }

  /** An idle link of another pool; null for none. */
  borrow(by: LinkPool, now: number): LentLink | null {
    for (const pool of this.#pools) {
      const lent = pool === by ? null : pool.lend(now)
      if (lent !== null) return lent
    }
    return null
  }

  /** A pool has an idle link. */
  offer(from: LinkPool): void {
    for (const pool of this.#pools) if (pool !== from) pool.borrowForWaiting()
  }
}
