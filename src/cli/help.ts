/** Help texts, made from the commands' own descriptions. */

import type { Command } from './command.ts'
import { COMMON_FLAGS, FLAGS, type FlagName, variableOf } from './flag-table.ts'

const INDENT = '  '
const WIDEST = 100
const FLAG_COLUMN = 34

const PROGRAM_EXAMPLES = [
  'vajra quick http://127.0.0.1:8080 --rate 500 --duration 10s',
  'vajra run suite.yaml',
  'vajra node',
  'vajra submit suite.yaml --follow',
]

/** Words wrapped to a width, each line indented. */
function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, indent + line]
}

/** A term and its description, side by side, or below each other when the term is long. */
function entry(term: string, description: string, column: number, width: number): string[] {
  const lines = wrap(description, width, ' '.repeat(column))
  const head = INDENT + term
  if (head.length + 2 > column) return [head, ...lines]
  return [head + (lines[0] ?? '').slice(head.length), ...lines.slice(1)]
}

/** The help of the program. */
export function programHelp(commands: readonly Command[], columns: number): string {
  const width = Math.min(columns, WIDEST)
  const column = Math.max(...commands.map((command) => usageOf(command).length)) + 4
  return [
    'vajra: a distributed load tester with no master',
    '',
    'Usage: vajra COMMAND [ARGUMENTS] [FLAGS]',
    '',
    'Commands:',
    ...commands.flatMap((command) => entry(usageOf(command), command.summary, column, width)),
    '',
    ...wrap('"vajra COMMAND --help" tells all about a command, "vajra --version" the version.', width, ''),
    ...wrap(
      'Every flag may be set by an environment variable (--http-token: VAJRA_HTTP_TOKEN) or in a file named with --config. A flag wins over the environment, the environment over the file.',
      width,
      '',
    ),
    '',
    'Examples:',
    ...PROGRAM_EXAMPLES.map((line) => INDENT + line),
    '',
  ].join('\n')
}

/** `run SUITE`, `status [RUN]`. */
export function usageOf(command: Pick<Command, 'name' | 'positionals'>): string {
  const words = command.positionals.map(({ name, optional, choices }) => {
    const word = choices === undefined ? name.toUpperCase() : choices.join('|')
    return optional ? `[${word}]` : word
  })
  return [command.name, ...words].join(' ')
}

/** The help of one command. */
export function commandHelp(command: Command, columns: number): string {
  const width = Math.min(columns, WIDEST)
  const { positionals, examples } = command
  const flags: readonly FlagName[] = [...command.flags, ...COMMON_FLAGS]
  return [
    ...wrap(`vajra ${command.name}: ${command.summary}`, width, ''),
    ...(command.description === undefined ? [] : ['', ...wrap(command.description, width, '')]),
    '',
    `Usage: vajra ${usageOf(command)} [FLAGS]`,
    ...(positionals.length === 0 ? [] : ['', 'Arguments:']),
    ...positionals.flatMap(({ name, describe, choices }) =>
      entry(choices === undefined ? name.toUpperCase() : choices.join('|'), describe, FLAG_COLUMN, width),
    ),
    '',
    'Flags:',
    ...flags.flatMap((name) => entry(flagTerm(name), flagDescription(name), FLAG_COLUMN, width)),
    ...entry('-h, --help', 'show this', FLAG_COLUMN, width),
    '',
    'Examples:',
    ...examples.flatMap(([line, what]) => [`${INDENT}${line}`, ...wrap(what, width, `${INDENT}${INDENT}`)]),
    '',
  ].join('\n')
}

function flagTerm(name: FlagName): string {
  const { short, aliases, placeholder } = FLAGS[name]
  const words = [...(short === undefined ? [] : [`-${short}`]), `--${name}`, ...aliases.map((alias) => `--${alias}`)]
  return placeholder === undefined ? words.join(', ') : `${words.join(', ')} ${placeholder}`
}

function flagDescription(name: FlagName): string {
  const { describe, shownDefault, repeatable } = FLAGS[name]
  const notes = [
    ...(shownDefault === undefined ? [] : [`default: ${shownDefault}`]),
    ...(repeatable ? ['repeatable'] : []),
    variableOf(name),
  ]
  return `${describe} [${notes.join('; ')}]`
}
