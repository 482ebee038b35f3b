/**
 * Every route of the API: what it answers, and what its documentation says. The server and the OpenAPI document are
 * both made from this table.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, VajraError } from '../base/errors.ts'
import { RUN_ID_PATTERN, type RunId } from '../base/ids.ts'
import type { EventStreams } from './event-streams.ts'
import type { NodePort, RunDocument, ScaleRequest } from './node-port.ts'
import type { Schema, SchemaName } from './schemas.ts'
import { objectOf, suiteOf } from './suite-body.ts'

export interface RouteContext {
  readonly node: NodePort
  readonly streams: EventStreams
  /** The OpenAPI document, made once. */
  readonly openapi: unknown
}

export interface Route {
  readonly method: 'GET' | 'POST'
  /** In Fastify's syntax: `/v1/runs/:runId`. */
  readonly path: string
  readonly operation: string
  readonly summary: string
  /** The route takes a suite as its body. */
  readonly takesSuite?: true
  /** Parameters of the query, all optional: a JSON Schema for each. */
  readonly query?: Readonly<Record<string, Schema & { readonly description: string }>>
  /** The route takes a JSON object as its body. */
  readonly takes?: SchemaName
  /** Answers by status: a schema of JSON, or the media type of anything else. */
  readonly answers: Readonly<Record<number, { readonly description: string; readonly body: SchemaName | MediaType }>>
  readonly errors: readonly ErrorCode[]
  readonly handle: (context: RouteContext, request: FastifyRequest, reply: FastifyReply) => unknown
}

export type MediaType = 'text/event-stream' | 'text/plain' | 'application/json'

const RUNS_PATH = '/v1/runs'

export const ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: RUNS_PATH,
    operation: 'submitRun',
    summary: 'Starts a run. Answers once the run would survive the loss of this node.',
    takesSuite: true,
    answers: { 202: { description: 'The run is accepted; its address is in the location header.', body: 'Accepted' } },
    errors: [
      'SUITE_INVALID',
      'SUITE_TOO_LARGE',
      'BODY_INVALID',
      'UNSUPPORTED_MEDIA_TYPE',
      'NOT_READY',
      'TOO_MANY_RUNS',
    ],
    handle: async ({ node }, request, reply) => {
      const { runId } = await node.submit(suiteOf(request))
      return reply.code(202).header('location', `${RUNS_PATH}/${runId}`).send({ runId })
    },
  },
  {
    method: 'GET',
    path: RUNS_PATH,
    operation: 'listRuns',
    summary: 'All runs this node knows, newest first.',
    answers: { 200: { description: 'The runs.', body: 'Runs' } },
    errors: [],
    handle: ({ node }) => ({ runs: node.runs() }),
  },
  {
    method: 'GET',
    path: `${RUNS_PATH}/:runId`,
    operation: 'getRun',
    summary: 'One run, with live totals while it goes on.',
    answers: { 200: { description: 'The run.', body: 'Run' } },
    errors: ['RUN_UNKNOWN'],
    handle: async ({ node }, request) => {
      await node.gather(runIdOf(request))
      return knownRun(node, request)
    },
  },
  {
    method: 'GET',
    path: `${RUNS_PATH}/:runId/report`,
    operation: 'getReport',
    summary: 'The report of a run: final once it has ended, of what is known so far before.',
    answers: { 200: { description: 'The report.', body: 'Report' } },
    errors: ['RUN_UNKNOWN'],
    handle: async ({ node }, request) => {
      const runId = runIdOf(request)
      return (await node.report(runId)) ?? unknownRun(node, runId)
    },
  },
  {
    method: 'GET',
    path: `${RUNS_PATH}/:runId/events`,
    operation: 'streamRun',
    summary: 'What has happened in a run and what happens: `live` each second, `event`, and `end` as the last.',
    answers: { 200: { description: 'Server-sent events whose data is JSON.', body: 'text/event-stream' } },
    errors: ['RUN_UNKNOWN', 'NOT_READY'],
    handle: ({ node, streams }, request, reply) => {
      const { runId } = knownRun(node, request)
      streams.admit()
      reply.hijack()
      streams.start(runId, reply.raw)
      return reply
    },
  },
  {
    method: 'POST',
    path: `${RUNS_PATH}/:runId/stop`,
    operation: 'stopRun',
    summary: 'Stops a run on all nodes: no new requests, those in flight may finish.',
    answers: {
      202: { description: 'The run is being stopped.', body: 'Stopping' },
      200: { description: 'The run had ended before.', body: 'Stopping' },
    },
    errors: ['RUN_UNKNOWN', 'NOT_READY'],
    handle: async ({ node }, request, reply) => {
      const { runId } = knownRun(node, request)
      const wasGoing = await node.stop(runId, 'stopped by a user')
      const status = node.run(runId)?.status ?? 'stopped'
      return reply.code(wasGoing ? 202 : 200).send({ runId, status })
    },
  },
  {
    method: 'POST',
    path: `${RUNS_PATH}/:runId/scale`,
    operation: 'scaleRun',
    summary: 'Gives a scenario of a running run another rate, or number of users, from shortly after now to its end.',
    takes: 'Scale',
    answers: { 202: { description: 'The change is certain; `at` tells from when on all nodes.', body: 'Scaled' } },
    errors: [
      'RUN_UNKNOWN',
      'RUN_NOT_RUNNING',
      'CHANGE_INVALID',
      'NOT_CONFIRMED',
      'BODY_INVALID',
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    handle: async ({ node }, request, reply) => {
      const { runId } = knownRun(node, request)
      return reply.code(202).send(await node.scale(runId, scaleRequestOf(request)))
    },
  },
  {
    method: 'GET',
    path: '/v1/nodes',
    operation: 'listNodes',
    summary: 'The mesh as this node sees it.',
    answers: { 200: { description: 'The nodes.', body: 'Nodes' } },
    errors: [],
    handle: ({ node }) => node.nodes(),
  },
  {
    method: 'GET',
    path: '/v1/tasks',
    operation: 'listTasks',
    summary: 'The tasks a suite may use on this node.',
    answers: { 200: { description: 'The tasks.', body: 'Tasks' } },
    errors: [],
    handle: ({ node }) => ({ tasks: node.tasks() }),
  },
  {
    method: 'POST',
    path: '/v1/validate',
    operation: 'validateSuite',
    summary: 'Says what is wrong with a suite, or what it amounts to; with `?preflight=true`, what every node finds.',
    takesSuite: true,
    query: {
      preflight: {
        type: 'boolean',
        default: false,
        description:
          'also has every node check, before a run, its targets, credentials and resources, within 5 s; targets get a few GET, HEAD or OPTIONS requests of the suite, or a HEAD of /',
      },
    },
    answers: { 200: { description: 'The verdict, for valid and invalid suites alike.', body: 'Validation' } },
    errors: ['SUITE_TOO_LARGE', 'BODY_INVALID', 'UNSUPPORTED_MEDIA_TYPE', 'OPTION_INVALID'],
    handle: ({ node }, request) => {
      const source = suiteOf(request)
      return switchOf(request, 'preflight') ? node.preflight(source) : node.validate(source)
    },
  },
  {
    method: 'GET',
    path: '/v1/openapi.json',
    operation: 'getOpenapi',
    summary: 'This description.',
    answers: { 200: { description: 'An OpenAPI 3.1 document.', body: 'application/json' } },
    errors: [],
    handle: ({ openapi }) => openapi,
  },
  {
    method: 'GET',
    path: '/healthz',
    operation: 'health',
    summary: 'Whether the process answers. Needs no token.',
    answers: { 200: { description: 'It does.', body: 'Health' } },
    errors: [],
    handle: () => ({ status: 'ok' }),
  },
  {
    method: 'GET',
    path: '/readyz',
    operation: 'readiness',
    summary: 'Whether the node can take a run now.',
    answers: {
      200: { description: 'It can.', body: 'Readiness' },
      503: { description: 'It cannot, for these reasons.', body: 'Readiness' },
    },
    errors: [],
    handle: ({ node }, _request, reply) => {
      const readiness = node.readiness()
      return reply.code(readiness.ready ? 200 : 503).send(readiness)
    },
  },
  {
    method: 'GET',
    path: '/metrics',
    operation: 'metrics',
    summary: "The node's own metrics.",
    answers: { 200: { description: 'Prometheus text format.', body: 'text/plain' } },
    errors: [],
    handle: ({ node }, _request, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(node.metrics()),
  },
]

function scaleRequestOf(request: FastifyRequest): ScaleRequest {
  const { scenario, rate, users } = objectOf(request, ['scenario', 'rate', 'users'])
  if (scenario !== undefined && typeof scenario !== 'string') {
    throw new VajraError('BODY_INVALID', 'scenario is not a name', { hint: 'give the name of a scenario as a string' })
  }
  if (users !== undefined && typeof users !== 'number') {
    throw new VajraError('BODY_INVALID', 'users is not a number', { hint: 'give a whole number' })
  }
  return {
    ...(scenario !== undefined && { scenario }),
    ...(rate !== undefined && { rate }),
    ...(users !== undefined && { users }),
  }
}

/** The run id of the path, if it looks like one: nothing else reaches the node. */
function runIdOf(request: FastifyRequest): RunId {
  const { runId } = request.params as { readonly runId: string }
  if (RUN_ID_PATTERN.test(runId)) return runId
  throw new VajraError('RUN_UNKNOWN', `${JSON.stringify(runId.slice(0, 100))} is not the id of a run`, {
    hint: 'the ids are listed by GET /v1/runs, or by vajra runs',
  })
}

/** A parameter of the query that is true or false; false when it is not there. */
function switchOf(request: FastifyRequest, name: string): boolean {
  const value = (request.query as Readonly<Record<string, unknown>>)[name]
  if (value === undefined || value === 'false') return false
  if (value === 'true') return true
  throw new VajraError('OPTION_INVALID', `the query parameter ${name} is neither true nor false`, {
    hint: `write ?${name}=true, or leave it out`,
  })
}

function knownRun(node: NodePort, request: FastifyRequest): RunDocument {
  const runId = runIdOf(request)
  return node.run(runId) ?? unknownRun(node, runId)
}

function unknownRun(node: NodePort, runId: RunId): never {
  throw new VajraError('RUN_UNKNOWN', `node ${node.name} does not know the run ${runId}`, {
    hint: 'the runs it knows are listed by GET /v1/runs, or by vajra runs',
  })
}
