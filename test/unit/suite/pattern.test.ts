import assert from 'node:assert/strict'
import { LIMITS } from '../../../src/base/limits.ts'
import { parseJsonPath } from '../../../src/suite/json-path.ts'
import { PatternCost, parsePattern } from '../../../src/suite/pattern.ts'

function pattern(text: string) {
  const parsed = parsePattern(text)
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.value
}

describe('a pattern', () => {
  it('finds what its first group has matched, or all that has', () => {
    assert.equal(pattern('order-(\\d+)').find('no order-17, order-18'), '17')
    assert.equal(pattern('\\d+').find('order-17'), '17')
    assert.equal(pattern('a(x)?').find('ab'), 'a')
    assert.equal(pattern('(x*)a').find('a'), '')
    assert.equal(pattern('b').find('a'), undefined)
  })

  const ALL = String.fromCodePoint(...Array.from({ length: 0x3100 }, (_, i) => i), 0xfeff, 0x1f600, 0x10ffff)
  const EVERYTHING = [...ALL]
  for (const text of [
    ...[
      '.',
      '\\s',
      '\\S',
      '[\\s\\d]',
      '[^\\s]',
      '[\\S]',
      '[^\\S]',
      '[\\s\\S]',
      '\\w',
      '\\W',
      '\\d',
      '[^\\d-]',
      '[\\b]',
      '\\cJ',
      '\\0',
    ],
    ...[
      '\\x41',
      '\\u0041',
      '\\u{1F600}',
      '\\uD83D\\uDE00',
      '[\\u{1F600}-\\u{1F610}]',
      '\\p{L}',
      '\\P{Lu}',
      '[\\p{Script=Greek}]',
    ],
    ...[
      '\\p{gc=Nd}',
      '[^]',
      '[]',
      '[[]',
      '[(?<a]',
      '[\\]]',
      '[a\\-z]',
      '\\/',
      '\\.',
      '[.]',
      '[^.[\\]]',
      '(?:a|b)',
      '(?i:k)',
      '(?s:.)',
      '[&&]',
    ],
  ]) {
    it(`${text} is what it is in JavaScript`, () => {
      const own = new RegExp(`^${text}$`, 'u')
      const linear = pattern(`^${text}$`)
      const other = EVERYTHING.filter((character) => own.test(character) !== linear.test(character))
      assert.deepEqual(
        other.map((character) => character.codePointAt(0)!.toString(16)),
        [],
      )
    })
  }

  it('that could take for ever, or is none, is refused with what to do', () => {
    for (const [text, seen, hint] of [
      ['(?=a)b', /looks ahead or behind/, /in a group/],
      ['(?<!a)b', /looks ahead or behind/, /in a group/],
      ['(a)\\1', /repeats what a group/, /write out/],
      ['(?<n>a)\\k<n>', /repeats what a group/, /write out/],
      ['a{1001}', /repeats something too often/, /1000/],
      ['(?:a{1000}){1000}', /repeats something too often/, /1000/],
      ['\\p{Bidi_M}', /a class that is not known/, /\\p\{L\}/],
      ['(', /is not a regular expression/, /JavaScript/],
      ['a'.repeat(LIMITS.patternLength + 1), /longer than/, /shorter/],
    ] as const) {
      const parsed = parsePattern(text)
      assert.ok(!parsed.ok, text)
      assert.match(parsed.message, seen)
      assert.match(parsed.hint, hint)
    }
  })

  it('is searched for in what takes others hours', () => {
    const begin = performance.now()
    const hostile = `${'a'.repeat(100_000)}!`
    for (const text of ['(a+)+$', '(a|a)+$', '(a|aa)+$', 'a+b', '.*a.*a.*$b', '(\\w+\\s?)+$']) {
      assert.equal(pattern(text).find(hostile), undefined, text)
      assert.equal(pattern(text).test(hostile), false, text)
    }
    const filter = parseJsonPath("$[?match(@.a, '(a+)+') || search(@.a, @.b)]")
    assert.ok(filter.ok)
    assert.equal(filter.value([{ a: hostile, b: '(a+)+$' }]), undefined)
    assert.ok(performance.now() - begin < 5000, `${Math.round(performance.now() - begin)} ms`)
  })

  it('of the plain kind is searched for in what is repeated to no end', () => {
    const begin = performance.now()
    for (const [text, repeated] of [
      ['value="([^"]+)"', 'value='],
      ['a[^a]+a', 'ab'],
      ['xa([^b]*)', 'x'],
      ['"token":"([^"]*)"', '"token":'],
      ['(\\d+)', 'a'],
    ] as const) {
      const { find } = pattern(text)
      find(repeated.repeat(LIMITS.answerBytes / repeated.length))
    }
    assert.ok(performance.now() - begin < 2000, `${Math.round(performance.now() - begin)} ms`)
  })

  it('is not searched for in what is too long for its size', () => {
    const large = pattern('(?:a{1,30}){1,30}$')
    assert.equal(large.find('a'.repeat(1000)), 'a'.repeat(900))
    for (const search of [
      () => large.find('a'.repeat(LIMITS.answerBytes)),
      () => large.test('a'.repeat(LIMITS.answerBytes)),
    ])
      assert.throws(search, PatternCost)
    assert.equal(pattern('order-(\\d+)').find(`${' '.repeat(LIMITS.answerBytes)}order-1`), '1')
  })
})

describe('match() and search() of a JSONPath', () => {
  const first = (path: string, document: unknown): unknown => {
    const parsed = parseJsonPath(path)
    assert.ok(parsed.ok, JSON.stringify(parsed))
    return parsed.value(document)?.value
  }
  const document = [{ id: 'x17' }, { id: '17' }, { id: 18 }]

  it('are for the whole of a text, and for a part', () => {
    assert.deepEqual(first("$[?match(@.id, '[0-9]+')]", document), { id: '17' })
    assert.deepEqual(first("$[?search(@.id, '[0-9]+')]", document), { id: 'x17' })
    assert.deepEqual(first("$[?match(@.id, 'x|17')]", document), { id: '17' })
  })

  it('come to an end in a document that has very many patterns', () => {
    const hostile = Array.from({ length: 20_000 }, (_, i) => ({ id: 'b', pattern: `(?:a{1,300}|${i}){1,3}$` }))
    const begin = performance.now()
    assert.equal(first('$[?search(@.id, @.pattern)]', hostile), undefined)
    assert.ok(performance.now() - begin < 3000, `${Math.round(performance.now() - begin)} ms`)
    assert.deepEqual(first("$[?search(@.id, '[0-9]+')]", document), { id: 'x17' }, 'the next search may compile again')
  })

  it('hold nothing with what is no pattern', () => {
    for (const wrong of ["'('", "')('", "'(a)\\\\1'", '@.id.none', '1'])
      assert.equal(first(`$[?search(@.id, ${wrong})]`, document), undefined, wrong)
  })
})
