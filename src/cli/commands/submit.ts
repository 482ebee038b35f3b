import { ASKING_FLAGS, meshOf } from '../asking.ts'
import { defineCommand } from '../command.ts'
import { ENDING_FLAGS, needsFollow, seeThrough } from '../firing.ts'
import { Interrupts } from '../interrupts.ts'
import { Notices } from '../notices.ts'
import { beforeRun } from '../preflight.ts'
import { jsonText, outputFiles } from '../report-output.ts'
import { aboutFile, readSuiteFile, withoutThresholds } from '../suite-file.ts'

export const submit = defineCommand({
  name: 'submit',
  summary: 'start a run on a mesh',
  description:
    'Any node will do. All nodes check first whether they could fire it. Prints the id of the run once the run would survive the loss of that node. With --follow it ends as "vajra run" does, goes on with another node if its own is lost, and Ctrl-C stops the run.',
  positionals: [{ name: 'suite', describe: 'YAML or JSON file, or - for stdin' }],
  flags: ['follow', 'no-preflight', 'yes', ...ENDING_FLAGS, ...ASKING_FLAGS],
  examples: [
    ['vajra submit suite.yaml', "prints the run's id"],
    ['vajra submit suite.yaml --follow', 'progress, then the summary'],
    [
      'vajra submit suite.yaml --node http://10.0.0.5:7070 -f -q --json',
      "for CI: the report, and the verdict's exit code",
    ],
  ],
  async run({ positionals, settings }, context) {
    const [path = '-'] = positionals
    if (!settings.follow) needsFollow(settings)
    const files = outputFiles(settings)
    const interrupts = new Interrupts(context)
    const notices = new Notices(context.stderr)
    const read = await readSuiteFile(path, context)
    const source = meshOf(settings, notices)
    try {
      const suite = settings['no-thresholds'] ? await withoutThresholds(read) : read
      if (!settings['no-preflight']) await beforeRun(() => source.preflight(suite), settings, context)
      const { runId } = await source.submit(suite)
      if (!settings.follow) {
        context.stdout.write(settings.json ? jsonText({ runId }) : `${runId}\n`)
        return 0
      }
      if (!settings.quiet) context.stderr.write(`run ${runId}\n`)
      return await seeThrough({ source, runId, settings, files, interrupts, notices, onInterrupt: 'stop' }, context)
    } catch (thrown) {
      throw aboutFile(thrown, path)
    } finally {
      interrupts.close()
    }
  },
})
