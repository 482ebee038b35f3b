/** What reached the example target, and when. Every part of it is bounded: the oldest is forgotten first. */

/** The document of `GET /__log`. Keys of `perSecond` are Unix seconds. */
export interface TargetLog {
  readonly total: number
  readonly perSecond: Readonly<Record<string, number>>
  readonly byNode: Readonly<Record<string, { readonly total: number; readonly perSecond: Record<string, number> }>>
  /** By path without its query, and there by node; requests that name none are under an empty name. */
  readonly byPath: Readonly<Record<string, Readonly<Record<string, number>>>>
}

const ARRIVALS_KEPT = 2_000_000
const ARRIVALS_AT_FIRST = 1 << 14
const SECONDS_KEPT = 24 * 3600
const NODES_KEPT = 1024
const PATHS_KEPT = 1024

/** Requests per second and in total. */
class Tally {
  total = 0
  #perSecond = new Map<number, number>()
  #second = -1
  #inSecond = 0

  add(second: number): void {
    this.total++
    if (second !== this.#second) this.#turn(second)
    this.#inSecond++
  }

  #turn(second: number): void {
    this.#store()
    this.#second = second
    this.#inSecond = this.#perSecond.get(second) ?? 0
    if (this.#perSecond.size >= SECONDS_KEPT) this.#perSecond.delete(this.#perSecond.keys().next().value as number)
  }

  #store(): void {
    if (this.#second >= 0) this.#perSecond.set(this.#second, this.#inSecond)
  }

  perSecond(): Record<string, number> {
    this.#store()
    return Object.fromEntries(this.#perSecond)
  }
}

/** Counts arrivals in all and by node, and keeps the latest instants in a ring that grows as needed. */
export class ArrivalLog {
  #all = new Tally()
  #byNode = new Map<string, Tally>()
  #byPath = new Map<string, Map<string, number>>()
  #instants = new Float64Array(ARRIVALS_AT_FIRST)
  #recorded = 0

  record(path: string, node: string | string[] | undefined): void {
    const now = performance.timeOrigin + performance.now()
    const second = Math.floor(now / 1000)
    this.#all.add(second)
    if (this.#recorded === this.#instants.length && this.#recorded < ARRIVALS_KEPT) this.#grow()
    this.#instants[this.#recorded++ % this.#instants.length] = now
    if (typeof node === 'string') this.#tallyOf(node)?.add(second)
    this.#countPath(path, typeof node === 'string' ? node : '')
  }

  #countPath(path: string, node: string): void {
    let counts = this.#byPath.get(path)
    if (counts === undefined) {
      if (this.#byPath.size >= PATHS_KEPT) return
      counts = new Map()
      this.#byPath.set(path, counts)
    }
    const known = counts.get(node)
    if (known !== undefined || counts.size < NODES_KEPT) counts.set(node, (known ?? 0) + 1)
  }

  #grow(): void {
    const grown = new Float64Array(Math.min(ARRIVALS_KEPT, this.#instants.length * 2))
    grown.set(this.#instants)
    this.#instants = grown
  }

  #tallyOf(node: string): Tally | undefined {
    let tally = this.#byNode.get(node)
    if (tally === undefined && this.#byNode.size < NODES_KEPT) {
      tally = new Tally()
      this.#byNode.set(node, tally)
    }
    return tally
  }

  counts(): TargetLog {
    const byNode: Record<string, { total: number; perSecond: Record<string, number> }> = {}
    for (const [node, tally] of this.#byNode) byNode[node] = { total: tally.total, perSecond: tally.perSecond() }
    const byPath = Object.fromEntries([...this.#byPath].map(([path, counts]) => [path, Object.fromEntries(counts)]))
    return { total: this.#all.total, perSecond: this.#all.perSecond(), byNode, byPath }
  }

  /** Instants within [from, to), oldest first. */
  arrivals(from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY): number[] {
    const capacity = this.#instants.length
    const found: number[] = []
    for (let i = Math.max(0, this.#recorded - capacity); i < this.#recorded; i++) {
      const instant = this.#instants[i % capacity]!
      if (instant >= from && instant < to) found.push(instant)
    }
    return found
  }

  reset(): void {
    this.#all = new Tally()
    this.#byNode.clear()
    this.#byPath.clear()
    this.#recorded = 0
  }
}
