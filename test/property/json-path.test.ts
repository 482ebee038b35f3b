import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { query } from 'json-p3'
import { parseJsonPath } from '../../src/suite/json-path.ts'

const name = fc.constantFrom('a', 'b', 'length', '__proto__', 'constructor', '0', 'ü')
const { value: document } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, fc.constantFrom(null, 1, 'text', true), tie('list'), tie('map')),
  list: fc.array(tie('value'), { maxLength: 3 }),
  map: fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
}))
const step = fc.oneof(
  name.map((one) => `[${JSON.stringify(one)}]`),
  fc.integer({ min: -3, max: 3 }).map((index) => `[${index}]`),
  fc.constantFrom('.a', '.length', '[*]', '..a', '[?@.a]', '[0:2]'),
)

describe('JSONPath, whatever the document', () => {
  it('finds what the library finds first', () => {
    fc.assert(
      fc.property(document, fc.array(step, { maxLength: 4 }), (json, steps) => {
        const path = `$${steps.join('')}`
        const parsed = parseJsonPath(path)
        assert.ok(parsed.ok)
        const [first] = query(path, json as never).values()
        const found = parsed.value(json)
        assert.deepEqual(found?.value, first)
        assert.equal(found === undefined, query(path, json as never).length === 0)
      }),
      { numRuns: 500 },
    )
  })

  it('never throws for a path that is none', () => {
    fc.assert(fc.property(fc.string(), (path) => assert.equal(typeof parseJsonPath(path).ok, 'boolean')))
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('$', '[', ']', '.', '?', '@', '"', '(') }), (path) => {
        const parsed = parseJsonPath(path)
        if (!parsed.ok) assert.ok(parsed.message !== '' && !/[\r\n]/.test(parsed.message))
      }),
    )
  })
})
