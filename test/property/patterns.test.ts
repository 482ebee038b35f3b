/** Patterns of suites find what the engine of JavaScript finds, which serves as the oracle. */

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parsePattern } from '../../src/suite/pattern.ts'

const atom = fc.constantFrom('a', 'b', '1', ' ', '.', '\\w', '\\d', '\\s', '[^a]', '[ab]', '[^\\s1]', 'ab')
const quantifier = fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{2,}', '*?', '+?', '??', '{1,2}?')
const sequence = fc
  .array(fc.tuple(atom, fc.option(quantifier, { nil: '' })), { minLength: 1, maxLength: 4 })
  .map((parts) =>
    parts.map(([one, times]) => (one.length > 1 && /^\w/.test(one) ? `(?:${one})${times}` : one + times)).join(''),
  )
const choice = fc.array(sequence, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|'))
/** What is repeated is never empty: there JavaScript goes its own way (ECMA-262, 22.2.2.3.1, step 2.b). */
const repeated = fc
  .tuple(fc.array(atom, { minLength: 1, maxLength: 3 }), quantifier)
  .map(([parts, times]) => `(?:${parts.join('|')})${times}`)
const pattern = fc
  .tuple(
    fc.constantFrom('', '^', '\\b'),
    fc.oneof(sequence, repeated),
    fc.oneof(
      choice.map((inner) => `(${inner})`),
      choice.map((inner) => `(?<name>${inner})`),
      choice.map((inner) => `(?:${inner})`),
      fc.constant(''),
    ),
    fc.oneof(sequence, repeated, fc.constant('')),
    fc.constantFrom('', '$', '\\b'),
  )
  .map((parts) => parts.join(''))
const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', ' ', '\n', '\r', 'é', '😀', '\u2028'), maxLength: 14 })

describe('patterns', () => {
  it('find what the engine of JavaScript finds', () => {
    fc.assert(
      fc.property(pattern, fc.array(text, { minLength: 1, maxLength: 5 }), (source, texts) => {
        const parsed = parsePattern(source)
        assert.ok(parsed.ok, JSON.stringify(parsed))
        const oracle = new RegExp(source, 'u')
        for (const each of texts) {
          const match = oracle.exec(each)
          assert.equal(parsed.value.find(each), match === null ? undefined : (match[1] ?? match[0]))
          assert.equal(parsed.value.test(each), match !== null)
        }
      }),
      { numRuns: Number(process.env.RUNS ?? 2000) },
    )
  })
})
