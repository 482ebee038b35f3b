/**
 * In proportion to what each node can do, measured: its capacity times the CPU time that is free there when the run is
 * planned; and while it goes on, a node that falls behind hands a part of its share to those that have room.
 *
 * Weights only ever fall during a run, by a fifth at a time and not below a tenth of the first: so whatever the
 * measurements do, no more than ten revisions a node can follow from them, and none is ever taken back. A node that is
 * pressed for a moment keeps its share: pressure counts once it has lasted (`NodeLoad` is smoothed by its node), and
 * only where others have clearly more room, so that two nodes near the bound do not push a share to and fro.
 */

import type { BootId } from '../../base/ids.ts'
import { type Firing, NO_REVISION, type Strategy } from './strategy.ts'

/** Free CPU time, as a part of the machine's, below which a node is pressed, and above which another has room. */
const PRESSED_HEADROOM = 0.1
const ROOMY_HEADROOM = 0.3
/** Requests sent later than this (99th percentile, for seconds on end) press a node too, in milliseconds. */
const PRESSED_LATENESS_MS = 20
const ROOMY_LATENESS_MS = 5

const STEP = 0.8
/** Of the weight that a node would get now as a newcomer with an idle machine. */
const LEAST = 0.1

export const capacity: Strategy = {
  // In tenths: a little more or less load elsewhere on the machine is no reason for an uneven split.
  weightOf: ({ capacity: configured, load }) =>
    Math.max(configured, 0.001) * Math.max(LEAST, Math.round(load.headroom * 10) / 10),

  revise(firing: readonly Firing[]): ReadonlyMap<BootId, number> {
    if (!firing.some(hasRoom)) return NO_REVISION
    const lowered = firing.filter((node) => isPressed(node) && node.weight * STEP >= LEAST * node.capacity)
    return new Map(lowered.map((node) => [node.bootId, node.weight * STEP]))
  },
}

function isPressed({ load }: Firing): boolean {
  return load.headroom < PRESSED_HEADROOM || load.latenessMs > PRESSED_LATENESS_MS
}

function hasRoom({ load }: Firing): boolean {
  return load.headroom > ROOMY_HEADROOM && load.latenessMs < ROOMY_LATENESS_MS
}
