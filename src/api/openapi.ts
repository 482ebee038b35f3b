/** The API's OpenAPI 3.1 document, made from the route table. */

import { ERROR_KINDS, type ErrorCode } from '../base/errors.ts'
import { type MediaType, ROUTES, type Route } from './routes.ts'
import { ref, SCHEMAS, type Schema, type SchemaName } from './schemas.ts'
import { FORM_MEDIA_TYPE, SUITE_MEDIA_TYPES } from './suite-body.ts'

/** Errors any route behind the access check may answer. */
const COMMON_ERRORS: readonly ErrorCode[] = ['UNAUTHORIZED', 'FORBIDDEN', 'INTERNAL']

/** @param version version of the program */
export function openapiDocument(version: string): Schema {
  const paths: Record<string, Record<string, Schema>> = {}
  for (const route of ROUTES) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    const methods = paths[path] ?? {}
    methods[route.method.toLowerCase()] = operation(route)
    paths[path] = methods
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Vajra Mesh',
      version,
      description: 'Every node of a mesh serves this API; any of them takes a suite and answers for the whole mesh.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{}, { token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: SCHEMAS,
    },
  }
}

function operation(route: Route): Schema {
  return {
    operationId: route.operation,
    summary: route.summary,
    ...parameters(route),
    ...(route.takesSuite && {
      requestBody: {
        required: true,
        content: {
          ...Object.fromEntries(SUITE_MEDIA_TYPES.map((type) => [type, { schema: ref('Suite') }])),
          [FORM_MEDIA_TYPE]: { schema: ref('SuiteForm') },
        },
      },
    }),
    ...(route.takes && {
      requestBody: { required: true, content: { 'application/json': { schema: ref(route.takes) } } },
    }),
    ...(route.path === '/healthz' && { security: [{}] }),
    responses: { ...answers(route), ...errorAnswers(route) },
  }
}

function parameters({ path, query = {} }: Route): { readonly parameters?: readonly Schema[] } {
  const all = [
    ...(path.includes(':runId') ? [{ name: 'runId', in: 'path', required: true, schema: ref('RunId') }] : []),
    ...Object.entries(query).map(([name, { description, ...schema }]) => ({ name, in: 'query', description, schema })),
  ]
  return all.length === 0 ? {} : { parameters: all }
}

function answers(route: Route): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, { description, body }]) => [
      status,
      { description, content: content(body) },
    ]),
  )
}

function content(body: SchemaName | MediaType): Schema {
  if (body === 'application/json') return { 'application/json': { schema: { type: 'object' } } }
  if (body === 'text/plain' || body === 'text/event-stream') return { [body]: { schema: { type: 'string' } } }
  return { 'application/json': { schema: ref(body) } }
}

function errorAnswers(route: Route): Record<string, Schema> {
  const codes = route.path === '/healthz' ? [] : [...route.errors, ...COMMON_ERRORS]
  const byStatus = Map.groupBy(codes, (code) => ERROR_KINDS[code].httpStatus)
  return Object.fromEntries(
    [...byStatus]
      .filter(([status]) => !(status in route.answers))
      .map(([status, ofStatus]) => [
        status,
        {
          description: ofStatus.map((code) => `${code}: ${ERROR_KINDS[code].meaning}`).join('; '),
          content: { 'application/json': { schema: ref('Error') } },
        },
      ]),
  )
}
