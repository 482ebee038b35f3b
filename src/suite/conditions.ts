/** `when`: whether a step is taken. */

import * as z from 'zod'
import type { Problem } from '../base/errors.ts'
import type { Condition } from './journey-spec.ts'
import { isMap } from './raw.ts'
import { formatPath } from './show.ts'
import { operators, readTests } from './value-test.ts'

/** A template that must not be empty, or a value and a test. */
export const whenSchema = z.union([z.string(), z.strictObject({ value: z.string(), ...operators })]).meta({
  id: 'when',
  title: 'When',
  description:
    'Takes the step only where this holds: a template that is not empty, or a map of `value` and one of `equals`, `differs`, `contains`, `matches`, `exists`, `below`, …. A value that is not there is an empty text.',
  examples: ['{{cart}}', { value: '{{role}}', equals: 'admin' }],
})

/** A condition that was read, and what is wrong with it. */
export interface ReadCondition {
  readonly condition: Condition | null
  readonly problems: readonly Problem[]
}

/** Reads `when` as it is written. Its template is checked with all others. */
export function readCondition(raw: unknown, path: readonly PropertyKey[]): ReadCondition {
  if (typeof raw === 'string') return { condition: { template: raw, test: { kind: 'exists' } }, problems: [] }
  if (!isMap(raw) || typeof raw.value !== 'string') return { condition: null, problems: [] }
  const { value, ...asked } = raw
  const { tests, problems } = readTests(Object.keys(asked).length === 0 ? { exists: true } : asked, path)
  if (tests.length > 1) {
    const problem = { path: formatPath(path), message: 'several tests are given', hint: 'keep one of them' }
    return { condition: null, problems: [...problems, problem] }
  }
  const [only] = tests
  return { condition: only === undefined ? null : { template: value, test: only.test }, problems }
}
