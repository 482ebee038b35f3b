/**
 * From command-line arguments to texts by flag. Node's own parser does the splitting (yargs took 80 ms to load, more
 * than the rest of a query together); what it leaves to its caller is here: unknown flags, missing values.
 */

import { parseArgs } from 'node:util'
import { closest } from '../suite/suggest.ts'
import { Mistake } from './flag.ts'
import { FLAGS, type FlagName } from './flag-table.ts'

export interface Arguments {
  readonly positionals: readonly string[]
  readonly texts: ReadonlyMap<FlagName, readonly string[]>
  readonly help: boolean
  readonly version: boolean
  readonly mistakes: readonly Mistake[]
}

type Names = ReadonlyMap<string, FlagName | 'help' | 'version'>

/** Splits arguments into positionals and the texts of the flags that are allowed. */
export function readArguments(argv: readonly string[], allowed: readonly FlagName[]): Arguments {
  const names = namesOf(allowed)
  const positionals: string[] = []
  const mistakes: Mistake[] = []
  const texts = new Map<FlagName, string[]>()
  let help = false
  let version = false
  for (const token of tokensOf(argv, allowed)) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const name = names.get(token.name)
    if (name === 'help') help = true
    else if (name === 'version') version = true
    else if (name === undefined) mistakes.push(unknownFlag(token.rawName, names))
    else {
      const text = textOf(name, token)
      if (text instanceof Mistake) mistakes.push(text)
      else texts.set(name, [...(texts.get(name) ?? []), text])
    }
  }
  return { positionals, texts, help, version, mistakes }
}

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number]
type OptionToken = Extract<Token, { kind: 'option' }>

function tokensOf(argv: readonly string[], allowed: readonly FlagName[]): readonly Token[] {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'v' },
  }
  for (const name of allowed) {
    const { placeholder, short, aliases } = FLAGS[name]
    const type = placeholder === undefined ? 'boolean' : 'string'
    options[name] = short === undefined ? { type } : { type, short }
    for (const alias of aliases) options[alias] = { type }
  }
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens
}

function namesOf(allowed: readonly FlagName[]): Names {
  const names = new Map<string, FlagName | 'help' | 'version'>([
    ['help', 'help'],
    ['version', 'version'],
  ])
  for (const name of allowed) {
    names.set(name, name)
    for (const alias of FLAGS[name].aliases) names.set(alias, name)
  }
  return names
}

function textOf(name: FlagName, token: OptionToken): string | Mistake {
  if (FLAGS[name].placeholder === undefined) return token.value ?? 'true'
  const { value, rawName, inlineValue } = token
  // `--workers --json`: the value was forgotten. Negative numbers and a lone dash are values.
  if (value === undefined || (!inlineValue && /^-[^\d]/.test(value))) {
    const hint =
      value === undefined
        ? `write ${rawName} ${FLAGS[name].placeholder}`
        : `if ${value} is the value: ${rawName}=${value}`
    return new Mistake(`flag ${rawName} needs a value`, hint)
  }
  return value
}

function unknownFlag(rawName: string, names: Names): Mistake {
  const word = rawName.replace(/^-+/, '')
  const near = rawName.startsWith('--') ? closest(word, [...names.keys()]) : undefined
  return new Mistake(`there is no flag ${rawName}`, near === undefined ? 'see --help' : `did you mean --${near}?`)
}
