/**
 * The tasks that come with vajra, by name, and the credentials of a run. Loaded on load threads by URL, and by whoever
 * lists tasks; light, because what a task needs to run is loaded when it is set up.
 */

import type { MessagePort } from 'node:worker_threads'
import { parseReference } from '../suite/references.ts'
import { at, type CredentialLog, type CredentialSource, resolveText } from './credentials/credential-source.ts'
import { Keeper } from './credentials/keeper.ts'
import { KeptCredentials } from './credentials/kept-credentials.ts'
import { httpTask } from './http/http-task.ts'
import { rehearseDrivers } from './http/load-driver.ts'
import type { TaskDefinition, TaskParameters } from './sdk.ts'

export const builtinTasks: ReadonlyMap<string, TaskDefinition> = new Map([[httpTask.name, httpTask]])

/** Lets tasks that were set up on this thread bring their code up to speed, before they are fired. */
export const rehearse: () => Promise<void> = rehearseDrivers

/** Tasks that resolve references themselves, where only they know which of their texts may be one. */
const RESOLVES_ITSELF = new Set([httpTask.name])

export interface CredentialOptions {
  /** Leads to the thread that keeps credentials; null where the run needs none of those it is asked for. */
  readonly port: MessagePort | null
  readonly log: CredentialLog
}

/** The credentials of one run on one thread. To be closed when the run is over. */
export function openCredentials({ port, log }: CredentialOptions): CredentialSource {
  return port === null ? new Keeper(log) : new KeptCredentials(port, log)
}

/**
 * The secrets of a task: its parameters that are credential references, resolved, by parameter name.
 *
 * @throws VajraError `TASK_SETUP_FAILED`, naming the reference and never the value
 */
export async function resolveSecrets(
  type: string,
  parameters: TaskParameters,
  source: CredentialSource = new Keeper(),
): Promise<Record<string, string>> {
  if (RESOLVES_ITSELF.has(type)) return {}
  const references = Object.entries(parameters).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && parseReference(entry[1]) !== undefined,
  )
  const resolved = await Promise.all(
    references.map(async ([name, text]) => [name, await at(name, resolveText(text, source))] as const),
  )
  return Object.fromEntries(resolved)
}
