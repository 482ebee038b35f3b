/** What a command is: its words, its flags, its examples, and what it does. */

import type { FlagName, Settings } from './flag-table.ts'
import type { ProcessContext } from './process-context.ts'

export interface Positional {
  readonly name: string
  readonly describe: string
  readonly optional?: true
  readonly choices?: readonly string[]
}

export interface CommandInput<N extends FlagName> {
  /** As many as the command requires, at most as many as it takes. */
  readonly positionals: readonly string[]
  readonly settings: Settings<N>
}

export interface Command<N extends FlagName = FlagName> {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** More, for the command's own help. */
  readonly description?: string
  readonly positionals: readonly Positional[]
  readonly flags: readonly N[]
  /** Command lines, each with what it does. */
  readonly examples: readonly (readonly [line: string, what: string])[]
  /**
   * @returns the exit code
   * @throws VajraError
   */
  run(input: CommandInput<N>, context: ProcessContext): Promise<number>
}

export function defineCommand<const N extends FlagName>(command: Command<N>): Command<N> {
  return command
}
