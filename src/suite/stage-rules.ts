/**
 * What the stages of a load mean together: all have a rate, or all have users. Reads the raw document; what its shape
 * has already refused is skipped.
 */

import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { neverRises } from './profile-rules.ts'
import { isMap, type RawMap, rawDuration, rawList, rawRate } from './raw.ts'
import { formatPath } from './show.ts'
import { isMisspelled } from './suggest.ts'

type Path = readonly PropertyKey[]

/** What stages lead to. */
export type StageKey = 'rate' | 'users'

/** What most of the stages, given raw, have: users, or a rate. */
export function stageKey(stages: unknown): StageKey {
  const list = mapsOf(stages)
  const users = list.filter((stage) => stage.users !== undefined).length
  return users > list.filter((stage) => stage.rate !== undefined).length ? 'users' : 'rate'
}

/** Problems of the stages of a load given raw. */
export function stageProblems(load: RawMap, path: Path): Problem[] {
  const key = stageKey(load.stages)
  const at = [...path, 'stages']
  const problems = eachProblems(load.stages, key, at)
  if (problems.length > 0) return problems
  const read = readStages(load.stages, key)
  if (read === undefined || read.length === 0) return []
  if (read.every(({ durationMs }) => durationMs === 0)) {
    const hint = 'give at least one stage a duration above 0'
    return [{ path: formatPath(at), message: 'the stages last no time', hint }]
  }
  const start = key === 'rate' ? (load.startRate ?? 0) : (load.startUsers ?? 0)
  const first = key === 'rate' ? rawRate(start) : start
  if (typeof first !== 'number' || first > 0) return []
  // A value counts once time passes at it or on the way to it: so a jump at the very end does not.
  const lastWithTime = read.findLastIndex(({ durationMs }) => durationMs > 0)
  if (read.slice(0, lastWithTime + 1).some(({ value }) => value > 0)) return []
  const hint = 'give at least one stage more than 0 users'
  return [key === 'rate' ? neverRises(at) : { path: formatPath(at), message: 'there is never a user', hint }]
}

function eachProblems(stages: unknown, key: StageKey, at: Path): Problem[] {
  const other = key === 'rate' ? 'users' : 'rate'
  const example = key === 'rate' ? '`rate: 500/s`' : '`users: 50`'
  const problems: Problem[] = []
  for (const [index, stage] of listOf(stages).entries()) {
    if (!isMap(stage)) continue
    const path = [...at, index]
    const [own, others] = [stage[key] !== undefined, stage[other] !== undefined]
    if (own && others) {
      const message = 'a rate and users are given together'
      problems.push({ path: formatPath(path), message, hint: 'keep one of them; use a scenario for each' })
    } else if (others) {
      const message = `${other} in a stage, where others have ${key === 'rate' ? 'a rate' : 'users'}`
      problems.push({ path: formatPath([...path, other]), message, hint: `write ${example}; use a scenario for each` })
    } else if (!own && !isMisspelled(key, Object.keys(stage)) && !isMisspelled(other, Object.keys(stage))) {
      const hint = `for example ${example}`
      problems.push({ path: formatPath([...path, key]), message: 'missing', hint })
    }
  }
  return problems
}

function listOf(stages: unknown): readonly unknown[] {
  return Array.isArray(stages) ? stages.slice(0, LIMITS.stages) : []
}

function mapsOf(stages: unknown): readonly RawMap[] {
  return listOf(stages).filter(isMap)
}

function readStages(stages: unknown, key: StageKey) {
  return rawList(stages, (stage) => {
    const durationMs = rawDuration(stage.duration)
    const value = key === 'rate' ? rawRate(stage.rate) : stage.users
    return durationMs === undefined || typeof value !== 'number' ? undefined : { durationMs, value }
  })
}

/** Length of all stages given raw, in milliseconds; undefined when it cannot be read. */
export function stagesLength(stages: unknown): number | undefined {
  return rawList(stages, ({ duration }) => rawDuration(duration))?.reduce((sum, each) => sum + each, 0)
}
