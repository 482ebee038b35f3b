/**
 * The value of every flag: from the command line, else the environment, else the configuration file, else its
 * default. All mistakes are told together, each with the place it was made in.
 */

import { type Problem, VajraError } from '../base/errors.ts'
import { closest } from '../suite/suggest.ts'
import type { Arguments } from './arguments.ts'
import { readConfigFile } from './config-file.ts'
import { Mistake } from './flag.ts'
import { FLAGS, type FlagName, type Settings, variableOf } from './flag-table.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** @throws VajraError OPTION_INVALID or FILE_UNREADABLE */
export async function resolveSettings<N extends FlagName>(
  names: readonly N[],
  given: Arguments,
  environment: Environment,
): Promise<Settings<N>> {
  const problems: Problem[] = given.mistakes.map((mistake) => toProblem('', mistake))
  const configPath = given.texts.get('config')?.at(-1) ?? (environment.VAJRA_CONFIG || undefined)
  const config = configPath === undefined ? undefined : await readConfigFile(configPath)
  const settings: Record<string, unknown> = {}
  for (const name of names) {
    const found = find(name, given, environment, config)
    settings[name] = FLAGS[name].fallback
    if (found === undefined) continue
    try {
      settings[name] = FLAGS[name].read(found.texts)
    } catch (thrown) {
      if (!(thrown instanceof Mistake)) throw thrown
      problems.push(toProblem(found.where, thrown))
    }
  }
  if (problems.length > 0) throw optionError(problems)
  return settings as Settings<N>
}

interface Found {
  /** For people: `flag --workers`. */
  readonly where: string
  readonly texts: readonly string[]
}

function find(
  name: FlagName,
  given: Arguments,
  environment: Environment,
  config: Awaited<ReturnType<typeof readConfigFile>> | undefined,
): Found | undefined {
  const fromFlag = given.texts.get(name)
  if (fromFlag !== undefined) return { where: `flag --${name}`, texts: fromFlag }
  const variable = variableOf(name)
  const text = environment[variable]
  // An empty variable is how compose files and CI say "not set".
  if (text !== undefined && text !== '') {
    return { where: `environment variable ${variable}`, texts: [text] }
  }
  const fromConfig = config?.texts.get(name)
  if (config !== undefined && fromConfig !== undefined) {
    return { where: `${config.path}: ${name}`, texts: fromConfig }
  }
  return undefined
}

function toProblem(where: string, mistake: Mistake): Problem {
  return { path: where, message: mistake.message, ...(mistake.hint !== undefined && { hint: mistake.hint }) }
}

/** One error for one or more wrong options. */
export function optionError(problems: readonly Problem[]): VajraError {
  const [first] = problems
  if (problems.length === 1 && first !== undefined) {
    const message = first.path === '' ? first.message : `${first.path}: ${first.message}`
    return new VajraError('OPTION_INVALID', message, first.hint === undefined ? {} : { hint: first.hint })
  }
  return new VajraError('OPTION_INVALID', `${problems.length} options are wrong`, { problems })
}

/** Variables no flag stands behind, which the program reads all the same. */
const OTHER_VARIABLES = ['VAJRA_CLUSTER_KEY']

/** Variables that look like a flag's with a slip of the pen: told, not refused, for suites may use their own. */
export function misspelledVariables(environment: Environment): readonly string[] {
  const known = [...Object.keys(FLAGS).map(variableOf), ...OTHER_VARIABLES]
  return Object.keys(environment)
    .filter((name) => name.startsWith('VAJRA_') && !known.includes(name))
    .flatMap((name) => {
      const near = closest(name, known)
      return near === undefined ? [] : [`environment variable ${name} is not used; did you mean ${near}?`]
    })
}
