/** A request of which parts change from time to time: the rest of its message is made once. */

import { Unfilled, type Values } from '../../journey/text.ts'
import { ByteTemplate } from './byte-template.ts'

/** Parts of a request. */
export interface RequestParts {
  readonly method: string
  /** Scheme, host and port. */
  readonly origin: string
  readonly host: string
  /** Path and query. */
  readonly path: ByteTemplate
  /** Without `host`. */
  readonly headers: readonly (readonly [name: string, value: ByteTemplate])[]
  readonly body: ByteTemplate | null
}

/** Gives the header `cookie` for a URL; undefined for none. */
export type CookiesOf = (url: string) => string | undefined

/** A message and where it goes. */
export interface FilledMessage {
  readonly url: string
  /** Octets, a character each. */
  readonly message: string
}

/** The same in the parts that a client takes. */
export interface FilledParts {
  readonly url: string
  readonly path: string
  /** Names and values in turns. */
  readonly headers: string[]
  readonly body: Buffer | null
  /** Octets of the message. */
  readonly bytes: number
}

const METHODS_WITH_BODY = new Set(['PUT', 'POST', 'PATCH', 'QUERY', 'PROPFIND', 'PROPPATCH'])

export class RequestTemplate {
  readonly #parts: RequestParts
  readonly #beforePath: string
  /** What stands between the path and the length of the body. */
  readonly #head: ByteTemplate
  /** Whether a header of its own takes the place of cookies. */
  readonly #hasCookies: boolean
  /** The same for every request, but for cookies. */
  readonly isConstant: boolean

  constructor(parts: RequestParts) {
    const { method, host, path, headers, body } = parts
    this.#parts = parts
    this.#beforePath = `${method} `
    const lines = headers.flatMap(([name, value]) => [ByteTemplate.of(`${name}: `), value, ByteTemplate.of('\r\n')])
    this.#head = ByteTemplate.concat([
      ByteTemplate.of(` HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`),
      ...lines,
    ])
    this.#hasCookies = headers.some(([name]) => name.toLowerCase() === 'cookie')
    this.isConstant = [path, this.#head, body].every((part) => part === null || part.constant !== null)
  }

  /** The message with these values in it, or why not. Both drivers send the same. */
  fillMessage(values: Values, cookiesOf: CookiesOf | null): FilledMessage | Unfilled {
    const { origin, path: target, body: content } = this.#parts
    const path = target.fill(values)
    if (path instanceof Unfilled) return path
    const head = this.#head.fill(values)
    if (head instanceof Unfilled) return head
    const body = content === null ? '' : content.fill(values)
    if (body instanceof Unfilled) return body
    const url = origin + path
    return { url, message: this.#beforePath + path + head + this.#cookieLine(url, cookiesOf) + this.#end(body) }
  }

  #cookieLine(url: string, cookiesOf: CookiesOf | null): string {
    const cookie = cookiesOf === null || this.#hasCookies ? undefined : cookiesOf(url)
    return cookie === undefined ? '' : `cookie: ${cookie}\r\n`
  }

  #end(body: string): string {
    if (body.length > 0) return `content-length: ${body.length}\r\n\r\n${body}`
    return METHODS_WITH_BODY.has(this.#parts.method) ? 'content-length: 0\r\n\r\n' : '\r\n'
  }

  /** The parts with these values in them, or why not. */
  fillParts(values: Values, cookiesOf: CookiesOf | null): FilledParts | Unfilled {
    const { origin, path: target, headers: fields, body: content } = this.#parts
    const path = target.fill(values)
    if (path instanceof Unfilled) return path
    const headers: string[] = []
    for (const [name, value] of fields) {
      const text = value.fill(values)
      if (text instanceof Unfilled) return text
      headers.push(name, text)
    }
    const body = content === null ? null : content.fill(values)
    if (body instanceof Unfilled) return body
    const url = origin + path
    const line = this.#cookieLine(url, cookiesOf)
    if (line !== '') headers.push('cookie', line.slice('cookie: '.length, -2))
    return {
      url,
      path,
      headers,
      body: body === null ? null : Buffer.from(body, 'latin1'),
      bytes: this.#size(path, headers, body ?? ''),
    }
  }

  #size(path: string, headers: readonly string[], body: string): number {
    let bytes = this.#beforePath.length + path.length + this.#end(body).length
    bytes += ` HTTP/1.1\r\nhost: ${this.#parts.host}\r\nconnection: keep-alive\r\n`.length
    for (let at = 0; at < headers.length; at += 2) bytes += headers[at]!.length + headers[at + 1]!.length + 4
    return bytes
  }
}
