/** Users that wait for their next iteration, first in first out. */

import type { RunMs } from '../base/clock.ts'

const COMPACT_AT = 4096

export class UserQueue {
  #users: number[] = []
  #dues: RunMs[] = []
  #head = 0

  get size(): number {
    return this.#users.length - this.#head
  }

  /** When the first may go on; infinity when there is none. */
  get due(): RunMs {
    return this.#dues[this.#head] ?? Number.POSITIVE_INFINITY
  }

  /** Adds a user that may go on no earlier than those before it. */
  push(user: number, due: RunMs): void {
    this.#users.push(user)
    this.#dues.push(due)
  }

  /** Adds users in any order. */
  insert(users: readonly { readonly user: number; readonly due: RunMs }[]): void {
    const waiting = this.#users.slice(this.#head).map((user, i) => ({ user, due: this.#dues[this.#head + i]! }))
    const all = [...waiting, ...users].sort((a, b) => a.due - b.due || a.user - b.user)
    this.#users = all.map(({ user }) => user)
    this.#dues = all.map(({ due }) => due)
    this.#head = 0
  }

  /** Adds a user in its place, after those that may go on as early. */
  place(user: number, due: RunMs): void {
    let low = this.#head
    let high = this.#dues.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#dues[middle]! <= due) low = middle + 1
      else high = middle
    }
    this.#users.splice(low, 0, user)
    this.#dues.splice(low, 0, due)
  }

  /** Takes all. */
  drain(): { readonly user: number; readonly due: RunMs }[] {
    const all = this.#users.slice(this.#head).map((user, i) => ({ user, due: this.#dues[this.#head + i]! }))
    this.#users = []
    this.#dues = []
    this.#head = 0
    return all
  }

  /** Takes the first; only when there is one. */
  shift(): number {
    const user = this.#users[this.#head++]!
    if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#users.length) {
      this.#users.splice(0, this.#head)
      this.#dues.splice(0, this.#head)
      this.#head = 0
    }
    return user
  }
}
