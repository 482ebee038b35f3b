import type { NodesDocument, RunDocument } from '../../api/node-port.ts'
import { printable } from '../../report/style.ts'
import { formatDuration } from '../../suite/units.ts'
import { ASKING_FLAGS, clientsOf } from '../asking.ts'
import { type ApiClient, askAny } from '../client.ts'
import { defineCommand } from '../command.ts'
import { jsonText } from '../report-output.ts'
import { runIdOf } from '../run-id.ts'

const ENDED = ['completed', 'failed', 'stopped']

export const status = defineCommand({
  name: 'status',
  summary: 'what a node knows, or how a run goes',
  positionals: [{ name: 'run', describe: 'id of a run; without it, the node and its mesh', optional: true }],
  flags: ['json', ...ASKING_FLAGS],
  examples: [
    ['vajra status', 'the node, its mesh, the runs that go on'],
    ['vajra status rmi5k2x9a-0f3k9d8s7q', 'how a run goes'],
  ],
  async run({ positionals, settings }, context) {
    const [word] = positionals
    const clients = clientsOf(settings)
    if (word !== undefined) {
      const document = await askAny(clients, (client) => client.run(runIdOf(word)))
      context.stdout.write(settings.json ? jsonText(document) : runText(document))
      return 0
    }
    const document = await askAny(clients, nodeStatus)
    context.stdout.write(settings.json ? jsonText(document) : nodeText(document))
    return 0
  },
})

interface NodeStatus extends NodesDocument {
  readonly http: string
  readonly ready: boolean
  /** Why not ready, when not. */
  readonly reasons: readonly string[]
  /** Runs that go on. */
  readonly activeRuns: readonly RunDocument[]
}

async function nodeStatus(client: ApiClient): Promise<NodeStatus> {
  const [nodes, { ready, reasons }, { runs }] = await Promise.all([client.nodes(), client.readiness(), client.runs()])
  return { http: client.url, ready, reasons, ...nodes, activeRuns: runs.filter((run) => !ENDED.includes(run.status)) }
}

function nodeText(document: NodeStatus): string {
  const { self, http, ready, reasons, coordinator, term, nodes, activeRuns } = document
  const alive = nodes.filter((node) => node.state === 'alive').length
  return lines([
    ['node', `${self} at ${http}, ${ready ? 'ready' : `not ready: ${reasons.join('; ')}`}`],
    ['mesh', `${alive} of ${nodes.length} nodes alive`],
    ['coordinator', coordinator === null ? 'none elected' : `${coordinator}, term ${term}`],
    ['runs', activeRuns.length === 0 ? 'none going on' : `${activeRuns.length} going on`],
    ...activeRuns.map((run): [string, string] => ['', `${run.runId}  ${run.suite}  ${run.status}`]),
  ])
}

function runText(run: RunDocument): string {
  const { live } = run
  const shares = run.shares.map((share) => `${share.node} ${Math.round(share.fraction * 100)} %`)
  const facts: [string, string][] = [
    ['run', `${run.runId}  ${run.suite}`],
    ['status', `${run.status}${run.degraded ? ', degraded' : ''}${run.reason === null ? '' : `: ${run.reason}`}`],
    ['submitted', `${run.createdAt} to ${run.submittedTo}`],
    ['started', run.startedAt ?? 'not yet'],
    ['shares', shares.join(', ') || 'none'],
  ]
  if (live !== undefined) {
    const { sent, failed, dropped, latency } = live.totals
    facts.push(
      ['progress', `${formatDuration(Math.floor(live.at / 1000) * 1000)} of ${formatDuration(live.durationMs)}`],
      ['requests', `${sent} sent, ${failed} failed, ${dropped} dropped`],
      ['latency', `p50 ${latency.p50} ms, p99 ${latency.p99} ms`],
    )
  }
  if (run.complete !== null) facts.push(['report', run.complete ? 'complete' : 'incomplete'])
  if (run.thresholdsOk !== null) facts.push(['thresholds', run.thresholdsOk ? 'hold' : 'crossed'])
  return lines(facts)
}

function lines(facts: readonly (readonly [string, string])[]): string {
  return facts.map(([name, text]) => `${name.padEnd(13)}${printable(text)}\n`).join('')
}
