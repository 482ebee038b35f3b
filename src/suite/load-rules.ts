/**
 * What the keys of a load mean together: exactly one of rate, stages, profile and users, with the keys that go with it.
 */

import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { neverRises, profileLength, profileProblems } from './profile-rules.ts'
import { type RawMap, rawDuration, rawList, rawRate } from './raw.ts'
import { formatPath, oneOf } from './show.ts'
import { isMisspelled } from './suggest.ts'
import { formatDuration } from './units.ts'

type Kind = 'rate' | 'stages' | 'profile' | 'users'

/** The keys that go with each kind of load, the kind's own aside. */
const COMPANIONS: Readonly<Record<Kind, readonly string[]>> = {
  rate: ['duration', 'warmup', 'arrivals', 'maxInFlight'],
  stages: ['startRate', 'repeat', 'warmup', 'arrivals', 'maxInFlight'],
  profile: ['duration', 'repeat', 'warmup', 'arrivals', 'maxInFlight'],
  users: ['duration', 'warmup', 'thinkTime'],
}

const KINDS = Object.keys(COMPANIONS) as readonly Kind[]

/** Why a key does not go with the load's kind. */
const REASONS: Readonly<Record<string, string>> = {
  duration: 'each stage has a duration of its own',
  startRate: 'only `stages` start from a rate',
  repeat: 'a longer `duration` is the same',
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
    const hint = 'give `rate` and `duration`, or `stages`, or `profile`, or `users` and `duration`'
    return [{ path: formatPath(path), message: 'none of `rate`, `stages`, `profile` and `users` is given', hint }]
  }
  if (given.length > 1) {
    const names = given.map((name) => `\`${name}\``)
    const message = `${names.slice(0, -1).join(', ')} and ${names.at(-1)} are given together`
    return [{ path: formatPath(path), message, hint: 'keep one of them; use a scenario for each' }]
  }
  const problems = companionProblems(load, kind, path)
  if (kind === 'stages') problems.push(...stageProblems(load.stages, load.startRate, path))
  if (kind === 'profile') problems.push(...profileProblems(load.profile, load.duration, path))
  const total = lengthOf(load)
  if (total !== undefined && total > LIMITS.durationMs) {
    const what = load.repeat === undefined ? 'load' : 'all rounds of the load'
    const message = `warm-up and ${what} last ${formatDuration(total)} together`
    problems.push({ path: formatPath(path), message, hint: `at most ${formatDuration(LIMITS.durationMs)} are allowed` })
  }
  return problems
}

function companionProblems(load: RawMap, kind: Kind, path: readonly PropertyKey[]): Problem[] {
  const problems: Problem[] = []
  const needsDuration = kind === 'rate' || kind === 'users'
  if (needsDuration && load.duration === undefined && !isMisspelled('duration', Object.keys(load))) {
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
  const start = startRate === undefined ? 0 : rawRate(startRate)
  if (start === undefined || start > 0) return []
  // A rate counts once time passes at it or on the way to it: so a jump at the very end does not.
  const lastWithTime = read.findLastIndex(({ durationMs }) => durationMs > 0)
  return read.slice(0, lastWithTime + 1).some(({ rate }) => rate > 0) ? [] : [neverRises([...path, 'stages'])]
}

function readStages(stages: unknown): readonly { readonly durationMs: number; readonly rate: number }[] | undefined {
  return rawList(stages, (stage) => {
    const [durationMs, rate] = [rawDuration(stage.duration), rawRate(stage.rate)]
    return durationMs === undefined || rate === undefined ? undefined : { durationMs, rate }
  })
}

/** Warm-up plus measured part of a load given raw, in milliseconds; undefined when it cannot be read. */
export function lengthOf(load: RawMap): number | undefined {
  const warmup = load.warmup === undefined ? 0 : rawDuration(load.warmup)
  const round = roundLength(load)
  const repeat = load.repeat ?? 1
  if (warmup === undefined || round === undefined || typeof repeat !== 'number') return undefined
  return warmup + repeat * round
}

function roundLength({ stages, profile, duration }: RawMap): number | undefined {
  if (stages !== undefined) return readStages(stages)?.reduce((sum, { durationMs }) => sum + durationMs, 0)
  return profile === undefined ? rawDuration(duration) : profileLength(profile, duration)
}
