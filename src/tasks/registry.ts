/**
 * The tasks that come with vajra, by name. Loaded on load threads by URL, and by whoever lists tasks; light, because
 * what a task needs to run is loaded when it is set up.
 */

import { isReference, resolveReference } from './credentials.ts'
import { httpTask } from './http/http-task.ts'
import type { TaskDefinition, TaskParameters } from './sdk.ts'

export const builtinTasks: ReadonlyMap<string, TaskDefinition> = new Map([[httpTask.name, httpTask]])

/** Tasks that resolve references themselves, where only they know which of their texts may be one. */
const RESOLVES_ITSELF = new Set([httpTask.name])

/**
 * The secrets of a task: its parameters that are credential references, resolved, by parameter name.
 *
 * @throws VajraError `TASK_SETUP_FAILED`, naming the reference and never the value
 */
export function resolveSecrets(type: string, parameters: TaskParameters): Record<string, string> {
  const secrets: Record<string, string> = {}
  if (RESOLVES_ITSELF.has(type)) return secrets
  for (const [name, value] of Object.entries(parameters)) {
    if (typeof value === 'string' && isReference(value)) secrets[name] = resolveReference(value, process.env)
  }
  return secrets
}
