/** From the checked steps or mix of a scenario to its steps and branches: lists flattened, defaults filled in. */

import { buildAuth, type PlacedShapedAuth } from './auth-spec.ts'
import { readCondition } from './conditions.ts'
import { readExpectations } from './expectations.ts'
import { readExtractions } from './extractions.ts'
import { buildHttpParameters } from './http-task.ts'
import type { ShapedStep, ShapedThink } from './journey-shape.ts'
import type { Branch, Guard, Journey, Pause, Step } from './journey-spec.ts'
import type { ShapedScenario } from './shape.ts'
import type { TaskSpec } from './spec.ts'
import { requestName, StepNames } from './step-names.ts'

/** What the steps of a scenario are built with. */
export interface JourneySurroundings {
  /** Tasks that can be selected beside `http`. */
  readonly taskNames: readonly string[]
  /** Absolute. */
  readonly target: string | undefined
  /** `auth` of the suite. */
  readonly auth: PlacedShapedAuth
}

/** What steps have of the groups and the scenario around them. */
interface Around {
  readonly path: readonly PropertyKey[]
  readonly group: string
  readonly think: ShapedThink
  readonly continueOnError: boolean
  readonly tags: Readonly<Record<string, string>>
  /** From near to far. */
  readonly auth: readonly PlacedShapedAuth[]
}

/** @param path of the scenario */
export function buildJourney(
  shaped: ShapedScenario,
  path: readonly PropertyKey[],
  surroundings: JourneySurroundings,
): Journey {
  return new JourneyBuilder(surroundings, givenNames(shaped)).build(shaped, path)
}

/** The names that authors gave to steps. */
function givenNames({ steps, mix }: Pick<ShapedScenario, 'steps' | 'mix'>): string[] {
  const namesOf = (entry: ShapedStep): string[] =>
    entry.steps === undefined ? (entry.name === undefined ? [] : [entry.name]) : entry.steps.flatMap(namesOf)
  return [...(steps ?? []), ...(mix ?? [])].flatMap(namesOf)
}

class JourneyBuilder {
  readonly #surroundings: JourneySurroundings
  readonly #names: StepNames
  readonly #steps: Step[] = []

  constructor(surroundings: JourneySurroundings, given: readonly string[]) {
    this.#surroundings = surroundings
    this.#names = new StepNames(given)
  }

  build(shaped: ShapedScenario, path: readonly PropertyKey[]): Journey {
    const around: Around = {
      path,
      group: '',
      think: shaped.think,
      continueOnError: false,
      tags: shaped.tags ?? {},
      auth: [{ shaped: shaped.auth, path: [...path, 'auth'] }, this.#surroundings.auth],
    }
    return { branches: this.#branches(shaped, around), steps: this.#steps }
  }

  #branches({ steps, mix, ...single }: ShapedScenario, around: Around): Branch[] {
    if (steps !== undefined) return [branchOf(1, this.#list(steps, around, 'steps'))]
    if (mix !== undefined) return mix.map((part, index) => this.#part(part, at(around, 'mix', index)))
    // What a scenario fires without steps is called after its task; its other keys are the scenario's own.
    const { http, extract, expect } = single
    const raw = single as unknown as Readonly<Record<string, unknown>>
    const type = this.#typeOf(raw)
    const entry = { http, extract, expect, [type]: raw[type] } as ShapedStep
    return [{ weight: 1, steps: [this.#add(entry, type, around)] }]
  }

  #part(part: ShapedStep, around: Around): Branch {
    return branchOf(part.weight ?? 1, this.#taken({ ...part, group: part.name }, around))
  }

  #list(entries: readonly ShapedStep[], around: Around, key: PropertyKey): Course {
    return joined(entries.map((entry, index) => this.#taken(entry, at(around, key, index))))
  }

  /** What an entry has an iteration do. */
  #taken(entry: ShapedStep, around: Around): Course {
    const { steps } = entry
    if (steps === undefined) return { steps: [this.#add(entry, undefined, around)], guards: [] }
    const inner: Around = {
      path: around.path,
      group: [around.group, entry.group].filter(Boolean).join('/'),
      think: entry.think ?? around.think,
      continueOnError: entry.continueOnError ?? around.continueOnError,
      tags: { ...around.tags, ...entry.tags },
      auth: [{ shaped: entry.auth, path: [...around.path, 'auth'] }, ...around.auth],
    }
    const { steps: taken, guards } = this.#list(steps, inner, 'steps')
    const when = readCondition(entry.when, []).condition
    const own = when === null ? [] : [{ at: 0, to: taken.length, when }]
    const round = { steps: taken, guards: [...own, ...guards] }
    return joined(Array.from({ length: entry.repeat ?? 1 }, () => round))
  }

  #add(entry: ShapedStep, name: string | undefined, around: Around): number {
    const task = this.#task(entry, around)
    this.#steps.push({
      name: name ?? entry.name ?? this.#names.derive(nameOf(entry, task)),
      group: around.group,
      tags: { ...around.tags, ...entry.tags },
      task,
      when: readCondition(entry.when, []).condition,
      repeat: entry.repeat ?? 1,
      continueOnError: entry.continueOnError ?? around.continueOnError,
      extract: readExtractions(entry.extract, []).extractions,
      expect: readExpectations(entry.expect, []).expectations,
      think: buildPause(entry.think ?? around.think),
    })
    return this.#steps.length - 1
  }

  #task(entry: ShapedStep, { path, auth }: Around): TaskSpec {
    const raw = entry as unknown as Readonly<Record<string, unknown>>
    const type = this.#typeOf(raw)
    const { http } = entry
    if (type !== 'http' || http === undefined) return { type, parameters: raw[type] as TaskSpec['parameters'] }
    const request = { shaped: typeof http === 'string' ? undefined : http.auth, path: [...path, 'http', 'auth'] }
    const step = { shaped: entry.auth, path: [...path, 'auth'] }
    const parameters = buildHttpParameters(http, this.#surroundings.target, buildAuth(request, step, ...auth))
    return { type, parameters: { ...parameters } }
  }

  #typeOf(raw: Readonly<Record<string, unknown>>): string {
    return ['http', ...this.#surroundings.taskNames].find((name) => raw[name] !== undefined) ?? ''
  }
}

/** A part of a branch. */
type Course = Required<Omit<Branch, 'weight'>>

function joined(courses: readonly Course[]): Course {
  const steps: number[] = []
  const guards: Guard[] = []
  for (const course of courses) {
    const from = steps.length
    steps.push(...course.steps)
    for (const { at: place, to, when } of course.guards) guards.push({ at: from + place, to: from + to, when })
  }
  return { steps, guards }
}

function branchOf(weight: number, { steps, guards }: Course): Branch {
  return { weight, steps, ...(guards.length === 0 ? {} : { guards }) }
}

function at(around: Around, ...keys: readonly PropertyKey[]): Around {
  return { ...around, path: [...around.path, ...keys] }
}

function nameOf({ http }: ShapedStep, { type }: TaskSpec): string {
  if (http === undefined) return type
  return typeof http === 'string' ? requestName('GET', http) : requestName(http.method ?? 'GET', http.url)
}

/** Null for no time at all. */
function buildPause(think: ShapedThink): Pause | null {
  if (think === undefined || think === 0) return null
  if (typeof think === 'number') return { kind: 'constant', ms: think }
  const { uniform, normal } = think
  if (uniform !== undefined) return { kind: 'uniform', minMs: uniform[0] ?? 0, maxMs: uniform[1] ?? 0 }
  return { kind: 'normal', meanMs: normal?.mean ?? 0, stddevMs: normal?.stddev ?? 0 }
}
