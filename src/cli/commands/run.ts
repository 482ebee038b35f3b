import { defineCommand } from '../command.ts'
import { LOCAL_FLAGS, runHere } from '../firing.ts'
import { aboutFile, readSuiteFile } from '../suite-file.ts'

export const run = defineCommand({
  name: 'run',
  summary: 'run a suite in this process',
  description:
    'A mesh of one: no network, no configuration, nothing kept. Shows progress, prints the report, and tells by its exit code whether the thresholds hold. Ctrl-C stops the run gracefully.',
  positionals: [{ name: 'suite', describe: 'YAML or JSON file, or - for stdin' }],
  flags: LOCAL_FLAGS,
  examples: [
    ['vajra run suite.yaml', 'progress, then the summary'],
    ['vajra run suite.yaml --json > report.json', 'the report as JSON'],
    ['vajra run suite.yaml --quiet --out junit=report.xml', 'for CI'],
  ],
  async run({ positionals, settings }, context) {
    const [path = '-'] = positionals
    const source = await readSuiteFile(path, context)
    try {
      return await runHere(source, settings, context)
    } catch (thrown) {
      throw aboutFile(thrown, path)
    }
  },
})
