/** The reference of the command line, as Markdown: made from what `--help` prints, so that it cannot fall behind. */

import { allCommands } from './commands/index.ts'
import { EXIT_CODES } from './exit-codes.ts'
import { commandHelp, programHelp } from './help.ts'

/** Columns of the help texts in it. */
const WIDTH = 100

export async function cliReference(): Promise<string> {
  const commands = await allCommands()
  const block = (text: string) => ['```text', text.trimEnd(), '```', '']
  return [
    '# Command line',
    '',
    ...block(programHelp(commands, WIDTH)),
    ...commands.flatMap((command) => [`## vajra ${command.name}`, '', ...block(commandHelp(command, WIDTH))]),
    '## Exit codes',
    '',
    ...exitCodeTable(),
    '',
  ].join('\n')
}

/** The table of exit codes, as docs/operating.md has it too. */
export function exitCodeTable(): readonly string[] {
  return ['| code | meaning |', '| --- | --- |', ...EXIT_CODES.map(({ code, meaning }) => `| ${code} | ${meaning} |`)]
}
