/**
 * What the keys of scenarios, steps and parts of a mix mean together: exactly one thing to fire, names that are unique,
 * sizes that hold. They read raw input, and skip what the shape has already refused.
 */

import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { answerKeyProblems } from './answer-rules.ts'
import { authProblems } from './auth-rules.ts'
import { type Firing, firedProblems } from './fired-rules.ts'
import { isMap, type RawMap, rawDuration } from './raw.ts'
import { formatPath, oneOf, show, showKey } from './show.ts'
import { isMisspelled } from './suggest.ts'
import { commonDivisor } from './weights.ts'

type Path = readonly PropertyKey[]
type Place = 'scenario' | 'step' | 'part'

/** Where an entry may have a list in place of a task. */
const LISTS: Readonly<Record<Place, readonly string[]>> = {
  scenario: ['steps', 'mix'],
  step: ['steps'],
  part: ['steps'],
}

/** Words of selectors that no tag can be called. */
const RESERVED_TAGS: readonly string[] = ['scenario', 'step', 'group', 'node', 'name']

/** Problems of what the iterations of a scenario do. @param firing with the `auth` of the suite */
export function journeyProblems(scenario: RawMap, firing: Firing, path: Path): Problem[] {
  return new JourneyRules().check(scenario, firing, path)
}

/** Steps that are written in an entry, those of its lists included. */
export function countSteps(entry: unknown): number {
  if (!isMap(entry)) return 0
  const lists = [entry.steps, entry.mix].filter((list) => Array.isArray(list))
  if (lists.length === 0) return 1
  return lists.flat().reduce<number>((sum, each: unknown) => sum + countSteps(each), 0)
}

/** Steps that an iteration takes, repetitions included. */
function countTaken(entry: unknown): number {
  if (!isMap(entry)) return 0
  const times = typeof entry.repeat === 'number' ? entry.repeat : 1
  const { steps } = entry
  const round = Array.isArray(steps) ? steps.reduce<number>((sum, each: unknown) => sum + countTaken(each), 0) : 1
  return times * round
}

class JourneyRules {
  readonly #problems: Problem[] = []
  /** Names of steps, and where each stands. */
  readonly #names = new Map<string, Path>()

  check(scenario: RawMap, firing: Firing, path: Path): Problem[] {
    this.#entry(scenario, 'scenario', firing, path, new Set())
    const steps = countSteps(scenario)
    if (steps > LIMITS.steps) {
      this.#add(path, `${steps} steps; at most ${LIMITS.steps} are allowed`, 'divide them among several scenarios')
    }
    this.#taken(scenario, path)
    if (Array.isArray(scenario.mix)) this.#weights(scenario.mix, [...path, 'mix'])
    return this.#problems
  }

  #add(path: Path, message: string, hint: string): void {
    this.#problems.push({ path: formatPath(path), message, hint })
  }

  /** @param outer names of the tags around it */
  #entry(entry: RawMap, place: Place, firing: Firing, path: Path, outer: ReadonlySet<string>): void {
    this.#choice(entry, place, firing, path)
    this.#keys(entry, place, path)
    const tags = this.#tags(entry.tags, [...path, 'tags'], outer)
    const auth = { raw: entry.auth, path: [...path, 'auth'] }
    this.#problems.push(...authProblems(auth.raw, auth.path))
    if (entry.auth !== undefined && !hasHttp(entry)) {
      const hint = 'remove it; other tasks take credentials as references in their parameters'
      this.#add(auth.path, 'auth goes with `http` only', hint)
    }
    this.#problems.push(...answerKeyProblems(entry, path))
    const inner = { ...firing, auth: [auth, ...firing.auth] }
    this.#problems.push(...firedProblems(entry, inner, path))
    for (const key of LISTS[place]) {
      const list = entry[key]
      if (!Array.isArray(list)) continue
      for (const [index, each] of list.slice(0, LIMITS.steps).entries()) {
        if (isMap(each)) this.#entry(each, key === 'mix' ? 'part' : 'step', inner, [...path, key, index], tags)
      }
    }
  }

  /** Exactly one thing to fire, or one list. */
  #choice(entry: RawMap, place: Place, { tasks }: Firing, path: Path): void {
    const names = ['http', ...tasks.map(({ name }) => name)]
    const wanted = [...names, ...LISTS[place]]
    const given = wanted.filter((name) => entry[name] !== undefined)
    if (given.length === 1) return
    if (given.length === 0) {
      if (wanted.some((name) => isMisspelled(name, Object.keys(entry)))) return
      if (entry.group !== undefined) {
        this.#add(path, 'the group has no `steps`', 'list them, for example `steps: [{ http: /cart }]`')
        return
      }
      const list = place === 'step' ? names : wanted
      const message = `there is nothing to fire: no ${oneOf(list.map((name) => `\`${name}\``))}`
      this.#add(path, message, 'add one, for example `http: /products`')
      return
    }
    const both = oneOf(given).replace(' or ', ' and ')
    if (given.every((name) => names.includes(name))) {
      const hint =
        place === 'scenario' ? 'keep one; use `steps`, or a scenario for each' : 'keep one; use a step for each'
      this.#add(path, `several tasks are given: ${both}`, hint)
    } else if (given.includes('mix')) {
      this.#add(path, `${both} are given together`, 'keep one; what else there is to fire can be a part of the mix')
    } else {
      this.#add(path, `${both} are given together`, 'keep one; a task can be the first of the steps')
    }
  }

  /** Keys that go with some kinds of entries only. */
  #keys(entry: RawMap, place: Place, path: Path): void {
    const { group, steps, name, think } = entry
    this.#think(think, [...path, 'think'])
    if (place === 'scenario') {
      const isPlain = steps === undefined && entry.mix === undefined
      if (isPlain && think !== undefined) {
        const hint = 'remove it; users pause after each iteration with `thinkTime` in their load'
        this.#add([...path, 'think'], 'think goes with `steps` and `mix`: there is no step after the only one', hint)
      }
      return
    }
    if (typeof name === 'string' && steps === undefined) this.#name(name, [...path, 'name'])
    if (place === 'part') return
    if (steps !== undefined && group === undefined) {
      const hint = 'add `group: NAME`, or put the steps one level up'
      this.#add(path, 'steps within steps are a group, and this one has no name', hint)
    } else if (steps !== undefined && name !== undefined) {
      this.#add([...path, 'name'], 'the name of a group is in `group`', 'remove it')
    } else if (group !== undefined && steps === undefined && !isMisspelled('steps', Object.keys(entry))) {
      const fires = Object.keys(entry).length > 1
      if (!fires) return
      const hint = 'put what it fires into `steps: […]` of the group, or call it by `name`'
      if (entry.http !== undefined) this.#add([...path, 'group'], 'a group has `steps`, not a task', hint)
    }
  }

  #name(name: string, path: Path): void {
    const before = this.#names.get(name)
    if (before === undefined) this.#names.set(name, path)
    else {
      const message = `${show(name)} is already the name of ${formatPath(before.slice(0, -1))}`
      this.#add(path, message, 'give each step of a scenario its own name')
    }
  }

  #think(think: unknown, path: Path): void {
    if (!isMap(think)) return
    const { uniform, normal } = think
    if (uniform === undefined && normal === undefined) {
      if (Object.keys(think).length > 0) return
      this.#add(path, 'nothing is given', 'write a time such as 1s, or give `uniform` or `normal`')
    } else if (uniform !== undefined && normal !== undefined) {
      this.#add(path, '`uniform` and `normal` are given together', 'keep one of them')
    }
    const [least, most] = Array.isArray(uniform) ? uniform.map(rawDuration) : []
    if (least !== undefined && most !== undefined && least > most) {
      this.#add([...path, 'uniform'], 'the least time is above the most', 'swap them: [least, most]')
    }
  }

  #tags(tags: unknown, path: Path, outer: ReadonlySet<string>): ReadonlySet<string> {
    if (!isMap(tags)) return outer
    const all = new Set([...outer, ...Object.keys(tags)])
    for (const name of Object.keys(tags).slice(0, LIMITS.tags)) {
      if (RESERVED_TAGS.includes(name)) {
        const message = `${showKey(name)} is no name for a tag: selectors use it for something else`
        this.#add([...path, name], message, `use another name than ${oneOf(RESERVED_TAGS)}`)
      } else if (name === '__proto__' || name.length > LIMITS.nameLength || !/^[A-Za-z_][\w.-]*$/.test(name)) {
        const hint = 'use letters, digits, dots, dashes and underscores, beginning with a letter'
        this.#add([...path, name], `${show(name)} is not a name of a tag`, hint)
      }
    }
    if (all.size > LIMITS.tags) {
      const message = `${all.size} tags with those around it; at most ${LIMITS.tags} are allowed`
      this.#add(path, message, 'remove some')
    }
    return all
  }

  /** What one iteration takes, on each of its courses. */
  #taken({ steps, mix }: RawMap, path: Path): void {
    const courses: readonly (readonly [unknown, Path])[] = Array.isArray(mix)
      ? mix.map((part: unknown, index) => [part, [...path, 'mix', index]] as const)
      : [[{ steps }, [...path, 'steps']]]
    for (const [course, at] of courses) {
      const taken = countTaken(course)
      if (taken <= LIMITS.stepsPerIteration) continue
      const message = `an iteration takes ${taken} steps, repetitions included`
      this.#add(
        at,
        message,
        `at most ${LIMITS.stepsPerIteration} are allowed: repeat less, or let iterations come more often`,
      )
    }
  }

  #weights(mix: readonly unknown[], path: Path): void {
    const weights = mix.map((part) => (isMap(part) ? part.weight : undefined))
    const whole = weights.filter((weight): weight is number => Number.isSafeInteger(weight) && (weight as number) > 0)
    if (whole.length !== weights.length || whole.length === 0) return
    const sum = whole.reduce((a, b) => a + b, 0) / commonDivisor(whole)
    if (sum <= LIMITS.mixWeight) return
    const message = `the weights add up to ${sum}, what they have in common divided out`
    this.#add(path, message, `at most ${LIMITS.mixWeight} are allowed: round them, to percent for example`)
  }
}

function hasHttp(entry: RawMap): boolean {
  if (entry.http !== undefined) return true
  const lists = [entry.steps, entry.mix].filter((list) => Array.isArray(list)).flat()
  return lists.some((each: unknown) => isMap(each) && hasHttp(each))
}
