/**
 * Entry of the thread that looks at targets and credentials before a run. It is given one job, answers it and is ended:
 * what it resolved is gone with its memory, and nothing it waits for holds up the main thread.
 */

import { parentPort } from 'node:worker_threads'
import { messageOf, VajraError } from '../../base/errors.ts'
import type { Values } from '../../journey/text.ts'
import type { CredentialSeen, ProbeRequest } from '../../preflight/observed.ts'
import { Keeper } from '../credentials/keeper.ts'
import { type HttpRequestParameters, type PreparedRequest, prepareRequest } from '../http/prepared-request.ts'
import { resolveCredentials } from '../http/request-credentials.ts'
import { builtinTasks, resolveSecrets } from '../registry.ts'
import { Deadline } from './deadline.ts'
import type { CredentialUse, ProbeJob, ProbeResult } from './messages.ts'
import { probeTarget } from './probe-target.ts'

/** Of the time there is, this much is for telling what was seen, in milliseconds. */
const TELL_MS = 200

/** Beside its node, a request that is sent beforehand has no values. */
function valuesOf(node: string): Values {
  return { get: (name) => (name === 'node' ? node : undefined) }
}

async function answer(job: ProbeJob): Promise<ProbeResult> {
  const { node, repeats, endsAt } = job
  const deadline = new Deadline(endsAt - TELL_MS)
  const keeper = new Keeper(() => {}, Math.ceil(deadline.leftMs))
  const prepare = async ({ parameters }: ProbeRequest): Promise<PreparedRequest | null> => {
    try {
      return prepareRequest(parameters, valuesOf(node), await resolveCredentials(parameters, keeper, () => {}))
    } catch {
      // Told with the credentials.
      return null
    }
  }
  const [credentials, targets] = await Promise.all([
    Promise.all(job.credentials.map((use) => lookFor(use, node, keeper, deadline))),
    Promise.all(job.targets.map((target) => probeTarget(target, { repeats, deadline, prepare }))),
  ])
  keeper.close()
  return { targets, credentials, taskTypes: [...builtinTasks.keys()] }
}

async function lookFor(
  { path, type, parameters }: CredentialUse,
  node: string,
  keeper: Keeper,
  deadline: Deadline,
): Promise<CredentialSeen> {
  const resolved =
    type === 'http'
      ? resolveHttp(parameters as unknown as HttpRequestParameters, node, keeper)
      : resolveSecrets(type, parameters, keeper)
  const found = resolved.then(
    (): CredentialSeen => ({ path, problem: null }),
    (error: unknown): CredentialSeen => {
      const hint = error instanceof VajraError ? error.hint : undefined
      return { path, problem: { message: keeper.redact(messageOf(error)), hint } }
    },
  )
  const hint = 'check that what is asked for it can be reached from this node'
  return deadline.within(found, deadline.leftMs, () => ({
    path,
    problem: { message: 'the credentials are not there in time', hint },
  }))
}

/** As a run does it, up to where the values would be sent. */
async function resolveHttp(parameters: HttpRequestParameters, node: string, keeper: Keeper): Promise<void> {
  const credentials = await resolveCredentials(parameters, keeper, () => {})
  // Whether headers can carry the values; what has templates is looked at when they are filled in.
  prepareRequest({ ...parameters, url: 'http://target.invalid/' }, valuesOf(node), credentials)
}

const port = parentPort
port?.once('message', (job: ProbeJob) => {
  answer(job).then(
    (result) => port.postMessage(result),
    (error: unknown) => {
      throw error
    },
  )
})
