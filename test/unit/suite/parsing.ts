/** Suites that must be read, and suites that must be refused. */

import assert from 'node:assert/strict'
import type { Problem } from '../../../src/base/errors.ts'
import { parseSuite } from '../../../src/suite/parse.ts'
import type { Suite } from '../../../src/suite/spec.ts'

/** A scenario with nothing to complain about. */
export const GOOD = '{ name: a, load: { rate: 1/s, duration: 1s }, http: "http://h/" }'

/** A suite in YAML, which must be valid. */
export function parsed(text: string, tasks?: Parameters<typeof parseSuite>[1]): Suite {
  const result = parseSuite({ text, format: 'yaml' }, tasks)
  if (!result.ok) assert.fail(JSON.stringify(result.problems, null, 1))
  return result.suite
}

/** What is wrong with a suite, which must not be valid. */
export function problems(text: string, format: 'yaml' | 'json' = 'yaml'): readonly Problem[] {
  const result = parseSuite({ text, format })
  assert.ok(!result.ok, 'accepted')
  return result.problems
}

/** Problems of a suite with one scenario, as `path: message`, paths relative to the scenario. */
export function problemsOfScenario(scenario: string): string[] {
  const text = `name: s\ntarget: http://h\nscenarios:\n  - ${scenario.replaceAll('\n', '\n    ')}`
  return problems(text).map(({ path, message }) => `${path.replace(/^scenarios\[0\]\.?/, '')}: ${message}`)
}
