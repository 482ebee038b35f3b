/** Which tasks need credentials that somebody else is asked for. */

import { isRemoteReference } from './references.ts'
import type { TaskSpec } from './spec.ts'

/** Whether a task has references to vaults, or tokens to be fetched. May say so of one that has not. */
export function asksOthers({ parameters }: TaskSpec): boolean {
  const rest: unknown[] = [parameters]
  for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
    if (typeof value === 'string' && isRemoteReference(value)) return true
    if (typeof value !== 'object' || value === null) continue
    if ('scheme' in value && value.scheme === 'oauth2') return true
    rest.push(...Object.values(value).filter((inner) => inner !== undefined))
  }
  return false
}
