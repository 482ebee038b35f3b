import { ASKING_FLAGS, meshOf } from '../asking.ts'
import { defineCommand } from '../command.ts'
import { ENDING_FLAGS, seeThrough } from '../firing.ts'
import { Interrupts } from '../interrupts.ts'
import { Notices } from '../notices.ts'
import { outputFiles } from '../report-output.ts'
import { runIdOf } from '../run-id.ts'

export const watch = defineCommand({
  name: 'watch',
  summary: 'follow a run to its end',
  description:
    'Shows live totals, then the summary, with the exit code of "vajra run". Goes on with another node if its own is lost. Ctrl-C leaves the run alone.',
  positionals: [{ name: 'run', describe: 'id of the run' }],
  flags: [...ENDING_FLAGS, ...ASKING_FLAGS],
  examples: [
    ['vajra watch rmi5k2x9a-0f3k9d8s7q', 'progress, then the summary'],
    ['vajra watch rmi5k2x9a-0f3k9d8s7q --quiet --json', 'waits, then prints the report'],
  ],
  async run({ positionals, settings }, context) {
    const runId = runIdOf(positionals[0])
    const files = outputFiles(settings)
    const interrupts = new Interrupts(context)
    const notices = new Notices(context.stderr)
    try {
      const source = meshOf(settings, notices)
      return await seeThrough({ source, runId, settings, files, interrupts, notices, onInterrupt: 'detach' }, context)
    } finally {
      interrupts.close()
    }
  },
})
