/** Steps that fire at a server that answers as it is told, and what they get out of the answers. */

import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AnswerWork } from '../../../src/journey/answer-work.ts'
import type { Lane } from '../../../src/journey/lane.ts'
import { IterationValues, ScenarioValues } from '../../../src/journey/values.ts'
import { readExpectations } from '../../../src/suite/expectations.ts'
import { readExtractions } from '../../../src/suite/extractions.ts'
import { prepareRequest } from '../../../src/tasks/http/prepared-request.ts'
import { UndiciLane } from '../../../src/tasks/http/undici/undici-lane.ts'
import { linksTo } from '../../../src/tasks/http/wire/link.ts'
import { WireLane } from '../../../src/tasks/http/wire/wire-lane.ts'
import { loadJars, type MakeJar, UserCookies } from '../../../src/worker/cookie-jar.ts'
import { StepWork } from '../../../src/worker/step-work.ts'

export interface Seen {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface StepOptions {
  readonly http?: Record<string, unknown>
  readonly extract?: Record<string, unknown>
  readonly expect?: unknown
  readonly cookies?: boolean
}

/** A server for the tests of a `describe`, and lanes that are closed after each of them. */
export class StepServer {
  /** What has arrived in this test. */
  seen: Seen[] = []
  answer: (response: ServerResponse, request: Seen) => void = (response) => response.end('{}')
  /** How long every iteration has lasted, in milliseconds. */
  elapsedMs = 20
  readonly #lanes: Lane[] = []
  #server: Server | undefined
  #origin = ''
  #makeJar: MakeJar | undefined

  async start(): Promise<void> {
    this.#makeJar = await loadJars()
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const one = { url: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString() }
        this.seen.push(one)
        this.answer(response, one)
      })
    })
    this.#server = server
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    this.#origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  async tidy(): Promise<void> {
    await Promise.all(this.#lanes.splice(0).map((lane) => lane.close()))
    this.seen = []
  }

  stop(): void {
    this.#server?.closeAllConnections()
    this.#server?.close()
  }

  /** A step on a lane: fires an iteration, with values that are set before. */
  stepOn(driver: 'wire' | 'undici', { http = {}, extract = {}, expect, cookies = false }: StepOptions) {
    const { extractions, problems } = readExtractions(extract, [])
    const expected = readExpectations(expect, [])
    assert.deepEqual([...problems, ...expected.problems], [])
    const scenario = new ScenarioValues({ node: 'n1', seed: 1, now: () => 5, env: {}, variables: {}, sources: [] })
    const iterations: IterationValues[] = []
    const jar = new UserCookies(this.#makeJar!)
    const checks: (readonly [number, boolean])[] = []
    const valuesOf = (ticket: number): IterationValues => {
      iterations[ticket] ??= new IterationValues(scenario)
      return iterations[ticket]
    }
    const step = new StepWork({
      work: new AnswerWork({ extract: extractions, expect: expected.expectations }),
      times: { elapsedMs: () => this.elapsedMs, checked: (_ticket, index, held) => checks.push([index, held]) },
      now: Date.now,
      hasCookies: cookies,
      valuesOf,
      cookiesOf: () => jar,
    })
    const parameters = { method: 'GET', headers: {}, body: undefined, timeoutMs: 5000, ...http }
    const request = prepareRequest({ ...parameters, url: this.#origin + (http.url ?? '/') })
    const waiting = new Map<number, (end: { kind: string | null; sent: number }) => void>()
    const sink = {
      settled: (ticket: number, kind: string | null, sent: number) => waiting.get(ticket)?.({ kind, sent }),
    }
    const lane: Lane =
      driver === 'wire'
        ? new WireLane(request, sink, linksTo(request), { step })
        : new UndiciLane(request, sink, { step })
    this.#lanes.push(lane)
    const cut = (ticket: number): void => lane.cut(ticket, 'interrupted')
    const fire = (
      values: Record<string, string> = {},
      ticket = 0,
      user = -1,
    ): Promise<{ kind: string | null; sent: number }> => {
      valuesOf(ticket).begin(ticket, -1)
      for (const [name, value] of Object.entries(values)) valuesOf(ticket).set(name, value)
      return new Promise((resolve) => {
        waiting.set(ticket, resolve)
        lane.fire(ticket, 0, user)
      })
    }
    const value = (name: string, ticket = 0): string | undefined => valuesOf(ticket).get(name)
    return { fire, cut, value, checks }
  }
}
