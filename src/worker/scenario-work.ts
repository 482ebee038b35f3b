/**
 * What the iterations of one scenario carry with them on one thread: values for templates, and cookies. Steps that need
 * nothing of it have no part in it, and cost what they would without.
 */

import { VajraError } from '../base/errors.ts'
import { deriveSeed } from '../base/random.ts'
import { AnswerWork } from '../journey/answer-work.ts'
import type { StepPort } from '../journey/lane.ts'
import { compileCondition } from '../journey/test-value.ts'
import type { Values } from '../journey/text.ts'
import { IterationValues, ScenarioValues, type ValueSource } from '../journey/values.ts'
import type { Condition, Step } from '../suite/journey-spec.ts'
import type { Scenario, Suite } from '../suite/spec.ts'
import { namesIn } from '../suite/template.ts'
import { loadJars, type MakeJar, UserCookies } from './cookie-jar.ts'
import type { Lacking } from './holding-lane.ts'
import type { IterationWork, StepTimes } from './iteration-work.ts'
import type { NamedValues, PreparedRun } from './messages.ts'
import { PRODUCER } from './producers.ts'
import { StepWork } from './step-work.ts'
import { StoredValues } from './stored-values.ts'

/** The source whose values are those of the setup: `{{setup.token}}`. */
const SETUP = 'setup'

export interface ScenarioWorkOptions {
  readonly suite: Suite
  readonly scenario: Scenario
  readonly node: string
  /** Of the scenario in its run. */
  readonly seed: number
  /** Wall clock, in milliseconds since 1970. */
  readonly now: () => number
  /** Environment of the process. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly sources: readonly ValueSource[]
  /** Index of the scenario. */
  readonly index: number
  /** Of all scenarios of the run on this thread. */
  readonly stored: StoredValues
}

export class ScenarioWork implements IterationWork {
  readonly #options: ScenarioWorkOptions
  readonly #values: ScenarioValues
  readonly #conditions: ReadonlyMap<Condition, (values: Values) => boolean>
  /** By ticket. */
  readonly #iterations: (IterationValues | undefined)[] = []
  /** By user, or by ticket where each iteration begins without any. */
  readonly #cookies: (UserCookies | undefined)[] = []
  readonly #ported: readonly boolean[]
  /** What it uses, and the scenario that stores it. */
  readonly #used: readonly Lacking[]
  /** Tickets of iterations that have stored what they store. */
  readonly #storedBy = new Set<number>()
  #setup: NamedValues = {}
  #makeJar: MakeJar | undefined
  #settingUp: Promise<void> | undefined

  constructor(options: ScenarioWorkOptions) {
    this.#options = options
    const { suite, scenario, node, seed, now, environment } = options
    const setup: ValueSource = {
      name: SETUP,
      get: (name) => (Object.hasOwn(this.#setup, name) ? this.#setup[name] : undefined),
    }
    const sources = [...options.sources, setup]
    const env = Object.fromEntries((suite.env ?? []).map((name) => [name, environment[name] ?? '']))
    this.#values = new ScenarioValues({ node, seed, now, env, variables: suite.variables ?? {}, sources })
    const guards = scenario.branches.flatMap((branch) => branch.guards ?? [])
    const conditions = [...scenario.steps, ...guards].flatMap(({ when }) => when ?? [])
    this.#conditions = new Map(conditions.map((when) => [when, compileCondition(when)]))
    this.#used = (scenario.use ?? []).map((name) => ({ name, scenario: producerOf(suite, name) }))
    this.#ported = scenario.steps.map((step) => this.#needsPort(step))
  }

  /** Values that stay the same in the whole run. */
  get fixed(): Values {
    return this.#values.fixed
  }

  /** Whether any step needs to know which iteration it is of. */
  get isNeeded(): boolean {
    return this.#ported.includes(true) || this.#conditions.size > 0 || this.#used.length > 0
  }

  #needsPort(step: Step): boolean {
    if (step.task.type !== 'http') return false
    if (this.#options.scenario.cookies !== undefined) return true
    if (step.extract.length + step.expect.length > 0) return true
    return [...namesIn(step.task.parameters)].some((name) => this.fixed.get(name) === undefined)
  }

  /**
   * Once for all steps, before the start.
   *
   * @throws VajraError `TASK_SETUP_FAILED` when the node lacks something
   */
  setup(): Promise<void> {
    this.#settingUp ??= this.#setUp()
    return this.#settingUp
  }

  async #setUp(): Promise<void> {
    const { suite, scenario, environment } = this.#options
    const lacking = (suite.env ?? []).filter((name) => environment[name] === undefined)
    if (lacking.length > 0) {
      throw new VajraError('TASK_SETUP_FAILED', `env: this node has no ${lacking.join(', ')} in its environment`, {
        hint: 'set it where the node is started, or take it out of `env` of the suite',
      })
    }
    if (scenario.cookies !== undefined) this.#makeJar = await loadJars()
  }

  takeSetup(values: NamedValues): void {
    this.#setup = values
  }

  given(): NamedValues {
    const names = this.#options.scenario.steps.flatMap(({ extract }) => extract.map(({ name }) => name))
    const found = this.#iterations.flatMap((values) =>
      names.flatMap((name) => {
        const text = values?.given(name)
        return text === undefined ? [] : [[name, text] as const]
      }),
    )
    return Object.fromEntries(found)
  }

  /** An iteration begins. */
  begin(ticket: number, index: number, user: number): void {
    const { scenario, stored } = this.#options
    const values = this.#valuesOf(ticket)
    // One that is run for others stands in for the first user, or for nobody.
    values.begin(index, user === PRODUCER && scenario.load.model === 'closed' ? 0 : Math.max(-1, user))
    for (const { name, scenario: from } of this.#used) {
      const text = stored.pick(from, values.user < 0 ? index : values.user)?.[name]
      if (text !== undefined) values.set(name, text)
    }
    this.#storedBy.delete(ticket)
    if (this.#options.scenario.cookies === 'iteration') this.#cookies[ticket]?.clear()
  }

  lacks(): Lacking | null {
    return this.#used.find(({ scenario }) => !this.#options.stored.has(scenario)) ?? null
  }

  /** Stores what is to be stored, once an iteration has all of it. */
  #store(ticket: number, names: readonly string[]): void {
    if (this.#storedBy.has(ticket)) return
    const values = this.#valuesOf(ticket)
    const record: Record<string, string> = {}
    for (const name of names) {
      const text = values.given(name)
      if (text === undefined) return
      record[name] = text
    }
    this.#storedBy.add(ticket)
    this.#options.stored.add(this.#options.index, record)
  }

  /** Whether a condition holds for it. */
  holds(ticket: number, when: Condition): boolean {
    return this.#conditions.get(when)?.(this.#valuesOf(ticket)) !== false
  }

  /** What there is to do with the requests of a step; undefined for nothing. */
  port(step: number, times: StepTimes): StepPort | undefined {
    if (this.#ported[step] !== true) return undefined
    const { scenario, now } = this.#options
    const { store } = scenario
    return new StepWork({
      work: new AnswerWork(scenario.steps[step]!),
      times,
      now,
      hasCookies: scenario.cookies !== undefined,
      valuesOf: (ticket) => this.#valuesOf(ticket),
      cookiesOf: (ticket) => this.#cookiesOf(ticket),
      onPassed: store === undefined ? undefined : (ticket) => this.#store(ticket, store),
    })
  }

  #valuesOf(ticket: number): IterationValues {
    const values = this.#iterations[ticket] ?? new IterationValues(this.#values)
    this.#iterations[ticket] = values
    return values
  }

  #cookiesOf(ticket: number): UserCookies {
    const owner = this.#options.scenario.cookies === 'user' ? this.#valuesOf(ticket).user : ticket
    const cookies = this.#cookies[owner] ?? new UserCookies(this.#makeJar!)
    this.#cookies[owner] = cookies
    return cookies
  }

  /** Forgets what answers gave. */
  close(): void {
    this.#iterations.length = 0
    this.#cookies.length = 0
    this.#setup = {}
    this.#options.stored.clear()
  }
}

/** Index of the scenario that stores a value. */
function producerOf({ scenarios }: Suite, name: string): number {
  return scenarios.findIndex(({ store }) => store?.includes(name) === true)
}

/** What the scenarios of a run hand on to each other. */
const storedOf = new WeakMap<PreparedRun, StoredValues>()

/** What goes along with the iterations of a scenario of a run, on a thread of this process. */
export function workOf(run: PreparedRun, index: number, data: readonly ValueSource[]): IterationWork {
  const { suite, node, seed } = run
  const scenario = suite.scenarios[index]!
  const stored = storedOf.get(run) ?? new StoredValues()
  storedOf.set(run, stored)
  const own = { now: Date.now, environment: process.env, sources: data, index, stored }
  return new ScenarioWork({ suite, scenario, node, seed: deriveSeed(seed, index), ...own })
}
