/**
 * What the numbers of a `profile` must be together. Reads the raw document; what its shape has already refused is
 * skipped.
 */

import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { type CurvePoint, countSteps, customSegments } from './curves.ts'
import { CURVE_NAMES, CURVES, type Curve } from './profile-shape.ts'
import { isMap, type RawMap, rawDuration, rawList, rawRate } from './raw.ts'
import { formatPath, oneOf } from './show.ts'
import { isMisspelled } from './suggest.ts'
import { formatDuration } from './units.ts'

type Path = readonly PropertyKey[]

/** Problems of a profile given raw, with the load's `duration` beside it. */
export function profileProblems(profile: unknown, duration: unknown, path: Path): Problem[] {
  if (!isMap(profile)) return []
  const at = [...path, 'profile']
  const given = CURVE_NAMES.filter((name) => profile[name] !== undefined)
  const [curve] = given
  const names = CURVE_NAMES.map((name) => `\`${name}\``)
  if (curve === undefined) {
    if (CURVE_NAMES.some((name) => isMisspelled(name, Object.keys(profile)))) return []
    return [problem(at, `none of ${oneOf(names).replace(' or ', ' and ')} is given`, `give one of them`)]
  }
  if (given.length > 1) {
    const list = oneOf(given.map((name) => `\`${name}\``)).replace(' or ', ' and ')
    return [problem(at, `${list} are given together`, 'keep one of them; `custom` takes any curve')]
  }
  const problems: Problem[] = []
  if (profile.interpolate !== undefined && curve !== 'custom') {
    const message = `interpolate does not go with \`${curve}\`: it says what is between the points of \`custom\``
    problems.push(problem([...at, 'interpolate'], message, 'remove it'))
  }
  if (CURVES[curve] === 'required' && duration === undefined) {
    problems.push(
      problem([...path, 'duration'], `missing beside \`${curve}\``, 'say how long, for example `duration: 30s`'),
    )
  }
  const value = profile[curve]
  const rules = curve === 'custom' ? customProblems(profile, duration, at) : mapRules(curve, value, duration, at)
  return [...problems, ...rules]
}

function mapRules(curve: Exclude<Curve, 'custom'>, value: unknown, duration: unknown, at: Path): Problem[] {
  if (!isMap(value)) return []
  const place = [...at, curve]
  switch (curve) {
    case 'ramp': {
      const flat = rawRate(value.from) === 0 && rawRate(value.to) === 0
      return flat ? [neverRises(place)] : []
    }
    case 'steps':
      return stepsProblems(value, duration, place)
    case 'spike':
      return spikeProblems(value, duration, place)
    case 'sine': {
      const [min, max] = [rawRate(value.min), rawRate(value.max)]
      if (min === undefined || max === undefined || max > min) return []
      return [problem([...place, 'max'], 'the maximum is not above the minimum', 'exchange them, or use `rate`')]
    }
  }
}

function stepsProblems(value: RawMap, duration: unknown, place: Path): Problem[] {
  const [from, to, step] = [rawRate(value.from), rawRate(value.to), rawRate(value.step)]
  if (from === undefined || to === undefined || step === undefined || step === 0) return []
  if (from === to) return [problem([...place, 'to'], 'the last step is the first', 'use `rate` for a constant rate')]
  const count = countSteps({ from, to, step })
  if (count > LIMITS.stages) {
    return [problem([...place, 'step'], `${count} steps`, `at most ${LIMITS.stages} are allowed: take larger ones`)]
  }
  const [every, length] = [rawDuration(value.every), rawDuration(duration)]
  if (every === undefined || length === undefined || length > (count - 1) * every) return []
  const message = `${count} steps of ${formatDuration(every)} last longer than the duration, ${formatDuration(length)}`
  return [problem([...place, 'every'], message, `a duration of ${formatDuration(count * every)} has room for them`)]
}

function spikeProblems(value: RawMap, duration: unknown, place: Path): Problem[] {
  const problems: Problem[] = []
  const [base, peak] = [rawRate(value.base), rawRate(value.peak)]
  if (base !== undefined && peak !== undefined && peak <= base) {
    problems.push(problem([...place, 'peak'], 'the peak is not above the base', '`custom` takes any curve'))
  }
  const [at, length, total] = [rawDuration(value.at), rawDuration(value.length), rawDuration(duration)]
  const ramp = value.ramp === undefined ? 0 : rawDuration(value.ramp)
  if (at === undefined || length === undefined || ramp === undefined || total === undefined) return problems
  const end = at + length + 2 * ramp
  if (end > total) {
    const message = `the spike ends ${formatDuration(end)} after the start, the load after ${formatDuration(total)}`
    problems.push(problem(place, message, 'begin it earlier, shorten it, or give the load a longer duration'))
  }
  return problems
}

function customProblems({ custom: value, interpolate }: RawMap, duration: unknown, path: Path): Problem[] {
  if (!Array.isArray(value)) return []
  const at = [...path, 'custom']
  const problems: Problem[] = []
  let before: number | undefined
  for (const [index, point] of (value as readonly unknown[]).slice(0, LIMITS.stages).entries()) {
    const time = isMap(point) ? rawDuration(point.at) : undefined
    if (index === 0 && time !== undefined && time > 0) {
      problems.push(problem([...at, 0, 'at'], 'the first point is not at 0s', 'say what the rate begins with'))
    }
    if (time !== undefined && before !== undefined && time < before) {
      problems.push(problem([...at, index, 'at'], 'earlier than the point before it', 'list the points in order'))
    }
    before = time ?? before
  }
  const points = readPoints(value)
  if (points === undefined || problems.length > 0) return problems
  const last = points.at(-1)?.at ?? 0
  const length = duration === undefined ? last : rawDuration(duration)
  if (length !== undefined && length < last) {
    const message = `the points go on to ${formatDuration(last)}, the load ends after ${formatDuration(length)}`
    return [problem(at, message, 'leave `duration` out, or make it longer')]
  }
  if (last === 0 && duration === undefined) {
    return [problem(at, 'the points last no time', 'add a later point, or a `duration`')]
  }
  const segments = customSegments(points, interpolate === 'step' ? 'step' : 'linear', length ?? last)
  const rises = segments.some(({ fromRate, toRate }) => fromRate + toRate > 0)
  return rises || length === undefined ? [] : [neverRises(at)]
}

function readPoints(list: unknown): readonly CurvePoint[] | undefined {
  return rawList(list, (point) => {
    const [at, rate] = [rawDuration(point.at), rawRate(point.rate)]
    return at === undefined || rate === undefined ? undefined : { at, rate }
  })
}

/** Length of a profile given raw, in milliseconds; undefined when it cannot be read. */
export function profileLength(profile: unknown, duration: unknown): number | undefined {
  if (duration !== undefined) return rawDuration(duration)
  if (!isMap(profile)) return undefined
  if (profile.custom !== undefined) return readPoints(profile.custom)?.at(-1)?.at
  if (!isMap(profile.steps)) return undefined
  const { from, to, step, every } = profile.steps
  const [first, last, size, each] = [rawRate(from), rawRate(to), rawRate(step), rawDuration(every)]
  if (first === undefined || last === undefined || size === undefined || each === undefined) return undefined
  return countSteps({ from: first, to: last, step: size }) * each
}

/** The problem of a load that fires nothing. */
export function neverRises(path: Path): Problem {
  return problem(path, 'the rate never rises above 0/s', 'give a rate above 0')
}

function problem(path: Path, message: string, hint: string): Problem {
  return { path: formatPath(path), message, hint }
}
