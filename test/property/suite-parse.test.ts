import assert from 'node:assert/strict'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { LIMITS } from '../../src/base/limits.ts'
import { parseSuite } from '../../src/suite/parse.ts'
import { shapedMaps, suiteDocuments } from './suite-arbitrary.ts'

type Result = ReturnType<typeof parseSuite>

function parse(document: unknown, format: 'yaml' | 'json' = 'json'): Result {
  return parseSuite({ text: format === 'json' ? JSON.stringify(document) : stringify(document), format })
}

/** What every refusal owes its reader. */
function checkProblems(result: Result): void {
  if (result.ok) return
  assert.ok(result.problems.length > 0 && result.problems.length <= LIMITS.problems + 1)
  for (const { path, message } of result.problems) {
    assert.equal(typeof path, 'string')
    assert.ok(message.length > 0 && message.length < 1000 && !message.includes('\n'), message)
  }
}

describe('parseSuite, whatever comes', () => {
  it('accepts valid suites, the same as JSON and as YAML', () => {
    fc.assert(
      fc.property(suiteDocuments, (document) => {
        const json = parse(document)
        if (!json.ok) assert.fail(JSON.stringify(json.problems))
        assert.deepEqual(json.document, document)
        assert.deepEqual(parse(document, 'yaml'), json)
      }),
    )
  })

  it('lays out valid suites consistently', () => {
    fc.assert(
      fc.property(suiteDocuments, (document) => {
        const result = parse(document)
        assert.ok(result.ok)
        const { mode, scenarios, durationMs } = result.suite
        const ends = scenarios.map((scenario) => scenario.startMs + scenario.durationMs)
        assert.equal(durationMs, Math.max(...ends))
        for (const [index, { startMs, load }] of scenarios.entries()) {
          const before = (document.scenarios as { delayAfter?: string }[])[index - 1]
          const delay = before?.delayAfter === undefined ? 0 : Number.parseInt(before.delayAfter, 10)
          assert.equal(startMs, mode === 'sequential' ? (ends[index - 1] ?? 0) + delay : 0)
          if (load.model === 'open') for (const { durationMs: length } of load.segments) assert.ok(length > 0)
        }
      }),
    )
  })

  it('refuses an unknown key anywhere, and names it', () => {
    fc.assert(
      fc.property(suiteDocuments, fc.nat(), fc.stringMatching(/^[a-z]{1,12}[0-9]$/), (document, pick, key) => {
        const maps = shapedMaps(document)
        maps[pick % maps.length]![key] = 1
        const result = parse(document)
        checkProblems(result)
        assert.ok(!result.ok)
        assert.ok(result.problems.some(({ message }) => message.startsWith(`${key}: unknown`)))
        assert.equal(parse(document, 'yaml').ok, false)
      }),
    )
  })

  it('never throws for a valid suite with any of its values replaced', () => {
    fc.assert(
      fc.property(suiteDocuments, fc.nat(), fc.nat(), fc.jsonValue(), (document, pick, pickKey, value) => {
        const maps = shapedMaps(document)
        const map = maps[pick % maps.length]!
        const keys = Object.keys(map)
        map[keys[pickKey % keys.length]!] = value
        checkProblems(parse(document))
        checkProblems(parse(document, 'yaml'))
      }),
      { numRuns: 300 },
    )
  })

  it('tells of independent mistakes together', () => {
    fc.assert(
      fc.property(suiteDocuments, (document) => {
        const [scenario] = document.scenarios as Record<string, unknown>[]
        const mistaken = {
          ...document,
          mode: 'diagonal',
          scenarios: [{ ...scenario, name: 5 }, ...(document.scenarios as unknown[])],
          thresholds: { nothing: ['p(95)<1'] },
        }
        const result = parse(mistaken)
        assert.ok(!result.ok)
        const paths = result.problems.map(({ path }) => path)
        for (const path of ['mode', 'scenarios[0].name', 'thresholds.nothing']) assert.ok(paths.includes(path), path)
      }),
    )
  })

  it('never throws for any JSON value, any text, in either format', () => {
    const texts = fc.oneof(
      fc.json(),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'{}[]:,-?&*!|>"\'#%@`~ \n\tab01.'), maxLength: 200 }),
      suiteDocuments.map((document) => stringify(document)),
    )
    fc.assert(
      fc.property(texts, fc.constantFrom('yaml' as const, 'json' as const), (text, format) => {
        checkProblems(parseSuite({ text, format }))
      }),
      { numRuns: 1000 },
    )
  })

  it('never throws for valid text with characters lost, doubled or changed', () => {
    const edit = fc.tuple(fc.nat(), fc.constantFrom('', ' ', '\n', '"', '{', ']', ':', '- ', '0', 'x', '\t', '&', '*'))
    fc.assert(
      fc.property(
        suiteDocuments,
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (document, edits, yaml) => {
          let text = yaml ? stringify(document) : JSON.stringify(document)
          for (const [position, insert] of edits) {
            const at = position % (text.length + 1)
            text = text.slice(0, at) + insert + text.slice(at + (position % 2))
          }
          checkProblems(parseSuite({ text, format: yaml ? 'yaml' : 'json' }))
        },
      ),
      { numRuns: 300 },
    )
  })
})
