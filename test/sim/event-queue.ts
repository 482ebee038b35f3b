/** Virtual time: what happens next, in order. Two things at the same moment happen in the order they were scheduled. */

interface Scheduled {
  readonly at: number
  readonly order: number
  readonly action: () => void
}

function isEarlier(a: Scheduled, b: Scheduled): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

/** A clock that nobody waits for, and a binary heap of what is to happen at which time on it. */
export class EventQueue {
  /** True time, in milliseconds: no node can see it. */
  now = 0
  readonly #heap: Scheduled[] = []
  #order = 0

  /** @param delay in milliseconds from now; zero for later at this very moment */
  schedule(delay: number, action: () => void): void {
    const entry = { at: this.now + Math.max(0, delay), order: this.#order++, action }
    const heap = this.#heap
    let hole = heap.push(entry) - 1
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (!isEarlier(entry, heap[parent]!)) break
      heap[hole] = heap[parent]!
      hole = parent
    }
    heap[hole] = entry
  }

  /** Everything that happens within the next `ms`. */
  advance(ms: number): void {
    const end = this.now + ms
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#removeFirst()
      this.now = next.at
      next.action()
    }
    this.now = end
  }

  /** Until a condition holds, looking every 50 ms; false when it did not within `ms`. */
  advanceUntil(condition: () => boolean, ms: number): boolean {
    const end = this.now + ms
    while (this.now < end) {
      if (condition()) return true
      this.advance(Math.min(50, end - this.now))
    }
    return condition()
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isEarlier(heap[child + 1]!, heap[child]!)) child++
      if (!isEarlier(heap[child]!, last)) break
      heap[hole] = heap[child]!
      hole = child
    }
    heap[hole] = last
  }
}
