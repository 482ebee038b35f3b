import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { IterationRandom } from '../../src/journey/iteration-random.ts'
import { fillText, Unfilled } from '../../src/journey/text.ts'
import { jsonTemplate } from '../../src/suite/json-template.ts'
import { escapeTemplate, formatTemplate, parseTemplate, templateParts } from '../../src/suite/template.ts'
import { resolveUrlTemplate } from '../../src/suite/url-template.ts'
import { prepareRequest } from '../../src/tasks/http/prepared-request.ts'

/** Texts in which braces and backslashes meet often. */
const braces = fc.string({ unit: fc.constantFrom('{', '}', '\\', 'a', '"', ' ', 'ü'), maxLength: 12 })
const text = fc.oneof(
  braces,
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
)
const slot = fc.record(
  {
    name: fc.constantFrom('a', 'users.email', 'random(1,9)', 'x-y_z'),
    form: fc.constantFrom(null, 'raw' as const, 'url' as const, 'json' as const),
  },
  { noNullPrototype: true },
)
/** No two texts in a row. */
const parts = fc
  .array(
    fc.oneof(
      text.filter((one) => one !== ''),
      slot,
    ),
    { maxLength: 8 },
  )
  .map((all) => all.filter((part, at) => typeof part !== 'string' || typeof all[at - 1] !== 'string'))

const values = (value: string) => ({ get: () => value })

function requestOf(more: object) {
  return prepareRequest({ method: 'POST', url: 'http://h/', headers: {}, body: undefined, timeoutMs: 1, ...more })
}

/** The message with a value in it; null where it was refused. */
function messageWith(more: object, value: string): string | null {
  const filled = requestOf(more).template.fillMessage(values(value), null)
  return filled instanceof Unfilled ? null : Buffer.from(filled.message, 'latin1').toString()
}

describe('templates, whatever is in them', () => {
  it('stand for a text as it is once it is escaped', () => {
    fc.assert(
      fc.property(text, (one) => {
        assert.equal(fillText(templateParts(escapeTemplate(one)), values('!')), one)
      }),
    )
  })

  it('are taken apart as they were put together', () => {
    fc.assert(
      fc.property(parts, (all) => assert.deepEqual(parseTemplate(formatTemplate(all)), { ok: true, parts: all })),
    )
  })

  it('never throw, and take texts without braces as they are', () => {
    fc.assert(
      fc.property(text, (one) => {
        const parsed = parseTemplate(one)
        if (!one.includes('{{')) assert.deepEqual(parsed, { ok: true, parts: one === '' ? [] : [one] })
      }),
    )
  })

  it('keep JSON bodies the JSON they were, with any value in them', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), text, (json, value) => {
        const literal = JSON.parse(JSON.stringify(json), (_key, one: unknown) =>
          typeof one === 'string' ? escapeTemplate(one) : one,
        ) as unknown
        const body = { texts: [literal, 'before {{a}} behind'] }
        const sent = messageWith({ body: jsonTemplate(body), bodyFormat: 'json' }, value)
        const expected = { texts: [json, `before ${value} behind`] }
        assert.deepEqual(JSON.parse(sent!.slice(sent!.indexOf('\r\n\r\n') + 4)), JSON.parse(JSON.stringify(expected)))
      }),
    )
  })

  it('put values into URLs that can be read back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const sent = messageWith({ url: 'http://h/a/{{x}}/b?q={{x}}&r=1' }, value)
        const [, target = ''] = sent!.split(' ', 2)
        const url = new URL(target, 'http://h')
        assert.equal(url.searchParams.get('q'), value)
        const [, , name = '', last] = target.split('?', 1)[0]!.split('/')
        assert.deepEqual([decodeURIComponent(name), last], [value, 'b'])
      }),
    )
  })

  it('put nothing into a message that begins another line or another request', () => {
    const places = [
      { url: 'http://h/{{x}}' },
      { url: 'http://h/?{{raw:x}}' },
      { headers: { a: '{{x}}' } },
      { headers: { a: '{{url:x}}' } },
    ]
    const nasty = fc.oneof(
      text,
      fc.string({ unit: fc.constantFrom('\r', '\n', ' ', ':', '\0', '\u2028', '嘊'), maxLength: 8 }),
    )
    fc.assert(
      fc.property(nasty, fc.constantFrom(...places), (value, place) => {
        const sent = requestOf(place).template.fillMessage(values(value), null)
        if (sent instanceof Unfilled) {
          assert.equal(sent.kind, 'invalid:x')
          return
        }
        const harmless = messageWith(place, '0')!
        assert.equal(sent.message.split('\r\n').length, harmless.split('\r\n').length)
        assert.equal(sent.message.split('\n').length, harmless.split('\n').length)
        assert.equal(sent.message.split('\r\n')[0]!.split(' ').length, 3)
      }),
    )
  })

  it('say the length of what they send', () => {
    fc.assert(
      fc.property(text, text, (literal, value) => {
        const request = requestOf({ body: `${escapeTemplate(literal)} {{x}}` })
        const filled = request.template.fillMessage(values(value), null)
        const parted = request.template.fillParts(values(value), null)
        assert.ok(!(filled instanceof Unfilled) && !(parted instanceof Unfilled))
        const octets = Buffer.from(filled.message, 'latin1')
        const body = octets.subarray(octets.indexOf('\r\n\r\n') + 4)
        assert.match(filled.message, new RegExp(`\r\ncontent-length: ${body.length}\r\n`))
        assert.deepEqual(body, Buffer.from(`${literal} ${value}`))
        assert.deepEqual([parted.body, parted.bytes], [body, octets.length])
      }),
    )
  })

  it('never get into the host of a URL', () => {
    const piece = fc.constantFrom('http', '://', '/', '//', '{{a}}', 'host', ':', '80', '@', '?', '#', '\\', '..', '.')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 7 }), (pieces) => {
        const resolved = resolveUrlTemplate(pieces.join(''), 'http://target.invalid/base/')
        if (!resolved.ok) return
        const [origin] = /^https?:\/\/[^/?#]*/.exec(resolved.value) ?? []
        assert.ok(!origin!.includes('{'), resolved.value)
        const sent = requestOf({ url: resolved.value }).template.fillMessage(values('evil.invalid'), null)
        assert.ok(!(sent instanceof Unfilled) && new URL(sent.url).origin === new URL(origin!).origin)
      }),
    )
  })

  it('draw the same for the same iteration, and never the same UUID for another', () => {
    const random = new IterationRandom(7)
    const draw = (index: number, user: number): string[] => {
      random.begin(index, user)
      return [random.uuid(), random.uuid()]
    }
    const seen = new Set<string>()
    for (let index = 0; index < 3000; index++) {
      for (const user of [-1, 0, 999_999]) for (const uuid of draw(index, user)) seen.add(uuid)
    }
    assert.equal(seen.size, 18_000)
    for (const uuid of seen) assert.match(uuid, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: -1, max: 1_000_000 }),
        fc.integer(),
        fc.nat(1000),
        (index, user, low, more) => {
          assert.deepEqual(draw(index, user), draw(index, user))
          const number = random.whole(low, low + more)
          assert.ok(Number.isInteger(number) && number >= low && number <= low + more)
        },
      ),
    )
  })
})
