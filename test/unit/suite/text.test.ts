import assert from 'node:assert/strict'
import { LIMITS } from '../../../src/base/limits.ts'
import { readDocument } from '../../../src/suite/document.ts'

function value(text: string, format: 'yaml' | 'json'): unknown {
  const read = readDocument({ text, format })
  if (!read.ok) assert.fail(JSON.stringify(read.problems))
  return read.value
}

function messages(text: string, format: 'yaml' | 'json'): string[] {
  const read = readDocument({ text, format })
  if (read.ok) assert.fail(`accepted as ${JSON.stringify(read.value)}`)
  for (const { hint } of read.problems) assert.ok(hint !== undefined && hint.length > 0)
  return read.problems.map(({ path, message }) => `${path}|${message}`)
}

describe('suite text', () => {
  describe('YAML', () => {
    it('reads maps, lists and scalars of the core schema', () => {
      assert.deepEqual(value('a: [1, x, true, null]\non: { b: "1" }', 'yaml'), {
        a: [1, 'x', true, null],
        on: { b: '1' },
      })
    })

    it('follows anchors', () => assert.deepEqual(value('a: &x { b: 1 }\nc: *x', 'yaml'), { a: { b: 1 }, c: { b: 1 } }))

    it('says line and column of a syntax error and quotes nothing', () => {
      const [message] = messages('name: a\npassword: "hunter2\n', 'yaml')
      assert.match(message!, /not YAML: .*line 3, column 1/)
      assert.doesNotMatch(messages('a: |hunter2\n b', 'yaml').join(), /hunter2/)
    })

    it('says line and column of a key that is given twice, wherever it is', () => {
      assert.deepEqual(messages('a: 1\nb:\n  c: 1\n  c: 2\na: 2', 'yaml'), [
        '|a: given twice in one map, again at line 5, column 1',
        '|c: given twice in one map, again at line 4, column 3',
      ])
    })

    it('refuses alias bombs', () => {
      const lines = ['a0: &a0 [x, x, x, x, x, x, x, x]']
      for (let i = 1; i < 9; i++)
        lines.push(`a${i}: &a${i} [${Array.from({ length: 8 }, () => `*a${i - 1}`).join(', ')}]`)
      assert.match(messages(lines.join('\n'), 'yaml')[0]!, /alias count/)
    })

    it('quotes nothing of what it refuses, and sends no control characters on', () => {
      for (const text of [
        'a: *hunter2\u001b[2J',
        '%hunter2\u001b[2J\n---\na: 1',
        '%YAML hunter2\n---\na: 1',
        '!hunter2 a',
      ]) {
        const [message = ''] = messages(text, 'yaml')
        assert.notEqual(message, '', JSON.stringify(text))
        assert.doesNotMatch(message, /hunter2|\p{Cc}/u, JSON.stringify(text))
      }
    })

    it('refuses circles, unknown tags, several documents, keys that are not words, numbers that are none', () => {
      for (const text of [
        'a: &a [*a]',
        'a: !x 1',
        'a: 1\n---\nb: 1',
        '[a]: 1',
        '? {a: 1}\n: 1',
        'a: .nan',
        'a: -.inf',
      ]) {
        assert.ok(messages(text, 'yaml').length > 0, text)
      }
    })
  })

  describe('JSON', () => {
    it('reads what JSON.parse reads', () => {
      const text = ' {"a": [1, -2.5e3, "x\\u00e9\\n", true, false, null, {}, []], "": {"b": 0}}\n'
      assert.deepEqual(value(text, 'json'), JSON.parse(text))
    })

    it('keeps __proto__ a key like any other', () => {
      const read = value('{"__proto__": {"polluted": 1}}', 'json') as object
      assert.deepEqual(Object.keys(read), ['__proto__'])
      assert.equal(Object.getPrototypeOf(read), Object.prototype)
    })

    it('says line and column of a syntax error and quotes nothing', () => {
      for (const [text, place] of [
        ['{\n  "a": hunter2\n}', /line 2, column 8/],
        ['{"a": 1,}', /line 1, column 9/],
        ['{"a": "hunter2', /line 1, column 7/],
        ['[1 2]', /line 1, column 4/],
        ['{"a"\n1}', /line 2, column 1/],
        ['', /the end/],
        ['{} x', /line 1, column 4/],
        ['"a\nb"', /line 1, column 1/],
      ] as const) {
        const [message] = messages(text, 'json')
        assert.match(message!, place)
        assert.doesNotMatch(message!, /hunter2/)
      }
    })

    it('refuses halves of characters', () => {
      assert.match(messages('{"a": ["\\ud800"]}', 'json')[0]!, /^a\[0\]\|.*half a character/)
      assert.equal(value('"\\ud83d\\ude42"', 'json'), '🙂')
    })

    it('refuses keys that are given twice', () => {
      assert.deepEqual(messages('{"a": 1,\n "a": 2}', 'json'), [
        '|a: given twice in one map, again at line 2, column 2',
      ])
    })
  })

  for (const format of ['yaml', 'json'] as const) {
    it(`bounds the nesting of ${format}`, () => {
      const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
      value(nested(LIMITS.suiteDepth), format)
      assert.match(messages(nested(LIMITS.suiteDepth + 1), format)[0]!, /nested too deeply/)
      assert.match(messages(nested(LIMITS.suiteBytes / 2), format)[0]!, /nested too deeply/)
    })

    it(`bounds the size of ${format}`, () => {
      const text = (length: number) => `"${'é'.repeat((length - 2) / 2)}"`
      value(text(LIMITS.suiteBytes), format)
      assert.match(messages(text(LIMITS.suiteBytes + 2), format)[0]!, /131074 bytes; at most 131072/)
    })
  }
})
