/**
 * The cookies of one user, or of one iteration. The library's jar is made when the first cookie comes; until then, and for
 * those that never get one, there is nothing. What it gives is kept until something changes or expires: it takes longer to
 * find the cookies of a URL than to send a request.
 */

import type { CookieJar } from 'tough-cookie'
import { LIMITS } from '../base/limits.ts'

/** Makes jars; from the library, which is loaded where it is needed. */
export type MakeJar = () => CookieJar

/** Loads the library. */
export async function loadJars(): Promise<MakeJar> {
  const { CookieJar: Jar } = await import('tough-cookie')
  // Loose, as browsers are: a cookie without a name is one.
  return () => new Jar(undefined, { looseMode: true })
}

/** URLs whose cookies are kept. */
const MOST_KEPT = 32

interface Kept {
  readonly cookie: string | undefined
  /** Wall clock, in milliseconds since 1970. */
  readonly until: number
}

export class UserCookies {
  readonly #makeJar: MakeJar
  #jar: CookieJar | undefined
  #names = new Set<string>()
  readonly #kept = new Map<string, Kept>()
  /** What was set last, with where: names of cookies by it. To set it again would change nothing. */
  readonly #standing = new Map<string, string>()

  constructor(makeJar: MakeJar) {
    this.#makeJar = makeJar
  }

  /** Takes what an answer sets. What it may not set, or there is too much of, is left out. */
  store(url: string, headers: readonly string[]): void {
    for (let at = 0; at + 1 < headers.length; at += 2) {
      const name = headers[at]!
      if (name.length === SET_COOKIE.length && name.toLowerCase() === SET_COOKIE) this.#set(url, headers[at + 1]!)
    }
  }

  #set(url: string, field: string): void {
    if (field.length > LIMITS.cookieBytes) return
    const name = field.slice(0, Math.max(0, field.indexOf('=')))
    if (!this.#names.has(name) && this.#names.size >= LIMITS.cookiesPerUser) return
    // Without a path of its own it is for the folder of the URL.
    const where = /;\s*path\s*=\s*\//i.test(field) ? originOf(url) : place(url)
    const origin = `${where}\n${field}`
    if (this.#standing.has(origin)) return
    this.#names.add(name)
    this.#stand(origin, name, field)
    this.#jar ??= this.#makeJar()
    this.#kept.clear()
    try {
      this.#jar.setCookieSync(field, url, { ignoreError: true })
    } catch {
      // A domain that is not the server's own, for one: refused, as by a browser.
    }
  }

  /** Servers set the same cookie with each answer. One that lives for some time lives longer for being set again. */
  #stand(origin: string, name: string, field: string): void {
    for (const [other, its] of this.#standing) if (its === name) this.#standing.delete(other)
    if (this.#standing.size >= MOST_KEPT) this.#standing.clear()
    if (!/;\s*(max-age|expires)\s*=/i.test(field)) this.#standing.set(origin, name)
  }

  /** Header `cookie` of a request; undefined for none. @param now wall clock, in milliseconds since 1970 */
  header(url: string, now: number): string | undefined {
    if (this.#jar === undefined) return undefined
    const where = place(url)
    const kept = this.#kept.get(where)
    if (kept !== undefined && now < kept.until) return kept.cookie
    const found = this.#find(this.#jar, where)
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear()
    this.#kept.set(where, found)
    return found.cookie
  }

  #find(jar: CookieJar, url: string): Kept {
    const cookies = jar.getCookiesSync(url)
    const until = Math.min(...cookies.map((cookie) => cookie.expiryTime() ?? Infinity))
    const text = cookies.map((cookie) => cookie.cookieString()).join('; ')
    // What a header cannot carry is no cookie that a server would know again.
    return { cookie: text !== '' && /^[\t\x20-\x7e\x80-\xff]*$/.test(text) ? text : undefined, until }
  }

  /** Forgets them all. */
  clear(): void {
    this.#jar = undefined
    if (this.#names.size > 0) this.#names.clear()
    if (this.#kept.size > 0) this.#kept.clear()
    if (this.#standing.size > 0) this.#standing.clear()
  }
}

const SET_COOKIE = 'set-cookie'

function originOf(url: string): string {
  const path = url.indexOf('/', url.indexOf('//') + 2)
  return path < 0 ? url : url.slice(0, path)
}

/** A URL without its query, which says nothing of cookies. */
function place(url: string): string {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}
