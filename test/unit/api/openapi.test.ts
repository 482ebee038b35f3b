import assert from 'node:assert/strict'
import Fastify from 'fastify'
import type { RunDocument } from '../../../src/api/node-port.ts'
import { openapiDocument } from '../../../src/api/openapi.ts'
import { ROUTES } from '../../../src/api/routes.ts'
import { SCHEMAS, type SchemaName } from '../../../src/api/schemas.ts'
import { buildServer } from '../../../src/api/server.ts'
import { fakeLive, fakeReport } from './fake-documents.ts'
import { FakeNode } from './fake-node.ts'

const RUN = 'r00000000-aaaaaaaaaa'

/** What the framework's validator says of a value under one of the published schemas. */
async function violations(name: SchemaName, value: unknown): Promise<string | undefined> {
  const checker = Fastify({ ajv: { customOptions: { removeAdditional: false, coerceTypes: false } } })
  // The published references point into the OpenAPI document; the validator gets that document under an id.
  const schemas = JSON.parse(JSON.stringify(SCHEMAS).replaceAll('#/components/schemas/', 'api#/definitions/'))
  checker.addSchema({ $id: 'api', definitions: schemas })
  checker.post('/', { schema: { body: { $ref: `api#/definitions/${name}` } } }, () => ({}))
  const answer = await checker.inject({ method: 'POST', url: '/', payload: JSON.parse(JSON.stringify(value)) })
  await checker.close()
  return answer.statusCode === 200 ? undefined : answer.body
}

describe('OpenAPI document', () => {
  it('is served, and describes every route', async () => {
    const { server } = buildServer({ node: new FakeNode(), host: '127.0.0.1' })
    const document = (await server.inject('/v1/openapi.json')).json()
    await server.close()
    assert.equal(document.openapi, '3.1.0')
    assert.equal(document.info.version, '0.0.0-test')
    for (const route of ROUTES) {
      const path = route.path.replace(':runId', '{runId}')
      assert.equal(document.paths[path][route.method.toLowerCase()].operationId, route.operation)
    }
    const operations = ROUTES.map((route) => route.operation)
    assert.equal(new Set(operations).size, operations.length)
  })

  it('refers only to schemas it has', () => {
    const text = JSON.stringify(openapiDocument('1'))
    for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g)) assert.ok(name! in SCHEMAS, name)
  })

  it('describes the documents that are given', async () => {
    const node = new FakeNode()
    node.addRun(RUN)
    const run = node.run(RUN) as RunDocument
    const samples: readonly (readonly [SchemaName, unknown])[] = [
      ['Run', run],
      ['Run', { ...run, startedAt: null, reason: 'x', live: fakeLive(RUN, 1000) }],
      ['Runs', { runs: node.runs() }],
      [
        'Report',
        fakeReport(RUN, { thresholds: [{ metric: 'duration', expression: 'p(99)<1s', ok: true, observed: 6 }] }),
      ],
      ['LiveTotals', fakeLive(RUN, 1000)],
      ['RunEvent', { at: 1, kind: 'node-lost', node: 'a', bootId: 'b', message: 'm' }],
      ['Nodes', node.nodes()],
      ['Tasks', { tasks: node.tasks() }],
      ['Validation', node.validate({ text: '', format: 'yaml' })],
      ['Validation', await node.preflight({ text: '', format: 'yaml' })],
      ['Validation', await node.preflight({ text: 'INVALID', format: 'yaml' })],
      ['Validation', node.validate({ text: 'INVALID', format: 'yaml' })],
      ['Readiness', { ready: false, reasons: ['x'] }],
    ]
    for (const [name, value] of samples) assert.equal(await violations(name, value), undefined, name)
    assert.notEqual(await violations('Run', { ...run, extra: 1 }), undefined)
    assert.notEqual(await violations('Run', { ...run, status: 'nope' }), undefined)
    assert.notEqual(await violations('Error', { code: 'INTERNAL', message: '', errors: [] }), undefined)
  })
})
