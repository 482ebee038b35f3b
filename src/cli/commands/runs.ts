import { ASKING_FLAGS, clientsOf } from '../asking.ts'
import { askAny } from '../client.ts'
import { defineCommand } from '../command.ts'
import { jsonText } from '../report-output.ts'

export const runs = defineCommand({
  name: 'runs',
  summary: 'list the runs',
  positionals: [],
  flags: ['json', ...ASKING_FLAGS],
  examples: [
    ['vajra runs', 'newest first'],
    ['vajra runs --json', 'for programs'],
  ],
  async run({ settings }, context) {
    const document = await askAny(clientsOf(settings), (client) => client.runs())
    if (settings.json) context.stdout.write(jsonText(document))
    else {
      const { renderRuns } = await import('../../report/table.ts')
      context.stdout.write(`${renderRuns(document.runs, context.stdout)}\n`)
    }
    return 0
  },
})
