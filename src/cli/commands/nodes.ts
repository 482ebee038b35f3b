import { ASKING_FLAGS, clientsOf } from '../asking.ts'
import { askAny } from '../client.ts'
import { defineCommand } from '../command.ts'
import { jsonText } from '../report-output.ts'

export const nodes = defineCommand({
  name: 'nodes',
  summary: 'list the nodes of the mesh',
  positionals: [],
  flags: ['json', ...ASKING_FLAGS],
  examples: [
    ['vajra nodes', 'as the node at http://127.0.0.1:7070 sees them'],
    ['vajra nodes --node http://10.0.0.5:7070 --json', 'for programs'],
  ],
  async run({ settings }, context) {
    const document = await askAny(clientsOf(settings), (client) => client.nodes())
    if (settings.json) context.stdout.write(jsonText(document))
    else {
      const { renderNodes } = await import('../../report/table.ts')
      context.stdout.write(`${renderNodes(document, context.stdout)}\n`)
    }
    return 0
  },
})
