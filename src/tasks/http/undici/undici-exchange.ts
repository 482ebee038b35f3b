/**
 * One request and its answer, and the connection they use. Reused for request after request: the hot path of a load
 * thread, so nothing is allocated here.
 */

import type { Client, Dispatcher } from 'undici'
import type { LaneSink } from '../../../journey/lane.ts'
import { BodyKeeper } from '../answer-body.ts'
import { errorKind, statusKind } from '../error-kind.ts'
import { optionsOf, type PreparedRequest } from '../prepared-request.ts'
import type { FilledParts } from '../request-template.ts'
import type { CameBack, StepRequests } from '../step-requests.ts'

/** `HTTP/1.1 200 `, the line break after the reason, and the empty line. */
const STATUS_LINE_BYTES = 13 + 2 + 2
/** `: ` and the line break. */
const HEADER_EXTRA_BYTES = 4

type Controller = Dispatcher.DispatchController

/** What an exchange is part of. */
export interface UndiciSurroundings {
  readonly sink: LaneSink
  /** What is made for each request, and done with its answer; null where all are the same. */
  readonly own: StepRequests<FilledParts> | null
  readonly keepsBodies: boolean
}

export class UndiciExchange implements Dispatcher.DispatchHandler, CameBack {
  readonly #ticket: number
  readonly client: Client
  readonly #request: PreparedRequest
  readonly #sink: LaneSink
  readonly #own: StepRequests<FilledParts> | null
  readonly body: BodyKeeper | null
  #rawHeaders: readonly Buffer[] = []
  #active = false
  /** Whether the request has been handed to a connection. */
  #written = false
  /** Bytes of the request in flight: the next one may be longer. */
  #sent = 0
  #startedAt = 0
  #status = 0
  #received = 0

  constructor(
    ticket: number,
    client: Client,
    request: PreparedRequest,
    { sink, own, keepsBodies }: UndiciSurroundings,
  ) {
    this.#ticket = ticket
    this.client = client
    this.#request = request
    this.#sink = sink
    this.#own = own
    this.body = keepsBodies ? new BodyKeeper() : null
  }

  /** @param now in milliseconds on the lane's clock */
  fire(now: number): void {
    this.#active = true
    this.#written = false
    this.#startedAt = now
    this.#status = 0
    this.#received = 0
    this.body?.begin()
    const request = this.#request
    const filled = this.#own?.filled(this.#ticket)
    this.#sent = filled === undefined ? request.message.length : filled.bytes
    this.client.dispatch(filled === undefined ? request.options : optionsWith(request, filled), this)
  }

  get active(): boolean {
    return this.#active
  }

  get startedAt(): number {
    return this.#startedAt
  }

  get written(): boolean {
    return this.#written
  }

  /** Ends the exchange as failed and drops its connection. The object is of no use afterwards. */
  cut(kind: string): void {
    this.#settle(kind)
    this.destroy()
  }

  destroy(): Promise<void> {
    this.#active = false
    return this.client.destroy().catch(() => {})
  }

  onRequestStart(_controller: Controller): void {
    this.#written = true
  }

  onResponseStart(controller: Controller, status: number, _headers: unknown, reason?: string): void {
    this.#status = status
    let bytes = STATUS_LINE_BYTES + (reason?.length ?? 0)
    const raw = controller.rawHeaders as Buffer[]
    if (this.#own !== null) this.#rawHeaders = raw
    for (let i = 0; i < raw.length; i++) bytes += raw[i]!.length
    this.#received += bytes + (raw.length / 2) * HEADER_EXTRA_BYTES
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    this.#received += chunk.length
    this.body?.add(chunk, 0, chunk.length)
  }

  onResponseEnd(): void {
    const kind = statusKind(this.#status)
    this.#settle(this.#own === null || !this.#active ? kind : this.#own.judge(this.#ticket, this, kind))
  }

  get status(): number {
    return this.#status
  }

  /** Names (as sent) and values in turns. */
  get headers(): readonly string[] {
    return this.#rawHeaders.map((octets) => octets.toString('latin1'))
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    this.#settle(errorKind(error))
  }

  #settle(kind: string | null): void {
    if (!this.#active) return
    this.#active = false
    this.#sink.settled(this.#ticket, kind, this.#written ? this.#sent : 0, this.#received)
  }
}

function optionsWith({ parts }: PreparedRequest, { path, headers, body }: FilledParts): PreparedRequest['options'] {
  return optionsOf(parts, path, headers, body)
}
