/**
 * The values that templates name, while a run goes on: those of the whole run, those of an iteration, and what answers
 * have given in it.
 */

import { randomBounds } from '../suite/random-bounds.ts'
import { templateParts } from '../suite/template.ts'
import { IterationRandom } from './iteration-random.ts'
import { fillText, type Values } from './text.ts'

/** Which iteration of a scenario it is. */
export interface IterationId {
  /** Number of the arrival in its scenario, or of the user's iteration in a closed load. */
  readonly index: number
  /** -1 in an open load. */
  readonly user: number
}

/** Something that gives values of its own: a data file, the results of a setup. `users.email` asks `users` for `email`. */
export interface ValueSource {
  readonly name: string
  /** Asked any number of times in an iteration: the answer must stay the same. */
  get(field: string, iteration: IterationId): string | undefined
}

/** What a scenario's values depend on beside its iterations. */
export interface ValueSurroundings {
  readonly node: string
  /** Of the scenario in its run: the same on every node. */
  readonly seed: number
  /** Wall clock, in milliseconds since 1970. */
  readonly now: () => number
  /** Environment variables that the suite asks for, by name. */
  readonly env: Readonly<Record<string, string>>
  /** Templates by name. */
  readonly variables: Readonly<Record<string, string>>
  readonly sources: readonly ValueSource[]
}

/** Bounds of `random` without any. */
const MOST_RANDOM = 2 ** 31 - 1

type Read = (iteration: IterationValues) => string | undefined

/** The values of one scenario. */
export class ScenarioValues {
  readonly surroundings: ValueSurroundings
  /** By name, as they are asked for. */
  readonly #reads = new Map<string, Read>()

  constructor(surroundings: ValueSurroundings) {
    this.surroundings = surroundings
  }

  /** Those that stay the same for the whole run, which a request may have in it from the start. */
  readonly fixed: Values = { get: (name) => this.#fixedValue(name) }

  #fixedValue(name: string): string | undefined {
    const { node, env, variables } = this.surroundings
    if (name === 'node') return node
    if (name.startsWith('env.')) return own(env, name.slice('env.'.length))
    const variable = own(variables, name)
    if (variable === undefined) return undefined
    const text = fillText(templateParts(variable), this.fixed)
    return typeof text === 'string' ? text : undefined
  }

  /** For {@link IterationValues}. */
  read(name: string, iteration: IterationValues): string | undefined {
    let read = this.#reads.get(name)
    if (read === undefined) {
      read = this.#reader(name)
      this.#reads.set(name, read)
    }
    return read(iteration)
  }

  #reader(name: string): Read {
    const fixed = this.#fixedValue(name)
    if (fixed !== undefined) return () => fixed
    const { variables, sources, now } = this.surroundings
    const variable = own(variables, name)
    if (variable !== undefined) return variableReader(name, variable)
    if (name === 'iteration') return ({ index }) => String(index)
    if (name === 'user') return ({ user }) => String(user)
    if (name === 'uuid') return ({ random }) => random.uuid()
    if (name === 'now') return () => String(now())
    if (name === 'now.iso') return () => new Date(now()).toISOString()
    if (/^random(\(.*\))?$/.test(name)) {
      const [least, most] = randomBounds(name) ?? [0, MOST_RANDOM]
      return ({ random }) => String(random.whole(least, most))
    }
    const dot = name.indexOf('.')
    const source = sources.find((one) => one.name === name.slice(0, dot))
    const field = name.slice(dot + 1)
    return source === undefined ? () => undefined : (iteration) => source.get(field, iteration)
  }
}

/** Filled in once for each iteration: a variable keeps its value from step to step. */
function variableReader(name: string, template: string): Read {
  const parts = templateParts(template)
  return (iteration) => {
    const text = fillText(parts, iteration)
    if (typeof text !== 'string') return undefined
    iteration.set(name, text)
    return text
  }
}

function own<T>(map: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined
}

/** The values of one iteration; used again for iteration after iteration. */
export class IterationValues implements Values, IterationId {
  readonly #scenario: ScenarioValues
  /** What answers gave, and variables that were filled in. */
  readonly #set = new Map<string, string>()
  #random: IterationRandom | undefined
  #drawing = false
  index = 0
  user = -1

  constructor(scenario: ScenarioValues) {
    this.#scenario = scenario
  }

  begin(index: number, user: number): void {
    this.index = index
    this.user = user
    this.#drawing = false
    if (this.#set.size > 0) this.#set.clear()
  }

  /** Numbers drawn for this iteration. */
  get random(): IterationRandom {
    this.#random ??= new IterationRandom(this.#scenario.surroundings.seed)
    if (!this.#drawing) this.#random.begin(this.index, this.user)
    this.#drawing = true
    return this.#random
  }

  get(name: string): string | undefined {
    return this.#set.get(name) ?? this.#scenario.read(name, this)
  }

  /** What an answer of the iteration gave; undefined for nothing. */
  given(name: string): string | undefined {
    return this.#set.get(name)
  }

  /** An answer has given a value. */
  set(name: string, text: string): void {
    this.#set.set(name, text)
  }

  /** Nothing of the iteration is kept. */
  clear(): void {
    this.#set.clear()
  }
}
