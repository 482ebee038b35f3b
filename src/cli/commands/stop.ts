import { ASKING_FLAGS, clientsOf } from '../asking.ts'
import { askAny } from '../client.ts'
import { defineCommand } from '../command.ts'
import { jsonText } from '../report-output.ts'
import { runIdOf } from '../run-id.ts'

const ENDED = ['completed', 'failed', 'stopped']

export const stop = defineCommand({
  name: 'stop',
  summary: 'stop a run gracefully',
  description: 'On all nodes: no new requests, those in flight may finish. Fine to say of a run that has ended.',
  positionals: [{ name: 'run', describe: 'id of the run' }],
  flags: ['json', ...ASKING_FLAGS],
  examples: [['vajra stop rmi5k2x9a-0f3k9d8s7q', 'from any node']],
  async run({ positionals, settings }, context) {
    const runId = runIdOf(positionals[0])
    const answer = await askAny(clientsOf(settings), (client) => client.stop(runId))
    const { status } = answer
    const text = ENDED.includes(status) ? `run ${runId} has ended: ${status}\n` : `run ${runId} is being stopped\n`
    context.stdout.write(settings.json ? jsonText(answer) : text)
    return 0
  },
})
