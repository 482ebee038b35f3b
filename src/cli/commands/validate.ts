import type { ValidationDocument } from '../../api/node-port.ts'
import { VajraError } from '../../base/errors.ts'
import { formatDuration } from '../../suite/units.ts'
import { defineCommand } from '../command.ts'
import { jsonText } from '../report-output.ts'
import { aboutFile, readSuiteFile } from '../suite-file.ts'

export const validate = defineCommand({
  name: 'validate',
  summary: 'check a suite and say what it amounts to',
  description: 'Tells every error at once, each with its place and what to do. Needs no node.',
  positionals: [{ name: 'suite', describe: 'YAML or JSON file, or - for stdin' }],
  flags: ['json'],
  examples: [
    ['vajra validate suite.yaml', 'says how long it takes and how much it fires'],
    ['vajra validate suite.yaml --json', 'for editors and CI'],
  ],
  async run({ positionals, settings }, context) {
    const [path = '-'] = positionals
    // Loaded here: the help of the program looks at every command, and the parser is large.
    const [{ parseSuite }, { summarizeSuite }] = await Promise.all([
      import('../../suite/parse.ts'),
      import('../../load/summary.ts'),
    ])
    const parsed = parseSuite(await readSuiteFile(path, context))
    const document: ValidationDocument = parsed.ok
      ? { valid: true, errors: [], summary: summarizeSuite(parsed.suite) }
      : { valid: false, errors: parsed.problems, summary: null }
    if (settings.json) context.stdout.write(jsonText(document))
    else if (document.summary !== null) context.stdout.write(summaryText(document.summary))
    const invalid = new VajraError('SUITE_INVALID', '', { problems: document.errors })
    if (document.valid) return 0
    if (settings.json) return invalid.exitCode
    throw aboutFile(invalid, path)
  },
})

function summaryText(summary: NonNullable<ValidationDocument['summary']>): string {
  const scenarios = summary.scenarios.map((scenario) => {
    const { name, startMs, durationMs, planned, users, peakRate } = scenario
    const load = users === null ? `${planned} requests, at most ${peakRate}/s` : `${users} users`
    return `  ${name}: ${load}, from ${formatDuration(startMs)} for ${formatDuration(durationMs)}\n`
  })
  return `valid: ${summary.name}, ${formatDuration(summary.durationMs)}\n${scenarios.join('')}`
}
