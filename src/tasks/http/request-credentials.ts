/** The credentials of one HTTP request, resolved on the node that sends it. */

import { parseReference } from '../../suite/references.ts'
import { at, type CredentialSource, resolveText } from '../credentials/credential-source.ts'
import type { HttpRequestParameters, RequestCredentials } from './prepared-request.ts'

/**
 * Resolves the references in header values.
 *
 * @throws VajraError `TASK_SETUP_FAILED`, naming the place and the reference, never the value
 */
export async function resolveCredentials(
  parameters: HttpRequestParameters,
  node: string,
  source: CredentialSource,
): Promise<RequestCredentials> {
  const given = Object.entries(parameters.headers)
    .map(([name, value]) => [name, value.replaceAll('{{node}}', node)] as const)
    .filter(([, value]) => parseReference(value) !== undefined)
  const headers = await Promise.all(
    given.map(async ([name, value]) => [name, await at(`headers.${name}`, resolveText(value, source))] as const),
  )
  return { headers: Object.fromEntries(headers) }
}
