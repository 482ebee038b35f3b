/** What resolves one kind of credential reference, and how it says that it cannot. */

import { VajraError } from '../../base/errors.ts'

/** What a resolver may use. */
export interface Resolving {
  /** The reference as it is written, for messages. */
  readonly reference: string
  /** Most bytes of a value: secrets are short, and more is most likely the wrong thing. */
  readonly mostBytes: number
  /** Aborted when it takes too long, or is not needed any more. */
  readonly signal: AbortSignal
  /** What else is kept for as long as the run needs credentials, such as a login: made once, by name. */
  readonly once: <T>(name: string, make: () => Promise<T>) => Promise<T>
}

export interface Resolver {
  /**
   * The value behind a reference.
   *
   * @param name what stands after `kind:`, well-formed
   * @throws VajraError of {@link unresolved}: names the reference and never the value
   */
  resolve(name: string, resolving: Resolving): Promise<string>
}

export function unresolved(reference: string, why: string, hint: string): VajraError {
  return new VajraError('TASK_SETUP_FAILED', `credential reference ${reference} cannot be resolved: ${why}`, { hint })
}
