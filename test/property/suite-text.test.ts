import assert from 'node:assert/strict'
import fc from 'fast-check'
import { readJson } from '../../src/suite/json-text.ts'
import { closest, editDistance } from '../../src/suite/suggest.ts'
import { parseThreshold, parseThresholdExpression } from '../../src/suite/threshold.ts'
import { parseMetricSelector } from '../../src/suite/threshold-selector.ts'
import { formatDuration, parseDuration, parseRate, parseSize } from '../../src/suite/units.ts'

describe('reading JSON', () => {
  function bothReadings(text: string): void {
    let expected: unknown
    let valid = true
    try {
      expected = JSON.parse(text)
    } catch {
      valid = false
    }
    const read = readJson(text)
    if (!valid) assert.equal(read.ok, false, `accepted ${JSON.stringify(text)}`)
    else if (read.ok) assert.deepEqual(read.value, expected)
    // What JSON.parse alone accepts: keys given twice, and nesting without end.
    else for (const { message } of read.problems) assert.match(message, /given twice|too deeply/)
  }

  it('agrees with JSON.parse on JSON', () => {
    fc.assert(fc.property(fc.json({ stringUnit: 'binary' }), bothReadings))
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2, '\t'), (value, indent) => {
        bothReadings(JSON.stringify(value, null, indent))
      }),
    )
  })

  it('agrees with JSON.parse on what is nearly JSON', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"\\u00',
      '"',
      '\\',
      '1',
      '-',
      '.5',
      'e3',
      '00',
      'true',
      'nul',
      ' ',
      '\n',
      '\u00a0',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 10 }), (list) => bothReadings(list.join(''))),
      { numRuns: 2000 },
    )
  })
})

describe('quantities', () => {
  it('come back from how durations are written, to the microsecond', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e8, noNaN: true }), (milliseconds) => {
        const parsed = parseDuration(formatDuration(milliseconds))
        assert.ok(parsed.ok)
        assert.ok(Math.abs(parsed.value - milliseconds) <= 0.0005 + milliseconds * 1e-14)
      }),
    )
    fc.assert(
      fc.property(fc.nat(100_000_000), (milliseconds) => {
        assert.deepEqual(parseDuration(formatDuration(milliseconds)), { ok: true, value: milliseconds })
      }),
    )
  })

  it('are read or refused with a hint, never thrown at', () => {
    const inputs = fc.oneof(fc.anything(), fc.string({ unit: fc.constantFrom(...'0123456789./smhdkMGiB -+e%') }))
    fc.assert(
      fc.property(inputs, (input) => {
        for (const parse of [parseDuration, parseRate, parseSize]) {
          const parsed = parse(input)
          if (parsed.ok) assert.ok(Number.isFinite(parsed.value) && parsed.value >= 0)
          else assert.ok(parsed.message.length > 0 && parsed.hint.length > 0)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('thresholds', () => {
  it('are read or refused with a hint, never thrown at', () => {
    const texts = fc.oneof(
      fc.string(),
      fc
        .array(
          fc.constantFrom(
            'p',
            '(',
            '95',
            ')',
            '<',
            '=',
            '>',
            'ms',
            's',
            '%',
            '/s',
            'kB',
            'rate',
            'count',
            ' ',
            '.',
            'for',
          ),
        )
        .map((list) => list.join('')),
    )
    const metrics = fc.oneof(
      fc.string(),
      fc.constantFrom('duration', 'failed', 'requests', 'bytes_sent', 'x{scenario:a}'),
      fc
        .array(fc.constantFrom('duration', 'checks', '{', '}', 'scenario', 'tag', ':', ',', '"', '\\', ' ', 'a'))
        .map((list) => list.join('')),
    )
    fc.assert(
      fc.property(metrics, texts, (metric, text) => {
        for (const result of [
          parseThresholdExpression(text),
          parseMetricSelector(metric),
          parseThreshold(metric, text),
        ]) {
          if ('error' in result) assert.ok(result.error.length > 0 && result.hint.length > 0)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('edit distance', () => {
  const words = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') })

  it('is 0 for the same word only, symmetric, and one for one edit', () => {
    fc.assert(
      fc.property(words, words, fc.nat(), (a, b, position) => {
        assert.equal(editDistance(a, b) === 0, a === b)
        assert.equal(editDistance(a, b), editDistance(b, a))
        assert.ok(editDistance(a, b) >= Math.abs(a.length - b.length))
        const at = position % (a.length + 1)
        assert.equal(editDistance(a, `${a.slice(0, at)}x${a.slice(at)}`), 1)
      }),
    )
  })

  it('finds a word among candidates that hold it', () => {
    fc.assert(
      fc.property(words, fc.array(words), (word, others) => {
        fc.pre(word.length > 0)
        assert.equal(closest(word, [...others, word]), word)
      }),
    )
  })
})
