/**
 * What the keys of a load mean together: exactly one of rate, stages, profile and users, with the keys that go with it.
 */

import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { profileLength, profileProblems } from './profile-rules.ts'
import { type RawMap, rawDuration } from './raw.ts'
import { formatPath, oneOf } from './show.ts'
import { stageKey, stageProblems, stagesLength } from './stage-rules.ts'
import { isMisspelled } from './suggest.ts'
import { formatDuration } from './units.ts'

/** Words of a problem for a load: its key, or where one key has two meanings, more. */
type Kind = 'rate' | 'stages' | 'stages of users' | 'profile' | 'users'

/** The keys that go with each kind of load, the kind's own aside. */
const COMPANIONS: Readonly<Record<Kind, readonly string[]>> = {
  rate: ['duration', 'warmup', 'arrivals', 'maxInFlight'],
  stages: ['startRate', 'repeat', 'warmup', 'arrivals', 'maxInFlight'],
  'stages of users': ['startUsers', 'repeat', 'warmup', 'thinkTime'],
  profile: ['duration', 'repeat', 'warmup', 'arrivals', 'maxInFlight'],
  users: ['duration', 'warmup', 'thinkTime'],
}

const KINDS = Object.keys(COMPANIONS) as readonly Kind[]
/** The keys of which a load has exactly one. */
const KEYS = ['rate', 'stages', 'profile', 'users'] as const

/** Why a key does not go with the load's kind. */
const REASONS: Readonly<Record<string, string>> = {
  duration: 'each stage has a duration of its own',
  startRate: 'only `stages` start from a rate',
  startUsers: 'only `stages` of users start from a number of them',
  repeat: 'a longer `duration` is the same',
  thinkTime: 'only `users` think',
  arrivals: 'users arrive when their answers have come',
  maxInFlight: 'each user has at most one request in flight',
}

/** Problems of a load given raw; what its shape has already refused is skipped. */
export function loadProblems(load: RawMap, path: readonly PropertyKey[]): Problem[] {
  const given = KEYS.filter((key) => load[key] !== undefined)
  const [first] = given
  const keys = Object.keys(load)
  if (first === undefined) {
    if (KEYS.some((wanted) => isMisspelled(wanted, keys))) return []
    const hint = 'give `rate` and `duration`, or `stages`, or `profile`, or `users` and `duration`'
    return [{ path: formatPath(path), message: 'none of `rate`, `stages`, `profile` and `users` is given', hint }]
  }
  if (given.length > 1) {
    const names = given.map((name) => `\`${name}\``)
    const message = `${names.slice(0, -1).join(', ')} and ${names.at(-1)} are given together`
    return [{ path: formatPath(path), message, hint: 'keep one of them; use a scenario for each' }]
  }
  const kind = first === 'stages' && stageKey(load.stages) === 'users' ? 'stages of users' : first
  const problems = companionProblems(load, kind, path)
  if (first === 'stages') problems.push(...stageProblems(load, path))
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
    const goesWith = KINDS.filter((other) => COMPANIONS[other].includes(key)).map(quoted)
    const hint = `remove it; it goes with ${oneOf(goesWith)}`
    const message = `${key} does not go with ${quoted(kind)}: ${reason}`
    problems.push({ path: formatPath([...path, key]), message, hint })
  }
  return problems
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
  if (stages !== undefined) return stagesLength(stages)
  return profile === undefined ? rawDuration(duration) : profileLength(profile, duration)
}

/** Whether a load given raw is one of users. */
export function isOfUsers({ users, stages }: RawMap): boolean {
  return users !== undefined || (stages !== undefined && stageKey(stages) === 'users')
}

function quoted(kind: Kind): string {
  return kind === 'stages of users' ? '`stages` of users' : `\`${kind}\``
}
