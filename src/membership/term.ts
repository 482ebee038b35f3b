/**
 * Terms: the reigns of coordinators, totally ordered. Whatever a coordinator says carries its term, and what carries
 * an older one is refused.
 */

import type { BootId } from '../base/ids.ts'

/**
 * One reign. `solo` marks a node that coordinates itself because it sees nobody else: it raises no number, so that
 * coming back it never outranks the mesh it lost sight of.
 */
export interface Term {
  readonly number: number
  readonly solo: boolean
  readonly coordinator: BootId
}

/** The term before any. */
export const NO_TERM: Term = Object.freeze({ number: 0, solo: true, coordinator: '' })

/** Negative when `a` is older than `b`; 0 when they are the same reign. */
export function compareTerms(a: Term, b: Term): number {
  if (a.number !== b.number) return a.number - b.number
  if (a.solo !== b.solo) return a.solo ? -1 : 1
  return a.coordinator < b.coordinator ? -1 : a.coordinator > b.coordinator ? 1 : 0
}

/** (term, sequence): the version of a share table. The newest wins. */
export interface Version {
  readonly term: Term
  readonly sequence: number
}

export function compareVersions(a: Version, b: Version): number {
  return compareTerms(a.term, b.term) || a.sequence - b.sequence
}
