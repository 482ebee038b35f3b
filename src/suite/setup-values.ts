/** Values that a setup extracts, which the steps of scenarios and of the teardown may name: `{{setup.NAME}}`. */

import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import type { Journey } from './journey-spec.ts'
import type { RawMap } from './raw.ts'
import { extractedIn } from './store-rules.ts'
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

/** Tells what may be handed on from what is secret: by any step that extracts it. */
export function divideValues({ steps }: Pick<Journey, 'steps'>, given: NamedValues): SetupValues {
  const secrets = new Set(steps.flatMap(({ extract }) => extract.flatMap(({ name, secret }) => (secret ? [name] : []))))
  const entries = Object.entries(given)
  const shared = entries.filter(([name]) => !secrets.has(name))
  const secret = Object.fromEntries(entries.filter(([name]) => secrets.has(name)))
  const problem = tooLong(shared)
  return { shared: problem === null ? Object.fromEntries(shared) : {}, secret, problem }
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
