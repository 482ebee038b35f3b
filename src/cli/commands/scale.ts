import type { ScaledDocument } from '../../api/node-port.ts'
import { VajraError } from '../../base/errors.ts'
import { ASKING_FLAGS, clientsOf } from '../asking.ts'
import { askAny } from '../client.ts'
import { defineCommand } from '../command.ts'
import { jsonText } from '../report-output.ts'
import { runIdOf } from '../run-id.ts'

export const scale = defineCommand({
  name: 'scale',
  summary: 'change the load of a run that goes on',
  description:
    'From about a second later to the end of the scenario, on all nodes from the same run time on. What was planned for the rest is replaced.',
  positionals: [{ name: 'run', describe: 'id of the run' }],
  flags: ['scenario', 'rate', 'users', 'json', ...ASKING_FLAGS],
  examples: [
    ['vajra scale rmi5k2x9a-0f3k9d8s7q --scenario browse --rate 800/s', '800 requests a second from now on'],
    ['vajra scale rmi5k2x9a-0f3k9d8s7q --users 20', 'of a run with one scenario'],
  ],
  async run({ positionals, settings }, context) {
    const runId = runIdOf(positionals[0])
    const { scenario, rate, users } = settings
    if ((rate === undefined) === (users === undefined)) {
      const what = rate === undefined ? 'neither --rate nor --users is given' : '--rate and --users are both given'
      throw new VajraError('OPTION_INVALID', what, { hint: 'give one of them: --rate 800/s, or --users 20' })
    }
    const request = {
      ...(scenario !== undefined && { scenario }),
      // A bare number is per second, as for `quick`.
      ...(rate !== undefined && { rate: /^[0-9]+([.][0-9]+)?$/.test(rate) ? `${rate}/s` : rate }),
      ...(users !== undefined && { users }),
    }
    const scaled = await askAny(clientsOf(settings), (client) => client.scale(runId, request))
    context.stdout.write(settings.json ? jsonText(scaled) : `${sentenceOf(scaled)}\n`)
    return 0
  },
})

function sentenceOf({ runId, scenario, rate, users, at }: ScaledDocument): string {
  const load = rate === undefined ? `${users} ${users === 1 ? 'user' : 'users'}` : `${rate}/s`
  return `run ${runId}: ${scenario} goes on with ${load} from ${at / 1000} s of run time`
}
