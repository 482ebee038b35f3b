/**
 * Keeps a node small until it has something to fire. Imported before everything else that a node is made of.
 *
 * While a program loads, V8 doubles the space for new objects up to 2 × 16 MB and keeps it, although almost nothing in
 * it survives: 20 of the 140 MB of a waiting node. The factor of that growth is a number that V8 looks up when it is
 * about to grow, so it may change at any time. A V8 that does not know it says so on stderr, and goes on.
 */

import { setFlagsFromString } from 'node:v8'

const NO_GROWTH = 1
/** V8's own. */
const USUAL_GROWTH = 2

function setGrowth(factor: number): void {
  setFlagsFromString(`--semi-space-growth-factor=${factor}`)
}

setGrowth(NO_GROWTH)

/** For firing: what is in flight outlives a small space, and copying it costs 5 % of the CPU time of a run. */
export function letHeapGrow(): void {
  setGrowth(USUAL_GROWTH)
}
