/**
 * Window batches from outside: checked once, before anything is added, so that what is stored and merged is sound.
 */

import { WINDOW_MS } from '../base/clock.ts'
import { VajraError } from '../base/errors.ts'
import { BOOT_ID_PATTERN, RUN_ID_PATTERN } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import { PACING_MODES } from '../base/pacing.ts'
import type { Suite } from '../suite/spec.ts'
import { decodeHistogram } from './histogram-codec.ts'
import type { Counts, EncodedHistogram, Window, WindowBatch } from './window.ts'

/** What a batch may span. */
export interface BatchLimits {
  /** Number of scenarios of the suite. */
  readonly scenarios: number
  /** Largest sequence. */
  readonly lastSequence: number
}

/** For a run whose suite is not known (yet). */
export const WIDEST_BATCH: BatchLimits = Object.freeze({
  scenarios: LIMITS.scenarios,
  lastSequence: LIMITS.windowSequence,
})

/** Seconds a node may be late in ending a run, after the last arrival and the time allowed for its answer. */
const LATE_END_SECONDS = 600

/** What batches of a run of this suite may span. */
export function batchLimitsOf(suite: Suite): BatchLimits {
  const seconds = Math.ceil((suite.durationMs + suite.gracefulStopMs) / WINDOW_MS)
  return { scenarios: suite.scenarios.length, lastSequence: seconds + LATE_END_SECONDS }
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Checks a decoded batch from a peer: types, ranges, sizes, one window per scenario and step, histograms that agree
 * with themselves, and counts that add up within each window. Answers may belong to sends of earlier windows, so no
 * relation between them is asked for.
 *
 * @returns the same value
 * @throws VajraError `MESSAGE_INVALID`
 */
export function checkBatch(value: unknown, limits: BatchLimits = WIDEST_BATCH): WindowBatch {
  const batch = fields(value, 'batch')
  text(batch.runId, RUN_ID_PATTERN, 'runId')
  text(batch.bootId, BOOT_ID_PATTERN, 'bootId')
  whole(batch.sequence, limits.lastSequence, 'sequence')
  const windows = batch.windows
  if (!Array.isArray(windows)) throw invalid('windows: not a list')
  if (windows.length > LIMITS.windowsPerBatch) throw invalid(`windows: more than ${LIMITS.windowsPerBatch}`)
  const seen = new Set<string>()
  windows.forEach((window: unknown, index) => {
    const { scenario, step } = checkWindow(window, limits, `windows[${index}]`)
    const identity = `${scenario}/${step}`
    if (seen.has(identity)) throw invalid(`windows[${index}]: scenario ${scenario}, step ${step} is there twice`)
    seen.add(identity)
  })
  if (batch.generator !== undefined) checkGenerator(batch.generator)
  return value as WindowBatch
}

function checkGenerator(value: unknown): void {
  const { pacing, busy, starved } = fields(value, 'generator')
  const known: readonly unknown[] = [...PACING_MODES, 'mixed']
  if (!known.includes(pacing)) throw invalid('generator.pacing: not a mode')
  whole(busy, 1000, 'generator.busy')
  whole(starved, 1000, 'generator.starved')
}

function checkWindow(value: unknown, limits: BatchLimits, path: string): Window {
  const window = fields(value, path)
  whole(window.scenario, limits.scenarios - 1, `${path}.scenario`)
  whole(window.step, LIMITS.windowsPerBatch - 1, `${path}.step`)
  const counts = checkCounts(window.counts, `${path}.counts`)
  checkCounts(window.warmup, `${path}.warmup`)
  checkErrors(window.errors, counts.failed, `${path}.errors`)
  if (window.checks !== undefined) checkChecks(window.checks, `${path}.checks`)
  const answered = counts.succeeded + counts.failed
  checkHistogram(window.latency, answered, `${path}.latency`)
  checkHistogram(window.serviceTime, answered, `${path}.serviceTime`)
  // Sent a moment after the second it was planned for, an arrival's lateness falls in the next window.
  checkHistogram(window.lateness, LIMITS.windowCount, `${path}.lateness`)
  whole(window.bytesSent, LIMITS.windowBytes, `${path}.bytesSent`)
  whole(window.bytesReceived, LIMITS.windowBytes, `${path}.bytesReceived`)
  whole(window.inFlight, LIMITS.windowCount, `${path}.inFlight`)
  checkTimes(window.firstAt, window.lastAt, path)
  return value as Window
}

/** An arrival is sent or dropped in the second it was planned for, so each window's counts balance. */
function checkCounts(value: unknown, path: string): Counts {
  const counts = fields(value, path)
  for (const name of ['scheduled', 'sent', 'dropped', 'succeeded', 'failed']) {
    whole(counts[name], LIMITS.windowCount, `${path}.${name}`)
  }
  const { scheduled, sent, dropped } = value as Counts
  if (scheduled !== sent + dropped)
    throw invalid(`${path}: ${scheduled} scheduled, but ${sent} sent, ${dropped} dropped`)
  return value as Counts
}

function checkErrors(value: unknown, failed: number, path: string): void {
  const errors = fields(value, path)
  const kinds = Object.keys(errors)
  // One more than are told apart: `other`.
  if (kinds.length > LIMITS.errorKinds + 1) throw invalid(`${path}: more than ${LIMITS.errorKinds} kinds`)
  let sum = 0
  for (const kind of kinds) {
    if (kind.length === 0 || kind.length > LIMITS.errorKindLength)
      throw invalid(`${path}: a kind of ${kind.length} characters`)
    sum += whole(errors[kind], LIMITS.windowCount, `${path}.${kind}`)
  }
  if (sum > failed) throw invalid(`${path}: ${sum} errors, but ${failed} failed`)
}

/** An answer is checked a moment before it is counted, and may be counted in the next window. */
function checkChecks(value: unknown, path: string): void {
  if (!Array.isArray(value)) throw invalid(`${path}: not a list`)
  if (value.length === 0 || value.length > LIMITS.expectations)
    throw invalid(`${path}: not 1 to ${LIMITS.expectations}`)
  for (const [index, pair] of (value as readonly unknown[]).entries()) {
    if (!Array.isArray(pair) || pair.length !== 2) throw invalid(`${path}[${index}]: not two counts`)
    for (const count of pair as readonly unknown[]) whole(count, LIMITS.windowCount, `${path}[${index}]`)
  }
}

function checkHistogram(value: unknown, most: number, path: string): void {
  const histogram = fields(value, path) as unknown as EncodedHistogram
  try {
    decodeHistogram(histogram)
  } catch (error) {
    throw error instanceof VajraError ? invalid(`${path}: ${error.message}`) : error
  }
  if (histogram.count > most) throw invalid(`${path}: ${histogram.count} values of at most ${most}`)
}

function checkTimes(first: unknown, last: unknown, path: string): void {
  if (first === -1 && last === -1) return
  const longest = LIMITS.windowSequence * 1000
  const ok = typeof first === 'number' && typeof last === 'number' && first <= last && last <= longest
  // A send may be a little earlier than the start of the run on the mesh clock.
  if (!ok || first < -1000) throw invalid(`${path}: firstAt and lastAt are not two run times`)
}

function fields(value: unknown, path: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${path}: not an object`)
  return value as Fields
}

function text(value: unknown, pattern: RegExp, path: string): void {
  if (typeof value !== 'string' || !pattern.test(value)) throw invalid(`${path}: not an id`)
}

function whole(value: unknown, most: number, path: string): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most) return value as number
  throw invalid(`${path}: not a whole number from 0 to ${most}`)
}

function invalid(what: string): VajraError {
  return new VajraError('MESSAGE_INVALID', `window batch: ${what}`, {
    hint: 'a peer sent measurements that do not add up; check that all nodes run the same version',
  })
}
