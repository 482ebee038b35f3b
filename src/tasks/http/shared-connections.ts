/**
 * What the steps of a scenario have in common on one thread: connections to the same place. A user takes one along from
 * step to step, as a browser does, so that a journey needs no more of them than it has iterations in flight.
 */

import type { Auth } from '../../suite/auth-spec.ts'
import type { PreparedRequest } from './prepared-request.ts'

/** Lanes of the same scope and key may use each other's connections. */
export interface Sharing {
  /** Of one scenario of one run on one thread: nothing but its identity counts. */
  readonly scope: object
  /** Where connections lead, and as whom. */
  readonly key: string
}

/** What requests must have in common to go over the same connections. */
export function sharingKey({ origin, serverName }: PreparedRequest, auth: Auth | undefined): string {
  // Of the same place in a suite are the same certificate and authorities.
  const certificate = auth === undefined || auth.mtls === null ? '' : auth.path
  return JSON.stringify([origin, serverName, certificate])
}

/** Something for each scope and key, for as long as the scope lives. */
export class SharedConnections<T> {
  readonly #make: () => T
  readonly #scopes = new WeakMap<object, Map<string, T>>()

  constructor(make: () => T) {
    this.#make = make
  }

  of({ scope, key }: Sharing): T {
    const known = this.#scopes.get(scope) ?? new Map<string, T>()
    this.#scopes.set(scope, known)
    const one = known.get(key) ?? this.#make()
    known.set(key, one)
    return one
  }
}
