/**
 * What nodes tell their coordinator, as it keeps it, and whether an account is news: most renewals say nothing new, and
 * there are many of them.
 */

import type { BootId, RunId } from '../base/ids.ts'
import { NO_RANGES, type Ranges, unionOf } from '../base/ranges.ts'
import { compareVersions, type Version } from '../membership/term.ts'
import type { Final } from '../run/share-table.ts'
import type { RunStatusReport } from './messages.ts'
import type { KnownReport } from './state.ts'

/** An account with what was told before of windows held. */
export function merged(before: KnownReport | undefined, report: RunStatusReport): KnownReport {
  const known = before?.held ?? NOTHING_HELD
  if (report.held.length === 0) return { ...report, held: known }
  const held = new Map(known)
  for (const { bootId, ranges } of report.held) held.set(bootId, unionOf(held.get(bootId) ?? NO_RANGES, ranges))
  return { ...report, held }
}

/** But for the time that has passed. @param before undefined when it has told nothing yet */
export function tellsTheSame(
  before: ReadonlyMap<RunId, KnownReport> | undefined,
  now: readonly RunStatusReport[],
): boolean {
  if (before === undefined || before.size !== now.length) return false
  return now.every((report) => {
    const earlier = before.get(report.runId)
    return earlier !== undefined && isSameReport(earlier, report)
  })
}

function isSameReport(a: KnownReport, b: RunStatusReport): boolean {
  return (
    a.stage === b.stage &&
    a.appliedAt === b.appliedAt &&
    a.error === b.error &&
    (a.elapsed === null) === (b.elapsed === null) &&
    isSameVersion(a.has, b.has) &&
    isSameVersion(a.applied, b.applied) &&
    isSameFinal(a.final, b.final) &&
    (a.chores.setup === null) === (b.chores.setup === null) &&
    (a.chores.teardown === null) === (b.chores.teardown === null) &&
    isSameList(a.gone, b.gone, Object.is) &&
    b.held.every(({ bootId, ranges }) => isSameRanges(a.held.get(bootId) ?? NO_RANGES, ranges))
  )
}

const NOTHING_HELD: ReadonlyMap<BootId, Ranges> = new Map()

function isSameVersion(a: Version | null, b: Version | null): boolean {
  return a === null || b === null ? a === b : compareVersions(a, b) === 0
}

function isSameFinal(a: Final | null, b: Final | null): boolean {
  if (a === null || b === null) return a === b
  return a.firstSequence === b.firstSequence && a.lastSequence === b.lastSequence && a.hash === b.hash
}

function isSameRanges(a: Ranges, b: Ranges): boolean {
  return isSameList(a, b, ([from, to], [otherFrom, otherTo]) => from === otherFrom && to === otherTo)
}

function isSameList<T>(a: readonly T[], b: readonly T[], isSame: (x: T, y: T) => boolean): boolean {
  return a.length === b.length && a.every((item, i) => isSame(item, b[i]!))
}
