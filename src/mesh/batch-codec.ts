/**
 * Window batches on the wire: arrays instead of keyed objects, because every node sends one each second.
 *
 * The bytes are a function of the batch alone (error kinds are sorted), so that every node that holds a batch writes
 * the same bytes for it. What comes in is checked for its shape here; what it means is checked by metrics.
 *
 * A batch that does not tell how its load threads fared is written as wire version 1 had it: stores hold such batches,
 * finals have hashes over their bytes, and nodes that run this version now hand them on to each other.
 */

import { VajraError } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { PACING_MODES } from '../base/pacing.ts'
import type { CheckCounts, Counts, EncodedHistogram, GeneratorSecond, Window, WindowBatch } from '../metrics/window.ts'
import { decodeMessage, encodeMessage } from './codec.ts'

/** A batch's bytes; equal for equal batches, on every node. */
export function encodeBatch(batch: WindowBatch): Uint8Array {
  const { runId, bootId, sequence, windows, generator } = batch
  const values = [runId, bootId, sequence, windows.map(packWindow)]
  if (generator === undefined) return encodeMessage(values, PLAIN_VERSION)
  return encodeMessage([...values, packGenerator(generator)])
}

/** Wire version of batches that end with their windows. */
const PLAIN_VERSION = 1

/**
 * The batch in a message from outside. Its shape is right; that its counts add up is for the caller to check.
 *
 * @throws VajraError MESSAGE_INVALID when it is malformed or longer than `LIMITS.windowsBytes`
 */
export function decodeBatch(bytes: Uint8Array): WindowBatch {
  const values = list(decodeMessage(bytes, LIMITS.windowsBytes, PLAIN_VERSION))
  const [runId, bootId, sequence, windows, generator] = tuple(values, bytes[0] === PLAIN_VERSION ? 4 : 5)
  const batch = {
    runId: text(runId),
    bootId: text(bootId),
    sequence: number(sequence),
    windows: list(windows).map(unpackWindow),
  }
  return generator === undefined ? batch : { ...batch, generator: unpackGenerator(generator) }
}

/** Modes are numbers on the wire. */
const PACINGS: readonly GeneratorSecond['pacing'][] = [...PACING_MODES, 'mixed']

function packGenerator({ pacing, busy, starved }: GeneratorSecond): number[] {
  return [PACINGS.indexOf(pacing), busy, starved]
}

function unpackGenerator(packed: unknown): GeneratorSecond {
  const [mode, busy, starved] = tuple(packed, 3)
  const pacing = PACINGS[number(mode)]
  if (pacing === undefined) throw invalid('its pacing is none')
  return { pacing, busy: number(busy), starved: number(starved) }
}

function packWindow(window: Window): unknown[] {
  return [
    window.scenario,
    window.step,
    ...packCounts(window.counts),
    ...packCounts(window.warmup),
    packErrors(window.errors),
    ...packHistogram(window.latency),
    ...packHistogram(window.serviceTime),
    ...packHistogram(window.lateness),
    window.bytesSent,
    window.bytesReceived,
    window.inFlight,
    window.firstAt,
    window.lastAt,
    ...(window.checks === undefined ? [] : [window.checks.flat()]),
  ]
}

/**
 * Values in a packed window: 2, two counts of 5, the errors, three histograms of 5, 5. Where something was checked, its
 * counts follow: only suites that no earlier version can read have them.
 */
const WINDOW_VALUES = 33

function unpackWindow(packed: unknown): Window {
  const all = list(packed)
  const values = tuple(all.slice(0, WINDOW_VALUES), WINDOW_VALUES)
  if (all.length > WINDOW_VALUES + 1) throw invalid('a window has more values than are known')
  const checks = all.length > WINDOW_VALUES ? { checks: unpackChecks(all[WINDOW_VALUES]) } : {}
  return {
    scenario: number(values[0]),
    step: number(values[1]),
    counts: unpackCounts(values, 2),
    warmup: unpackCounts(values, 7),
    errors: unpackErrors(values[12]),
    latency: unpackHistogram(values, 13),
    serviceTime: unpackHistogram(values, 18),
    lateness: unpackHistogram(values, 23),
    bytesSent: number(values[28]),
    bytesReceived: number(values[29]),
    inFlight: number(values[30]),
    firstAt: number(values[31]),
    lastAt: number(values[32]),
    ...checks,
  }
}

function packCounts(counts: Counts): number[] {
  return [counts.scheduled, counts.sent, counts.dropped, counts.succeeded, counts.failed]
}

function unpackCounts(values: readonly unknown[], at: number): Counts {
  return {
    scheduled: number(values[at]),
    sent: number(values[at + 1]),
    dropped: number(values[at + 2]),
    succeeded: number(values[at + 3]),
    failed: number(values[at + 4]),
  }
}

function packHistogram(histogram: EncodedHistogram): unknown[] {
  return [histogram.data, histogram.count, histogram.min, histogram.max, histogram.sum]
}

function unpackHistogram(values: readonly unknown[], at: number): EncodedHistogram {
  return {
    data: binary(values[at]),
    count: number(values[at + 1]),
    min: number(values[at + 2]),
    max: number(values[at + 3]),
    sum: number(values[at + 4]),
  }
}

/** Kinds and counts in turn, sorted by kind: the order of an object's keys is not the same on every node. */
function packErrors(errors: Readonly<Record<string, number>>): unknown[] {
  return Object.keys(errors)
    .sort()
    .flatMap((kind) => [kind, errors[kind]])
}

function unpackErrors(packed: unknown): Record<string, number> {
  const values = list(packed)
  if (values.length % 2 !== 0 || values.length > 2 * (LIMITS.errorKinds + 1))
    throw invalid('its error kinds are malformed')
  const errors: Record<string, number> = {}
  for (let i = 0; i < values.length; i += 2) {
    const kind = text(values[i])
    if (kind === '__proto__') throw invalid('an error kind reaches the prototype')
    errors[kind] = number(values[i + 1])
  }
  return errors
}

function unpackChecks(packed: unknown): CheckCounts[] {
  const values = list(packed)
  if (values.length % 2 !== 0 || values.length > 2 * LIMITS.expectations) throw invalid('its checks are malformed')
  return Array.from({ length: values.length / 2 }, (_, index) => [
    number(values[2 * index]),
    number(values[2 * index + 1]),
  ])
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid('a list is missing')
  return value
}

function tuple(value: unknown, length: number): readonly unknown[] {
  const values = list(value)
  if (values.length !== length) throw invalid(`${length} values were expected, ${values.length} came`)
  return values
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw invalid('a text is missing')
  return value
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw invalid('a number is missing')
  return value
}

function binary(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw invalid('a histogram is missing')
  return value
}

function invalid(why: string): VajraError {
  return new VajraError('MESSAGE_INVALID', `a window batch cannot be read: ${why}`)
}
