/** The checks of one node: whether it could fire its share of a suite. */

import type { Problem } from '../base/errors.ts'
import type { LocalFinding } from '../base/finding.ts'
import { firedTasks, httpOf } from '../preflight/fired-tasks.ts'
import { judgeLoad } from '../preflight/judge-load.ts'
import { judgeNode, type NodeResources } from '../preflight/judge-node.ts'
import { judgeTarget } from '../preflight/judge-target.ts'
import { nodeLoad } from '../preflight/node-load.ts'
import { planProbes } from '../preflight/probe-plan.ts'
import { isCredentialHeader } from '../suite/references.ts'
import { formatPath } from '../suite/show.ts'
import type { Suite } from '../suite/spec.ts'
import { Deadline, processNow } from '../tasks/preflight/deadline.ts'
import type { CredentialUse, ProbeJob, ProbeResult } from '../tasks/preflight/messages.ts'
import { refusedTargets } from './allow-target.ts'
import { nodeFileOf } from './data-tables.ts'

export interface LocalPreflightOptions {
  readonly suite: Suite
  /** Name of the node. */
  readonly node: string
  readonly allowTarget: readonly string[]
  /** Part of the whole load that falls to this node, up to 1. */
  readonly share: number
  /** Nodes that check at the same time. */
  readonly nodes: number
  readonly budgetMs: number
  /** Wall-clock time, in milliseconds since 1970. */
  readonly now: number
  readonly resources: () => NodeResources
  /** Environment variables of this node. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly probe: (job: ProbeJob) => Promise<ProbeResult | { readonly problem: string }>
}

/** Credentials that are looked for; as many different ones as any suite should have. */
const MOST_CREDENTIALS = 64
/** A few answers say more than one; of many nodes each sends one, so that the target does not take them for load. */
const REPEATS = 3
const FEW_NODES = 10

/** Never rejects. */
export async function localPreflight(options: LocalPreflightOptions): Promise<readonly LocalFinding[]> {
  const { suite, node, allowTarget, share, nodes, budgetMs, now } = options
  const refused = refusedTargets(suite, allowTarget)
  const plan = planProbes(suite, (origin) => !refused.includes(origin))
  const resources = options.resources()
  const endsAt = processNow() + budgetMs
  const [result, data] = await Promise.all([
    options.probe({
      node,
      targets: plan.targets,
      credentials: credentialsOf(suite, refused),
      repeats: nodes <= FEW_NODES ? REPEATS : 1,
      endsAt,
    }),
    lookAtData(suite, new Deadline(endsAt)),
  ])
  const findings: LocalFinding[] = [...judgeAllowed(suite, allowTarget, refused), ...data]
  if ('problem' in result) {
    const hint = 'try again, and see the log of this node'
    return [...findings, { check: 'node', level: 'WARN', seen: result.problem, hint }]
  }
  const load = nodeLoad(suite, share, result.targets)
  return [
    ...findings,
    ...judgeTasks(suite, result.taskTypes),
    ...judgeVariables(suite, options.environment),
    ...judgeCredentials(result),
    ...result.targets.flatMap((target) => judgeTarget(target, { now, durationMs: suite.durationMs })),
    ...leftOut(plan.leftOut),
    ...judgeLoad(suite, load),
    ...judgeNode(resources, load, result.targets),
  ]
}

/** One of those that are the same: a hundred scenarios may share theirs. Nothing is asked of who may not be fired at. */
function credentialsOf(suite: Suite, refused: readonly string[]): readonly CredentialUse[] {
  const uses = new Map<string, CredentialUse>()
  for (const { path, task } of firedTasks(suite)) {
    const { type, parameters } = task
    const http = httpOf(task)
    const sent = http?.auth?.sent
    if (sent?.scheme === 'oauth2' && refused.includes(new URL(sent.tokenUrl).origin)) continue
    const headers = Object.entries(http?.headers ?? {}).filter(([name]) => isCredentialHeader(name))
    if (http !== undefined && http.auth === undefined && headers.length === 0) continue
    const key = JSON.stringify(http === undefined ? [type, parameters] : [http.auth, headers])
    if (!uses.has(key)) uses.set(key, { path, type, parameters })
  }
  return [...uses.values()].slice(0, MOST_CREDENTIALS)
}

/** Data files that lie on every node: whether they are on this one, and the same. The others are brought by the run. */
async function lookAtData({ data = [] }: Suite, deadline: Deadline): Promise<LocalFinding[]> {
  const findings: LocalFinding[] = []
  const here = data.filter(({ onNodes }) => onNodes)
  for (const source of here) {
    const { content, file } = source
    if (content === null) continue
    const path = formatPath(source.path)
    const found = await deadline.within<Uint8Array | Problem | 'late'>(
      nodeFileOf(source, content),
      deadline.leftMs,
      () => 'late',
    )
    if (found === 'late') {
      const hint = 'check the disk, or the network, that the file is on'
      findings.push({ check: 'data', level: 'WARN', path, seen: `${file} could not be read in time`, hint })
    } else if (!(found instanceof Uint8Array)) {
      findings.push({ check: 'data', level: 'FAIL', path, seen: found.message, hint: found.hint })
    }
  }
  if (findings.length > 0 || here.length === 0) return findings
  const seen = 'the data files that lie on the nodes are the same here as on the node that the suite was given to'
  return [{ check: 'data', level: 'PASS', seen }]
}

function judgeAllowed(suite: Suite, allowTarget: readonly string[], refused: readonly string[]): LocalFinding[] {
  if (allowTarget.length === 0) return []
  if (refused.length === 0)
    return [{ check: 'allow-target', level: 'PASS', seen: 'this node may fire at every target' }]
  return refused.map((origin) => {
    const fired = firedTasks(suite).find(({ task }) => httpOf(task)?.url.startsWith(origin) === true)
    return {
      check: 'allow-target',
      level: 'FAIL',
      ...(fired === undefined ? {} : { path: fired.path }),
      seen: `this node may not fire at ${origin}`,
      hint: 'start it with this target in --allow-target too, or change the suite',
    }
  })
}

function judgeTasks(suite: Suite, known: readonly string[]): LocalFinding[] {
  const missing = firedTasks(suite).filter(({ task }) => !known.includes(task.type))
  if (missing.length === 0) return [{ check: 'tasks', level: 'PASS', seen: 'every task of the suite is there' }]
  return missing.map(({ path, task }) => ({
    check: 'tasks',
    level: 'FAIL',
    path,
    seen: `there is no task ${task.type} on this node`,
    hint: 'run the same version of vajra, with the same tasks, on every node',
  }))
}

/** What templates name of the environment of every node. */
function judgeVariables({ env = [] }: Suite, environment: LocalPreflightOptions['environment']): LocalFinding[] {
  if (env.length === 0) return []
  const missing = env.filter((name) => environment[name] === undefined)
  if (missing.length === 0) return [{ check: 'environment', level: 'PASS', seen: 'every variable of `env` is set' }]
  return missing.map((name) => ({
    check: 'environment',
    level: 'FAIL',
    path: 'env',
    seen: `the environment variable ${name} is not set on this node`,
    hint: 'set it where the node is started, or take it out of `env` of the suite',
  }))
}

function judgeCredentials({ credentials }: ProbeResult): LocalFinding[] {
  const bad = credentials.flatMap(({ path, problem }): LocalFinding[] =>
    problem === null
      ? []
      : [
          {
            check: 'credentials',
            level: 'FAIL',
            path,
            seen: problem.message,
            hint: problem.hint ?? 'check the credentials, and what their references lead to on this node',
          },
        ],
  )
  if (bad.length > 0 || credentials.length === 0) return bad
  const seen =
    credentials.length === 1 ? 'the credentials are there' : `the credentials of ${credentials.length} tasks are there`
  return [{ check: 'credentials', level: 'PASS', seen }]
}

function leftOut(count: number): LocalFinding[] {
  if (count === 0) return []
  const seen = `${count} more ${count === 1 ? 'target was' : 'targets were'} not looked at`
  return [{ check: 'answer', level: 'WARN', seen, hint: 'split the suite, or look at them by hand' }]
}
