/**
 * What the keys of a load mean together: exactly one of rate, stages and users, with the keys that go with it.
 */

import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { formatPath, oneOf } from './show.ts'
import { isMisspelled } from './suggest.ts'
import { formatDuration, parseDuration, parseRate } from './units.ts'

type Kind = 'rate' | 'stages' | 'users'
type RawMap = Readonly<Record<string, unknown>>

/** The keys that go with each kind of load, the kind's own aside. */
const COMPANIONS: Readonly<Record<Kind, readonly string[]>> = {
  rate: ['duration', 'warmup', 'arrivals', 'maxInFlight'],
  stages: ['startRate', 'warmup', 'arrivals', 'maxInFlight'],
  users: ['duration', 'warmup', 'thinkTime'],
}

const KINDS = Object.keys(COMPANIONS) as readonly Kind[]

/** Why a key does not go with the load's kind. */
const REASONS: Readonly<Record<string, string>> = {
  duration: 'each stage has a duration of its own',
  startRate: 'only `stages` start from a rate',
  thinkTime: 'only `users` think',
  arrivals: 'users arrive when their answers have come',
  maxInFlight: 'each user has at most one request in flight',
}

/** Problems of a load given raw; what its shape has already refused is skipped. */
export function loadProblems(load: RawMap, path: readonly PropertyKey[]): Problem[] {
  const given = KINDS.filter((kind) => load[kind] !== undefined)
  const [kind] = given
  const keys = Object.keys(load)
  if (kind === undefined) {
    if (KINDS.some((wanted) => isMisspelled(wanted, keys))) return []
    const hint = 'give `rate` and `duration`, or `stages`, or `users` and `duration`'
    return [{ path: formatPath(path), message: 'none of `rate`, `stages` and `users` is given', hint }]
  }
  if (given.length > 1) {
    const names = given.map((name) => `\`${name}\``)
    const message = `${names.slice(0, -1).join(', ')} and ${names.at(-1)} are given together`
    return [{ path: formatPath(path), message, hint: 'keep one of them; use a scenario for each' }]
  }
  const problems = companionProblems(load, kind, path)
  if (kind === 'stages') problems.push(...stageProblems(load.stages, load.startRate, path))
  const total = lengthOf(load)
  if (total !== undefined && total > LIMITS.durationMs) {
    const message = `warm-up and load last ${formatDuration(total)} together`
    problems.push({ path: formatPath(path), message, hint: `at most ${formatDuration(LIMITS.durationMs)} are allowed` })
  }
  return problems
}

function companionProblems(load: RawMap, kind: Kind, path: readonly PropertyKey[]): Problem[] {
  const problems: Problem[] = []
  if (kind !== 'stages' && load.duration === undefined && !isMisspelled('duration', Object.keys(load))) {
    const hint = 'say how long, for example `duration: 30s`'
    problems.push({ path: formatPath([...path, 'duration']), message: `missing beside \`${kind}\``, hint })
  }
  for (const [key, reason] of Object.entries(REASONS)) {
    if (load[key] === undefined || COMPANIONS[kind].includes(key)) continue
    const goesWith = KINDS.filter((other) => COMPANIONS[other].includes(key)).map((other) => `\`${other}\``)
    const hint = `remove it; it goes with ${oneOf(goesWith)}`
    const message = `${key} does not go with \`${kind}\`: ${reason}`
    problems.push({ path: formatPath([...path, key]), message, hint })
  }
  return problems
}

function stageProblems(stages: unknown, startRate: unknown, path: readonly PropertyKey[]): Problem[] {
  const read = readStages(stages)
  if (read === undefined || read.length === 0) return []
  const at = formatPath([...path, 'stages'])
  if (read.every(({ durationMs }) => durationMs === 0)) {
    return [{ path: at, message: 'the stages last no time', hint: 'give at least one stage a duration above 0' }]
  }
  const start = startRate === undefined ? 0 : parseRate(startRate)
  if (start !== 0 && (!start.ok || start.value > 0)) return []
  // A rate counts once time passes at it or on the way to it: so a jump at the very end does not.
  const lastWithTime = read.findLastIndex(({ durationMs }) => durationMs > 0)
  if (read.slice(0, lastWithTime + 1).some(({ rate }) => rate > 0)) return []
  return [{ path: at, message: 'the rate never rises above 0/s', hint: 'give at least one stage a rate above 0' }]
}

function readStages(stages: unknown): { readonly durationMs: number; readonly rate: number }[] | undefined {
  if (!Array.isArray(stages)) return undefined
  const read: { durationMs: number; rate: number }[] = []
  for (const stage of stages as readonly unknown[]) {
    if (typeof stage !== 'object' || stage === null) return undefined
    const { duration, rate } = stage as RawMap
    const [durationMs, perSecond] = [parseDuration(duration), parseRate(rate)]
    if (!durationMs.ok || !perSecond.ok) return undefined
    read.push({ durationMs: durationMs.value, rate: perSecond.value })
  }
  return read
}

/** Warm-up plus measured part of a load given raw, in milliseconds; undefined when it cannot be read. */
export function lengthOf(load: RawMap): number | undefined {
  const warmup = load.warmup === undefined ? 0 : millisecondsOf(load.warmup)
  const measured =
    load.stages === undefined
      ? millisecondsOf(load.duration)
      : readStages(load.stages)?.reduce((sum, { durationMs }) => sum + durationMs, 0)
  return warmup === undefined || measured === undefined ? undefined : warmup + measured
}

function millisecondsOf(duration: unknown): number | undefined {
  const parsed = parseDuration(duration)
  return parsed.ok ? parsed.value : undefined
}
