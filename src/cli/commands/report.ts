import { ASKING_FLAGS, meshOf } from '../asking.ts'
import { defineCommand } from '../command.ts'
import { Notices } from '../notices.ts'
import { outputFiles, reportText, writeReportFiles } from '../report-output.ts'
import { runIdOf } from '../run-id.ts'

export const report = defineCommand({
  name: 'report',
  summary: 'print the report of a run',
  description: 'The same from every node. Of a run that goes on: what is known so far. With --out, to files only.',
  positionals: [{ name: 'run', describe: 'id of the run' }],
  flags: ['format', 'json', 'out', 'summary-export', ...ASKING_FLAGS],
  examples: [
    ['vajra report rmi5k2x9a-0f3k9d8s7q', 'the summary'],
    ['vajra report rmi5k2x9a-0f3k9d8s7q --format csv -o run.csv', 'the timeline, for a spreadsheet'],
    ['vajra report rmi5k2x9a-0f3k9d8s7q --format csv-totals', 'a row for each scenario, its iterations and its steps'],
    ['vajra report rmi5k2x9a-0f3k9d8s7q --json', 'everything'],
  ],
  async run({ positionals, settings }, context) {
    const runId = runIdOf(positionals[0])
    const files = outputFiles(settings, settings.format)
    const document = await meshOf(settings, new Notices(context.stderr)).report(runId)
    if (files.length > 0) {
      await writeReportFiles(document, files)
      return 0
    }
    const format = settings.json ? 'json' : (settings.format ?? 'text')
    context.stdout.write(await reportText(document, format, context.stdout))
    return 0
  },
})
