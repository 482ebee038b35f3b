import { EXIT, messageOf, VajraError } from '../../base/errors.ts'
import { DEFAULT_GRACE_MS, defaultWorkers, type NodeOptions } from '../../node/options.ts'
import type { RunningNode } from '../../node/running-node.ts'
import { type CommandInput, defineCommand } from '../command.ts'
import { surviveDefects } from '../defects.ts'
import { Interrupts } from '../interrupts.ts'
import type { NodeLog } from '../log.ts'
import type { ProcessContext } from '../process-context.ts'

const NODE_FLAGS = [
  'name',
  'join',
  'listen',
  'http',
  'no-http',
  'http-token',
  'insecure-http',
  'data-dir',
  'cluster-key-file',
  'workers',
  'pacing',
  'capacity',
  'priority',
  'allow-target',
  'no-mdns',
  'grace',
  'log-level',
  'json',
] as const

type Input = CommandInput<(typeof NODE_FLAGS)[number]>

/** How long to wait for a coordinator before saying where the node is, in milliseconds. */
const READY_WAIT_MS = 10_000
const READY_POLL_MS = 50
/** Whoever waits for a node to be ready has other things to do first. */
const AFTER_READY_MS = 50
/** What a node may take over its grace time before it is ended, in milliseconds. */
const LEAVE_MARGIN_MS = 3000

export const node = defineCommand({
  name: 'node',
  summary: 'start a node of a mesh',
  description:
    'Finds its mesh by itself: nodes with the same cluster key on this machine and in the local network, and those named with --join. Prints one line once it is ready. Ctrl-C or SIGTERM hands over, drains and leaves; twice quits at once.',
  positionals: [],
  flags: NODE_FLAGS,
  examples: [
    ['vajra node', 'again in another terminal: a second one, in the same mesh'],
    ['vajra node --join 10.0.0.5:4001 --listen 0.0.0.0:4001', 'where multicast does not reach'],
    ['VAJRA_HTTP_TOKEN=… vajra node --http 0.0.0.0:7070', 'an API that other machines reach'],
  ],
  async run(input, context) {
    const { settings } = input
    if (settings['no-http'] && settings.http !== undefined) {
      throw new VajraError('OPTION_INVALID', '--http and --no-http contradict each other', { hint: 'give one of them' })
    }
    const pretty = context.stderr.isTerminal && !settings.json
    const { nodeLog } = await import('../log.ts')
    const logging = nodeLog({ level: settings['log-level'] ?? 'info', pretty, output: context.stderr })
    const interrupts = new Interrupts(context)
    surviveDefects(context, logging.log)
    const leaving = new Promise<void>((resolve) => {
      interrupts.onFirst = (signal) => {
        logging.log('info', `${signal}: leaving the mesh; once more to quit at once`)
        resolve()
      }
    })
    try {
      return await runNode(input, context, logging, leaving)
    } finally {
      interrupts.close()
    }
  },
})

async function runNode(
  input: Input,
  context: ProcessContext,
  logging: NodeLog,
  leaving: Promise<void>,
): Promise<number> {
  const { settings } = input
  const createNode = await context.loadNode()
  const running = await createNode(await optionsOf(input, context, logging))
  try {
    const api = settings['no-http'] ? undefined : await serve(running, input, logging)
    if (api !== undefined) running.setHttp(api.url)
    const wasReady = await Promise.race([ready(running), leaving.then(() => false)])
    if (wasReady) {
      announce(running, api?.url ?? null, settings.json, context)
      setTimeout(getUsedToSuites, AFTER_READY_MS).unref()
    }
    await leaving
    const graceMs = settings.grace ?? DEFAULT_GRACE_MS
    const inTime = await within(running.leave(), graceMs + LEAVE_MARGIN_MS, logging)
    if (!inTime) logging.log('warn', `did not leave within ${graceMs / 1000}s; the others will find this node gone`)
    await api?.close()
    return inTime ? EXIT.ok : EXIT.timeout
  } finally {
    await within(running.close(), LEAVE_MARGIN_MS, logging)
  }
}

async function optionsOf({ settings }: Input, context: ProcessContext, { log }: NodeLog): Promise<NodeOptions> {
  const { userConfigDir, userDataDir } = await import('../../node/cluster-key.ts')
  const clusterKey = context.environment.VAJRA_CLUSTER_KEY
  const clusterKeyFile = settings['cluster-key-file']
  const workers = settings.workers ?? defaultWorkers()
  return {
    name: settings.name ?? context.hostName,
    nameExplicit: settings.name !== undefined,
    solo: false,
    join: settings.join,
    listen: settings.listen,
    ...(clusterKeyFile !== undefined && { clusterKeyFile }),
    ...(clusterKey && { clusterKey }),
    configDir: userConfigDir(context.environment),
    mdns: !settings['no-mdns'],
    dataDir: settings['data-dir'] ?? userDataDir(context.environment),
    dataDirExplicit: settings['data-dir'] !== undefined,
    workers,
    pacing: settings.pacing ?? 'auto',
    capacity: settings.capacity ?? workers,
    priority: settings.priority ?? 0,
    allowTarget: settings['allow-target'],
    graceMs: settings.grace ?? DEFAULT_GRACE_MS,
    log,
  }
}

async function serve(running: RunningNode, { settings }: Input, { logger }: NodeLog) {
  const { DEFAULT_HOST, DEFAULT_PORT, startApi } = await import('../../api/server.ts')
  const token = settings['http-token']
  return startApi({
    node: running.port,
    host: settings.http?.host ?? DEFAULT_HOST,
    port: settings.http?.port ?? DEFAULT_PORT,
    portIsDefault: settings.http === undefined,
    ...(token !== undefined && { token }),
    insecure: settings['insecure-http'],
    // The server's own remarks are for debugging; what it cannot answer is for everybody.
    logger: logger.child({}, { level: logger.isLevelEnabled('debug') ? 'debug' : 'warn' }),
  })
}

/** Waits until the node can take a run; not for ever, for a node without its mesh has an address all the same. */
async function ready(running: RunningNode): Promise<true> {
  const deadline = performance.now() + READY_WAIT_MS
  while (!running.port.readiness().ready && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS))
  }
  return true
}

function announce(running: RunningNode, http: string | null, json: boolean, { stdout }: ProcessContext): void {
  const { name } = running.port
  const listen = running.listenAddresses()
  if (json) stdout.write(`${JSON.stringify({ name, bootId: running.bootId, http, listen })}\n`)
  else stdout.write(`node ${name} is ready: ${http ?? 'no API'}\n`)
}

async function getUsedToSuites(): Promise<void> {
  const { readSample } = await import('../../node/first-suite.ts')
  readSample()
}

/** False when it takes longer, or fails. */
async function within(action: Promise<void>, ms: number, { log }: NodeLog): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  const done = action.then(
    () => true,
    (thrown) => {
      log('error', `cannot leave in order: ${messageOf(thrown)}`)
      return false
    },
  )
  const inTime = await Promise.race([done, late])
  clearTimeout(timer)
  return inTime
}
