/**
 * What is sent to the targets of a suite before it runs: some of the suite's own requests that ask for something and
 * change nothing (GET, HEAD, OPTIONS), and where there are none that can stand for themselves, a HEAD of `/`. Never what
 * may change something there.
 */

import type { Auth } from '../suite/auth-spec.ts'
import type { HttpParameters, Suite } from '../suite/spec.ts'
import { slotsOf } from '../suite/template.ts'
import { type FiredTask, firedTasks, httpOf, originOf } from './fired-tasks.ts'
import type { ProbeRequest, ProbeTarget } from './observed.ts'

/** Targets that are looked at; further ones are only counted. */
export const MOST_TARGETS = 64
/** Different requests that are sent to one target. */
const MOST_REQUESTS = 4

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS']

export interface ProbePlan {
  readonly targets: readonly ProbeTarget[]
  /** Origins that are left out because there are too many. */
  readonly leftOut: number
}

/** @param allowed whether an origin may be fired at; others are left alone */
export function planProbes(suite: Suite, allowed: (origin: string) => boolean): ProbePlan {
  const groups = new Map<string, { readonly origin: string; readonly tasks: FiredTask[] }>()
  for (const fired of firedTasks(suite)) {
    const parameters = httpOf(fired.task)
    const origin = parameters === undefined ? undefined : originOf(parameters.url)
    if (parameters === undefined || origin === undefined || !allowed(origin)) continue
    const key = JSON.stringify([origin, hostOf(parameters), parameters.auth?.mtls ?? null])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { origin, tasks: [fired] })
    else group.tasks.push(fired)
  }
  const targets = [...groups.values()].map(({ origin, tasks }) => targetOf(origin, tasks))
  return { targets: targets.slice(0, MOST_TARGETS), leftOut: Math.max(0, targets.length - MOST_TARGETS) }
}

function targetOf(origin: string, tasks: readonly FiredTask[]): ProbeTarget {
  const requests = new Map<string, ProbeRequest>()
  for (const { path, task, isFirst, expectsStatus } of tasks) {
    const parameters = httpOf(task) as HttpParameters
    if (!isFirst || !SAFE_METHODS.includes(parameters.method) || hasTemplates(parameters)) continue
    const key = JSON.stringify([parameters.method, parameters.url, parameters.headers, parameters.auth])
    if (!requests.has(key)) requests.set(key, { path, parameters, own: !expectsStatus })
  }
  const first = tasks[0] as FiredTask
  const chosen = [...requests.values()].slice(0, MOST_REQUESTS)
  return { origin, path: first.path, requests: chosen.length > 0 ? chosen : [headOfRoot(origin, first)] }
}

/** Without any credential but the certificate that a connection needs. */
function headOfRoot(origin: string, { path, task }: FiredTask): ProbeRequest {
  const parameters = httpOf(task) as HttpParameters
  const { auth, body: _, ...rest } = parameters
  const host = hostOf(parameters)
  const connecting: Auth | undefined = auth === undefined || auth.mtls === null ? undefined : { ...auth, sent: null }
  return {
    path,
    own: false,
    parameters: {
      ...rest,
      method: 'HEAD',
      url: `${origin}/`,
      headers: host === undefined ? {} : { host },
      body: undefined,
      ...(connecting === undefined ? {} : { auth: connecting }),
    },
  }
}

function hostOf({ headers }: HttpParameters): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === 'host')?.[1]
}

/** Whether something is to be filled in that is not known before the run; the name of the node is. */
function hasTemplates({ url, headers }: HttpParameters): boolean {
  return [url, ...Object.values(headers)].some((text) => slotsOf(text).some(({ name }) => name !== 'node'))
}
