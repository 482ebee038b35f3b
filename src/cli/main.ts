/** The program: finds the command, reads its arguments and settings, runs it, and turns what is thrown into a message. */

import { VajraError } from '../base/errors.ts'
import { closest } from '../suite/suggest.ts'
import { type Arguments, readArguments } from './arguments.ts'
import type { Command } from './command.ts'
import { allCommands, COMMANDS } from './commands/index.ts'
import { errorText, exitCodeOf } from './error-text.ts'
import { COMMON_FLAGS, FLAGS, type FlagName } from './flag-table.ts'
import { commandHelp, programHelp, usageOf } from './help.ts'
import type { ProcessContext } from './process-context.ts'
import { misspelledVariables, resolveSettings } from './settings.ts'

/** Runs the program. @returns the exit code */
export async function main(context: ProcessContext): Promise<number> {
  try {
    return await dispatch(context)
  } catch (thrown) {
    context.stderr.write(errorText(thrown))
    return exitCodeOf(thrown)
  }
}

async function dispatch(context: ProcessContext): Promise<number> {
  // All flags are allowed here: which ones the command takes is known once its name is.
  const first = readArguments(context.argv, Object.keys(FLAGS) as FlagName[])
  const [name] = first.positionals
  if (name === undefined || name === 'help') return withoutCommand(first, context)
  return runCommand(await commandNamed(name), context)
}

async function withoutCommand(given: Arguments, context: ProcessContext): Promise<number> {
  const topic = given.positionals[1]
  if (topic !== undefined) {
    context.stdout.write(commandHelp(await commandNamed(topic), context.stdout.width))
    return 0
  }
  if (given.version) {
    const { programVersion } = await import('../node/version.ts')
    context.stdout.write(`${programVersion()}\n`)
    return 0
  }
  const [mistake] = given.mistakes
  if (mistake !== undefined) throw usageError(mistake.message, mistake.hint ?? 'see vajra --help')
  if (given.texts.size > 0) throw usageError('flags without a command', 'see vajra --help')
  context.stdout.write(programHelp(await allCommands(), context.stdout.width))
  return 0
}

async function runCommand(command: Command, context: ProcessContext): Promise<number> {
  const given = readArguments(context.argv, [...command.flags, ...COMMON_FLAGS])
  if (given.help) {
    context.stdout.write(commandHelp(command, context.stdout.width))
    return 0
  }
  if (given.version) throw usageError(`there is no flag --version of vajra ${command.name}`, 'vajra --version')
  const settings = await resolveSettings(command.flags, given, context.environment)
  const positionals = readPositionals(command, given.positionals.slice(1))
  for (const warning of misspelledVariables(context.environment)) context.stderr.write(`vajra: ${warning}\n`)
  return command.run({ positionals, settings }, context)
}

function readPositionals(command: Command, words: readonly string[]): readonly string[] {
  const usage = `usage: vajra ${usageOf(command)}`
  for (const [index, { name, optional, choices }] of command.positionals.entries()) {
    const word = words[index]
    if (word === undefined && !optional) {
      throw usageError(`vajra ${command.name} needs a ${choices?.join(' or ') ?? name.toUpperCase()}`, usage)
    }
    if (word !== undefined && choices !== undefined && !choices.includes(word)) {
      const near = closest(word, choices)
      throw usageError(
        `vajra ${command.name} does not know ${JSON.stringify(word)}`,
        near ? `did you mean ${near}?` : usage,
      )
    }
  }
  const surplus = words[command.positionals.length]
  if (surplus !== undefined) throw usageError(`unexpected argument ${JSON.stringify(surplus)}`, usage)
  return words
}

async function commandNamed(name: string): Promise<Command> {
  const load = COMMANDS.get(name)
  if (load !== undefined) return load()
  const near = closest(name, [...COMMANDS.keys()])
  throw usageError(
    `there is no command ${JSON.stringify(name)}`,
    near ? `did you mean vajra ${near}?` : 'see vajra --help',
  )
}

function usageError(message: string, hint: string): VajraError {
  return new VajraError('OPTION_INVALID', message, { hint })
}
