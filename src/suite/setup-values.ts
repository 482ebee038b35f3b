/** Values that a setup extracts, which the steps of scenarios and of the teardown may name: `{{setup.NAME}}`. */

import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import type { Journey } from './journey-spec.ts'
import type { RawMap } from './raw.ts'
import type { Suite } from './spec.ts'
import { extractedIn } from './store-rules.ts'
import { namesIn } from './template.ts'
import { type AnswerValue, SETUP_PREFIX } from './value-scope.ts'

type NamedValues = Readonly<Record<string, string>>

/** All that the setup of a raw document extracts, by the names that templates elsewhere know it by. */
export function setupAnswers(document: RawMap): ReadonlyMap<string, AnswerValue> {
  return new Map([...extractedBySetup(document)].map(([name, value]) => [SETUP_PREFIX + name, value]))
}

function extractedBySetup({ setup }: RawMap): ReadonlyMap<string, AnswerValue> {
  return Array.isArray(setup) ? extractedIn({ steps: setup }) : new Map()
}

/** More values than a setup may hand on. */
export function setupProblems(document: RawMap): Problem[] {
  const count = [...extractedBySetup(document).values()].filter(({ isSecret }) => !isSecret).length
  if (count <= LIMITS.setupValues) return []
  const message = `${count} values for all nodes; at most ${LIMITS.setupValues} are allowed`
  return [{ path: 'setup', message, hint: 'remove some, or mark those that only the setup needs `secret: true`' }]
}

/** What becomes of the values that the answers of a setup gave. */
export interface SetupValues {
  /** For all nodes. */
  readonly shared: NamedValues
  /** They stay on the node that ran the setup. */
  readonly secret: NamedValues
  /** Why they cannot be handed on: one is too long, or all are. Nothing of them is in it. Null when they can. */
  readonly problem: string | null
}

/**
 * Tells what may be handed on from what is secret: by any step that extracts it.
 *
 * @param named of a setup that has come to its end: names of values that scenarios name. What steps that were left out would
 *   have given is its default then; where it has none, and scenarios name it, that is a problem
 */
export function divideValues(
  { steps }: Pick<Journey, 'steps'>,
  given: NamedValues,
  named?: ReadonlySet<string>,
): SetupValues {
  const extractions = steps.flatMap(({ extract }) => extract)
  const secrets = new Set(extractions.flatMap(({ name, secret }) => (secret ? [name] : [])))
  const defaults = extractions.flatMap(({ name, default: text }) => (text === null ? [] : [[name, text] as const]))
  const entries = Object.entries({ ...(named !== undefined && Object.fromEntries(defaults)), ...given })
  const shared = entries.filter(([name]) => !secrets.has(name))
  const secret = Object.fromEntries(entries.filter(([name]) => secrets.has(name)))
  const problem = notGiven(steps, new Set(entries.map(([name]) => name)), named ?? new Set()) ?? tooLong(shared)
  return { shared: problem === null ? Object.fromEntries(shared) : {}, secret, problem }
}

/** Names of the setup's values that the scenarios of a suite name in templates, without their prefix. */
export function namedSetupValues({ scenarios, variables }: Pick<Suite, 'scenarios' | 'variables'>): Set<string> {
  const names = [...namesIn([scenarios, variables])].filter((name) => name.startsWith(SETUP_PREFIX))
  return new Set(names.map((name) => name.slice(SETUP_PREFIX.length)))
}

function notGiven(steps: Journey['steps'], given: ReadonlySet<string>, named: ReadonlySet<string>): string | null {
  const lacking = [...named].find((name) => !given.has(name))
  const step = steps.find(({ extract }) => extract.some(({ name }) => name === lacking))
  if (lacking === undefined || step === undefined) return null
  const why = step.continueOnError ? 'was left out (`when`), or failed' : 'was left out (`when`)'
  return `no_value: scenarios name {{${SETUP_PREFIX}${lacking}}}, and step ${step.name}, which extracts it, ${why}; take it always, or give the value a \`default\``
}

function tooLong(values: readonly (readonly [name: string, text: string])[]): string | null {
  const { setupValueLength, setupLength } = LIMITS
  const long = values.find(([, { length }]) => length > setupValueLength)
  if (long !== undefined) {
    return `value_too_long: ${long[0]} has ${long[1].length} characters, and at most ${setupValueLength} go to the other nodes`
  }
  const all = values.reduce((sum, [, { length }]) => sum + length, 0)
  return all > setupLength
    ? `value_too_long: its values have ${all} characters, and at most ${setupLength} go to the other nodes`
    : null
}
