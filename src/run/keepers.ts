/**
 * Who keeps whose windows in a run of many nodes. Were every window sent to everybody, traffic would grow with the
 * square of the nodes; so above a threshold a few aggregators are chosen among them, and two of those, the keepers, hold
 * the windows of each node. Everybody works this out alone, by rendezvous hashing (Thaler and Ravishankar, "A name-based
 * mapping scheme for rendezvous", 1996): when a node comes or goes, only what it keeps changes hands.
 */

import type { BootId, RunId } from '../base/ids.ts'
import { hash32, mix32 } from '../base/random.ts'

/** Up to so many nodes of a run, everybody holds all windows. */
export const AGGREGATE_ABOVE = 64

/** Nodes other than its owner that hold a window. */
export const KEEPERS = 2

/** Fewer would not leave every owner two others than itself. */
export const LEAST_AGGREGATORS = KEEPERS + 1

/** How many aggregators a run with so many nodes has: ⌈√N⌉, so that neither they nor what each keeps is many. */
export function aggregatorCount(nodes: number): number {
  return Math.max(LEAST_AGGREGATORS, Math.ceil(Math.sqrt(nodes)))
}

/**
 * A run's aggregators.
 *
 * @param nodes those that can be chosen
 * @param count how many are chosen, as far as there are
 */
export function aggregatorsOf(runId: RunId, nodes: readonly BootId[], count: number): readonly BootId[] {
  const key = hash32(runId)
  const scored = nodes.map(hashed).map((node) => ({ node, score: mixed(key, node.hash) }))
  return scored
    .sort(byScore)
    .slice(0, count)
    .map(({ node }) => node.bootId)
}

/** The keepers of every node's windows: a function from owner to at most {@link KEEPERS} aggregators, not itself. */
export function keepersAmong(aggregators: readonly BootId[]): (owner: BootId) => readonly BootId[] {
  const candidates = aggregators.map(hashed)
  return (owner) => {
    const key = hash32(owner)
    const best: Scored[] = []
    for (const node of candidates) {
      if (node.bootId !== owner) insert(best, { node, score: mixed(key, node.hash) })
    }
    return best.map(({ node }) => node.bootId)
  }
}

interface Hashed {
  readonly bootId: BootId
  readonly hash: number
}

function hashed(bootId: BootId): Hashed {
  return { bootId, hash: hash32(bootId) }
}

interface Scored {
  readonly node: Hashed
  readonly score: number
}

/** Highest first. Equal scores are decided by id: everywhere the same. */
function byScore(a: Scored, b: Scored): number {
  return b.score - a.score || (a.node.bootId < b.node.bootId ? -1 : 1)
}

/** Among the best, in order; there are as many as {@link KEEPERS}, and every owner's are worked out again and again. */
function insert(best: Scored[], one: Scored): void {
  if (best.length === KEEPERS && byScore(best[KEEPERS - 1]!, one) < 0) return
  let at = best.length
  while (at > 0 && byScore(one, best[at - 1]!) < 0) at--
  best.splice(at, 0, one)
  if (best.length > KEEPERS) best.pop()
}

/** A hash of two hashes. */
function mixed(key: number, hash: number): number {
  return mix32(mix32(key ^ 0x9e3779b9) ^ hash)
}
