/**
 * How much of a run's measurements is held, and whose.
 */

import { WINDOW_MS } from '../base/clock.ts'
import { sizeOf } from '../base/ranges.ts'
import type { HeldNode } from './held-windows.ts'
import { compareText } from './order.ts'
import type { Coverage, NodeCoverage, Participation } from './report-document.ts'
import { round3 } from './rounding.ts'

/** By name, then boot id. */
export function sortedByName(nodes: readonly HeldNode[]): HeldNode[] {
  return nodes.toSorted(
    ({ participation: a }, { participation: b }) => compareText(a.node, b.node) || compareText(a.bootId, b.bootId),
  )
}

export function coverageOf(nodes: readonly HeldNode[]): Coverage {
  return {
    windowsExpected: nodes.reduce((sum, { participation }) => sum + expectedWindows(participation), 0),
    windowsReceived: nodes.reduce((sum, { sequences }) => sum + sizeOf(sequences), 0),
    nodes: sortedByName(nodes).map(nodeCoverage),
  }
}

/** Whether anything a node measured may be unknown for good: it had a share when it was lost. */
export function lostWindows({ lostAt, firstSequence }: Participation): boolean {
  return lostAt !== null && firstSequence >= 0
}

/**
 * A node's seconds with a share. A lost one fired at least a part of the second after its last window, and perhaps up
 * to when it was given up: those are expected too, and never received.
 */
function expectedWindows(participation: Participation): number {
  const { firstSequence, lastSequence, lostAt } = participation
  if (firstSequence < 0) return 0
  const told = Math.max(0, lastSequence - firstSequence + 1)
  if (lostAt === null) return told
  return told + Math.max(1, Math.floor(lostAt / WINDOW_MS) - lastSequence)
}

function nodeCoverage({ participation, sequences, requests, firstAt, lastAt, generator }: HeldNode): NodeCoverage {
  const sent = firstAt !== -1 || lastAt !== -1
  return {
    node: participation.node,
    bootId: participation.bootId,
    windows: sizeOf(sequences),
    requests,
    firstAt: sent ? round3(firstAt) : null,
    lastAt: sent ? round3(lastAt) : null,
    lost: participation.lostAt !== null,
    pacing: generator.pacing,
  }
}
