import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import * as z from 'zod'
import { summarizeSuite } from '../../../src/load/summary.ts'
import { httpTaskDescriptor } from '../../../src/suite/http-task.ts'
import { suiteJsonSchema } from '../../../src/suite/json-schema.ts'
import { parseSuite } from '../../../src/suite/parse.ts'

const root = new URL('../../../', import.meta.url)

type Schema = { readonly [key: string]: unknown }

function at(schema: unknown, ...keys: readonly string[]): Schema {
  return keys.reduce((inner, key) => (inner as Schema)[key] as Schema, schema as Schema)
}

/** The schema without its choices of required keys, which zod reads wrong for want of a type beside them. */
function withoutChoices(schema: object): Parameters<typeof z.fromJSONSchema>[0] {
  return JSON.parse(JSON.stringify(schema, (key, value) => (key === 'oneOf' ? undefined : value)))
}

describe('the JSON Schema of suites', () => {
  const schema = suiteJsonSchema()
  const load = at(schema, 'properties', 'scenarios', 'items', 'properties', 'load')

  it('is the one checked in (npm run schema writes it)', () => {
    const file = readFileSync(new URL('schema/suite.schema.json', root), 'utf8')
    assert.equal(file, `${JSON.stringify(schema, null, 2)}\n`)
  })

  it('describes what is written, with help for editors', () => {
    const rate = at(load, 'properties', 'rate')
    assert.equal(rate.type, 'string')
    assert.match('500/s', new RegExp(rate.pattern as string))
    assert.deepEqual(rate.examples, ['500/s'])
    for (const [key, property] of Object.entries(at(schema, 'properties'))) {
      assert.ok(typeof (property as Schema).description === 'string', `${key} has no description`)
    }
    assert.equal(at(schema, 'properties', 'gracefulStop').default, '30s')
  })

  it('says that unknown keys are refused and which keys exclude each other', () => {
    assert.equal(at(schema).additionalProperties, false)
    assert.equal((load.oneOf as unknown[]).length, 4)
    assert.equal((at(load, 'properties', 'profile').oneOf as unknown[]).length, 5)
  })

  it('holds the parameters of other tasks as their authors wrote them', () => {
    const parameters = { type: 'object', properties: { text: { type: 'string' } } }
    const extended = suiteJsonSchema([{ name: 'echo', title: 'Echo', parameters }])
    const echo = at(extended, 'properties', 'scenarios', 'items', 'properties', 'echo')
    assert.deepEqual(echo, { ...parameters, title: 'Echo' })
  })

  it('describes the http task too', () => {
    assert.equal(httpTaskDescriptor.name, 'http')
    assert.deepEqual(at(httpTaskDescriptor.parameters).required, ['url'])
  })

  describe('examples', () => {
    const folder = new URL('examples/', root)
    const names = readdirSync(folder).filter((name) => /\.(ya?ml|json)$/.test(name))

    it('are there', () => assert.ok(names.length >= 4))

    for (const name of names) {
      it(`${name} is valid, short and modest`, () => {
        const text = readFileSync(new URL(name, folder), 'utf8')
        const result = parseSuite({ text, format: name.endsWith('.json') ? 'json' : 'yaml' })
        if (!result.ok) assert.fail(JSON.stringify(result.problems, null, 1))
        const { durationMs, scenarios } = summarizeSuite(result.suite)
        assert.ok(durationMs <= 30_000)
        for (const { peakRate, users } of scenarios) assert.ok((peakRate ?? 0) <= 500 && (users ?? 0) <= 100)
        const checked = z.fromJSONSchema(withoutChoices(schema)).safeParse(result.document)
        assert.ok(checked.success, `against the JSON Schema: ${checked.error?.message}`)
      })
    }
  })
})
