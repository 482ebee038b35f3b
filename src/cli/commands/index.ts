/** The commands, in the order of the help text. Each is loaded only when it is used. */

import type { Command } from '../command.ts'

export const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map<string, () => Promise<Command>>([
  ['run', async () => (await import('./run.ts')).run],
  ['quick', async () => (await import('./quick.ts')).quick],
  ['node', async () => (await import('./node.ts')).node],
  ['submit', async () => (await import('./submit.ts')).submit],
  ['status', async () => (await import('./status.ts')).status],
  ['nodes', async () => (await import('./nodes.ts')).nodes],
  ['runs', async () => (await import('./runs.ts')).runs],
  ['tasks', async () => (await import('./tasks.ts')).tasks],
  ['watch', async () => (await import('./watch.ts')).watch],
  ['stop', async () => (await import('./stop.ts')).stop],
  ['scale', async () => (await import('./scale.ts')).scale],
  ['report', async () => (await import('./report.ts')).report],
  ['validate', async () => (await import('./validate.ts')).validate],
  ['key', async () => (await import('./key.ts')).key],
])

/** All commands, loaded. */
export function allCommands(): Promise<readonly Command[]> {
  return Promise.all([...COMMANDS.values()].map((load) => load()))
}
