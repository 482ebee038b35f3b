/** Suites, quantities and thresholds that nobody would write: read, or refused with words, and never anything else. */

import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Problem } from '../../src/base/errors.ts'
import { LIMITS } from '../../src/base/limits.ts'
import { parseSuite } from '../../src/suite/parse.ts'
import { parseThreshold } from '../../src/suite/threshold.ts'
import { parseDuration, parseRate, parseSize } from '../../src/suite/units.ts'
import { suiteDocuments } from '../property/suite-arbitrary.ts'
import { damagedText, patience, snippets, tries } from './runs.ts'

function assertProblems(problems: readonly Problem[]): void {
  assert.ok(problems.length > 0 && problems.length <= LIMITS.problems + 1, `${problems.length} problems`)
  for (const { path, message, hint } of problems) {
    assert.ok(message !== '' && message.length < 2000, message)
    for (const text of [path, message, hint ?? '']) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not reach a terminal
      assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/, JSON.stringify(text))
    }
  }
}

function reads(text: string, format: 'yaml' | 'json'): void {
  const parsed = parseSuite({ text, format })
  if (!parsed.ok) assertProblems(parsed.problems)
  else assert.equal(({} as Record<string, unknown>).polluted, undefined)
}

const quantity = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc
    .array(fc.constantFrom('1', '0', '.', '9'.repeat(30), 'ms', 's', 'm', 'h', 'd', '/', 'kB', 'MiB', '-', 'e9', ' '), {
      maxLength: 12,
    })
    .map((parts) => parts.join('')),
  fc.anything(),
)

describe('fuzz: suites', function () {
  this.timeout(patience(30))
  it('suites made of bits of YAML', () => {
    fc.assert(
      fc.property(fc.array(snippets, { maxLength: 40 }), fc.constantFrom('yaml', 'json'), (parts, format) => {
        reads(parts.join(''), format)
      }),
      tries(800),
    )
  })

  it('valid suites, damaged', () => {
    const text = suiteDocuments.map((document) => JSON.stringify(document, null, 1))
    fc.assert(
      fc.property(damagedText(text), fc.constantFrom('yaml', 'json'), (broken, format) => reads(broken, format)),
      tries(300),
    )
  })

  it('suites that would take for ever: aliases, nesting, length, numbers', () => {
    const bombs = fc.oneof(
      fc
        .record({ width: fc.integer({ min: 2, max: 20 }), depth: fc.integer({ min: 5, max: 40 }) })
        .map(({ width, depth }) => {
          const list = (level: number) => `[${Array.from({ length: width }, () => `*a${level - 1}`).join(', ')}]`
          return `a0: &a0 x\n${Array.from({ length: depth }, (_, i) => `a${i + 1}: &a${i + 1} ${list(i + 1)}`).join('\n')}\n`
        }),
      fc
        .tuple(fc.constantFrom('[', '{"a":', '- ', '? ', '{a: '), fc.integer({ min: 100, max: 40_000 }))
        .map(([piece, times]) => piece.repeat(times)),
      fc
        .tuple(fc.constantFrom('"', "'", '|\n ', '#', '&'), fc.integer({ min: 1000, max: 120_000 }))
        .map(([piece, times]) => `name: ${piece}${'x'.repeat(times)}`),
      fc
        .integer({ min: 100, max: 8000 })
        .map((keys) => Array.from({ length: keys }, (_, i) => `k${i % 5000}: ${i}`).join('\n')),
      fc
        .integer({ min: 1, max: 100_000 })
        .map((digits) => `{"name": ${'9'.repeat(digits)}, "scenarios": -${'0'.repeat(digits)}1e${'9'.repeat(digits)}}`),
    )
    fc.assert(
      fc.property(bombs, fc.constantFrom('yaml', 'json'), (text, format) => {
        const began = performance.now()
        reads(text, format)
        const took = performance.now() - began
        assert.ok(took < 3000, `${took} ms for ${text.slice(0, 60)}…`)
      }),
      tries(60),
    )
  })

  it('quantities and thresholds', () => {
    fc.assert(
      fc.property(quantity, (input) => {
        for (const parse of [parseDuration, parseRate, parseSize]) {
          const parsed = parse(input)
          if (parsed.ok)
            assert.ok(parsed.value >= 0 && !Number.isNaN(parsed.value), `${String(input)}: ${parsed.value}`)
          else assertProblems([{ path: '', ...parsed }])
        }
      }),
      tries(1500),
    )
    const piece = fc.constantFrom(
      'p(',
      '99',
      ')',
      '<',
      '>=',
      'avg',
      'rate',
      '%',
      'ms',
      '200',
      '{scenario:',
      'a',
      '}',
      'duration',
      ' ',
      '=',
      '-1',
      '1e9',
    )
    const expression = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.array(piece, { maxLength: 8 }).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(expression, expression, (metric, threshold) => {
        const parsed = parseThreshold(metric, threshold)
        assert.equal(typeof parsed, 'object')
      }),
      tries(1500),
    )
  })
})
