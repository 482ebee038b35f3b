/** Puts the windows of one node's threads together: one window per scenario and step. Nothing is lost in it. */

import { Histogram } from '../metrics/histogram.ts'
import { addCounts, type EncodedHistogram, type GeneratorSecond, type Window } from '../metrics/window.ts'
import type { ThreadSecond } from './messages.ts'
import { addError } from './window-recorder.ts'

/** What several threads say of the same second: the worst of them counts, for its part of the load is the node's. */
export function mergeSeconds(seconds: readonly ThreadSecond[]): GeneratorSecond | undefined {
  const [first] = seconds
  if (first === undefined) return undefined
  return {
    pacing: seconds.every(({ pacing }) => pacing === first.pacing) ? first.pacing : 'mixed',
    busy: thousandths(Math.max(...seconds.map(({ busy }) => busy))),
    starved: thousandths(Math.max(...seconds.map(({ starved }) => starved))),
  }
}

function thousandths(part: number): number {
  return Math.round(part * 1000)
}

/** Merges windows of the same second; ordered by scenario, then step. */
export function mergeWindows(windows: readonly Window[]): Window[] {
  const groups = new Map<string, Window[]>()
  for (const window of windows) {
    const key = `${window.scenario}/${window.step}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [window])
    else group.push(window)
  }
  return [...groups.values()].map(mergeGroup).sort((a, b) => a.scenario - b.scenario || a.step - b.step)
}

function mergeGroup(group: readonly Window[]): Window {
  const [first, ...others] = group as [Window, ...Window[]]
  if (others.length === 0) return first
  const sum = (pick: (window: Window) => number): number => group.reduce((total, window) => total + pick(window), 0)
  const sent = group.filter(({ firstAt }) => firstAt !== -1)
  return {
    scenario: first.scenario,
    step: first.step,
    counts: group.map(({ counts }) => counts).reduce(addCounts),
    warmup: group.map(({ warmup }) => warmup).reduce(addCounts),
    errors: mergeErrors(group),
    ...mergeChecks(group),
    latency: mergeHistograms(group.map(({ latency }) => latency)),
    serviceTime: mergeHistograms(group.map(({ serviceTime }) => serviceTime)),
    lateness: mergeHistograms(group.map(({ lateness }) => lateness)),
    bytesSent: sum(({ bytesSent }) => bytesSent),
    bytesReceived: sum(({ bytesReceived }) => bytesReceived),
    inFlight: sum(({ inFlight }) => inFlight),
    firstAt: sent.length === 0 ? -1 : Math.min(...sent.map(({ firstAt }) => firstAt)),
    lastAt: sent.length === 0 ? -1 : Math.max(...sent.map(({ lastAt }) => lastAt)),
  }
}

function mergeErrors(group: readonly Window[]): Record<string, number> {
  const errors = new Map<string, number>()
  for (const window of group) {
    for (const [kind, count] of Object.entries(window.errors)) addError(errors, kind, count)
  }
  return Object.fromEntries(errors)
}

function mergeChecks(group: readonly Window[]): Pick<Window, 'checks'> {
  const all = group.flatMap(({ checks }) => (checks === undefined ? [] : [checks]))
  if (all.length === 0) return {}
  const length = Math.max(...all.map((checks) => checks.length))
  const sum = (index: number, side: 0 | 1): number =>
    all.reduce((total, checks) => total + (checks[index]?.[side] ?? 0), 0)
  return { checks: Array.from({ length }, (_, index) => [sum(index, 0), sum(index, 1)] as const) }
}

/** Merging is synchronous, so one will do. */
let scratch: Histogram | undefined

function mergeHistograms(encoded: readonly EncodedHistogram[]): EncodedHistogram {
  const filled = encoded.filter(({ count }) => count > 0)
  if (filled.length <= 1) return filled[0] ?? encoded[0]!
  scratch ??= Histogram.forSecond()
  scratch.reset()
  for (const part of filled) scratch.merge(part)
  return scratch.encode()
}
