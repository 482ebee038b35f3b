/** Measures one mesh: brings it to a run in progress, looks at a span of it, and kills its coordinator. */

import { setImmediate } from 'node:timers/promises'
import { SLOT_COUNT } from '../../src/run/allotment.ts'
import { isEnded } from '../../src/run/share-table.ts'
import { parseSuite } from '../../src/suite/parse.ts'
import { CpuSpan, type Spent, spentBetween, sumOfSpent } from './cpu-account.ts'
import { bootIdOf, COLLECTED_MS, DELAY_MS, ScaleMesh } from './scale-mesh.ts'
import type { ScaleNode } from './scale-node.ts'
import { type Flow, flowBetween, scaled, sumOfFlows } from './traffic.ts'
import { measureWindowRoles, type RoleLoad } from './window-roles.ts'

const RUN_ID = 'r0000mesh-0000000001'

/** Virtual time of one step of the benchmark: how exactly moments are seen, in milliseconds. */
const STEP_MS = 5

/** Everything promised takes seconds; what has not come by then does not come, in virtual milliseconds. */
const PATIENCE_MS = 30_000

/** Virtual time for a mesh without a run to hear of its coordinator, and for one with a run to come to rest. */
const FOLLOWING_MS = 2500
const SETTLING_MS = 1500

/** What a node does in a second, in the steady state of a run. */
export interface Load {
  /** Per second. */
  readonly flow: Flow
  /** Milliseconds of CPU time per second. */
  readonly cpu: Spent
}

/** What stopping a run costs its coordinator. */
export interface Ending {
  /** From when all have drained until the verdict, in virtual time; null when there never was one. */
  readonly verdictMs: number | null
  /** CPU time and traffic of the coordinator from the stop to the verdict; draining takes up to a second of that. */
  readonly cpuMs: number
  readonly flow: Flow
}

/** What a kill costs. */
export interface Recovery {
  /** From the kill until all slots are fired again, in virtual time; null when they never were. */
  readonly fullRateMs: number | null
  /** CPU time that the coordinator (the new one, when it was the old that was killed) used meanwhile, in milliseconds. */
  readonly cpuMs: number
  /** What it sent and got meanwhile. */
  readonly flow: Flow
}

export interface ScaleResult {
  readonly nodes: number
  readonly steadySeconds: number
  readonly node: Load
  readonly coordinator: Load
  /** The coordinator was killed. */
  readonly takeOver: Recovery
  /** Another node was killed. */
  readonly loss: Recovery
  /** The run was stopped, after the kills. */
  readonly ending: Ending
  /**
   * From the end of a second until a node has all of its windows added up: collecting, the way, and the CPU time that
   * taking in all of them costs.
   */
  readonly totalsAgeMs: number
  /** From the submit until all slots are fired, in virtual time. */
  readonly startMs: number
  /** Messages that the mesh would have refused: kind and reason. */
  readonly refusals: Readonly<Record<string, string>>
  /** What measuring took, in seconds. */
  readonly tookSeconds: number
}

export interface Plan {
  readonly nodes: number
  /** Virtual seconds of the span that is measured. */
  readonly steadySeconds: number
  /** Real seconds after which a mesh is given up. */
  readonly budgetSeconds: number
}

/** A mesh that takes too much to be measured. */
export class GivenUp extends Error {}

/** What windows cost a node of each role in a mesh of a size. */
export function measureRoles(nodes: number, seconds: number): Promise<RoleLoad[]> {
  const ids = Array.from({ length: nodes }, (_, index) => bootIdOf(index))
  const record = { ...recordBy(ids[0]!), voters: ids }
  return measureWindowRoles({ ids, record, suite: suite(), seconds })
}

/**
 * @throws GivenUp when it takes too long
 * @throws Error when the run does not come to its full rate
 */
export async function measureScale({ nodes, steadySeconds, budgetSeconds }: Plan): Promise<ScaleResult> {
  const began = performance.now()
  const mesh = new ScaleMesh(nodes, suite(), began + 1000 * budgetSeconds)
  try {
    await until(mesh, 'a coordinator', () => mesh.coordinator !== undefined)
    await advance(mesh, FOLLOWING_MS)
    const submittedAt = mesh.queue.now
    mesh.nodes[0]!.input({ kind: 'submit', record: recordOf(mesh) })
    await until(mesh, 'the full rate', () => mesh.firing === SLOT_COUNT)
    const startMs = mesh.queue.now - submittedAt
    mesh.noteBusy()
    await advance(mesh, SETTLING_MS)
    const steady = await measureSteady(mesh, steadySeconds)
    const loss = await measureKill(mesh, mesh.bystander, mesh.coordinator!)
    await advance(mesh, SETTLING_MS)
    const takeOver = await measureKill(mesh, mesh.coordinator!, mesh.nodes.at(-2)!)
    await advance(mesh, SETTLING_MS)
    const ending = await measureEnd(mesh, mesh.coordinator!)
    const windowsMs = steady.node.cpu.windows
    return {
      nodes,
      steadySeconds,
      ...steady,
      takeOver,
      loss,
      ending,
      totalsAgeMs: COLLECTED_MS + DELAY_MS + windowsMs,
      startMs,
      refusals: Object.fromEntries(mesh.refusals),
      tookSeconds: (performance.now() - began) / 1000,
    }
  } finally {
    mesh.close()
  }
}

async function measureSteady(mesh: ScaleMesh, seconds: number): Promise<{ node: Load; coordinator: Load }> {
  const coordinator = mesh.coordinator!
  const measured = [coordinator, ...mesh.plain]
  const before = measured.map(snapshot)
  const span = new CpuSpan()
  await advance(mesh, seconds * 1000)
  const { share } = span
  const loads = measured.map((node, i) => loadBetween(before[i]!, snapshot(node), seconds, share))
  const [first, ...others] = loads
  return { coordinator: first!, node: meanOf(others) }
}

/** @param observer whose part in it is told */
async function measureKill(mesh: ScaleMesh, victim: ScaleNode, observer: ScaleNode): Promise<Recovery> {
  const killedAt = mesh.queue.now
  const before = snapshot(observer)
  const span = new CpuSpan()
  mesh.kill(victim)
  const isBack = await reached(mesh, () => mesh.firing === SLOT_COUNT)
  const { cpu, flow } = loadBetween(before, snapshot(observer), 1, span.share)
  return { fullRateMs: isBack ? mesh.queue.now - killedAt : null, cpuMs: sumOfSpent(cpu), flow }
}

async function measureEnd(mesh: ScaleMesh, coordinator: ScaleNode): Promise<Ending> {
  const before = snapshot(coordinator)
  const span = new CpuSpan()
  coordinator.input({ kind: 'stop', runId: RUN_ID, stop: 'user', reason: 'measured' })
  await until(mesh, 'draining of all', () => mesh.alive.every((node) => node.threads.isDrained))
  const drainedAt = mesh.queue.now
  const phase = () => coordinator.state.runs.get(RUN_ID)?.table?.phase ?? 'created'
  const isOver = await reached(mesh, () => isEnded(phase()))
  const { cpu, flow } = loadBetween(before, snapshot(coordinator), 1, span.share)
  return { verdictMs: isOver ? mesh.queue.now - drainedAt : null, cpuMs: sumOfSpent(cpu), flow }
}

interface Snapshot {
  readonly flow: Flow
  readonly spent: Spent
}

function snapshot(node: ScaleNode): Snapshot {
  return { flow: node.traffic.flow, spent: node.cpu.spent }
}

function loadBetween(before: Snapshot, after: Snapshot, seconds: number, share: number): Load {
  const flow = scaled(flowBetween(before.flow, after.flow), 1 / seconds)
  return { flow, cpu: spentBetween(before.spent, after.spent, share / seconds) }
}

function meanOf(loads: readonly Load[]): Load {
  const part = 1 / loads.length
  const mean = (pick: (spent: Spent) => number) => part * loads.reduce((sum, { cpu }) => sum + pick(cpu), 0)
  return {
    flow: scaled(sumOfFlows(loads.map(({ flow }) => flow)), part),
    cpu: {
      core: mean(({ core }) => core),
      codec: mean(({ codec }) => codec),
      windows: mean(({ windows }) => windows),
    },
  }
}

async function advance(mesh: ScaleMesh, ms: number): Promise<void> {
  const end = mesh.queue.now + ms
  await reached(mesh, () => mesh.queue.now >= end, ms)
}

async function until(mesh: ScaleMesh, what: string, condition: () => boolean): Promise<void> {
  if (await reached(mesh, condition)) return
  const refusals = [...mesh.refusals].map(([kind, why]) => `${kind}: ${why}`)
  throw new Error(`${mesh.nodes.length} nodes: no ${what} within ${PATIENCE_MS} ms; refused: ${refusals.join('; ')}`)
}

/** Lets the event loop run between steps: the window exchange asks it for turns. */
async function reached(mesh: ScaleMesh, condition: () => boolean, ms = PATIENCE_MS): Promise<boolean> {
  const end = mesh.queue.now + ms
  while (!condition()) {
    if (mesh.queue.now >= end) return false
    if (performance.now() > mesh.deadline) throw new GivenUp(mesh.describe())
    mesh.queue.advance(Math.min(STEP_MS, end - mesh.queue.now))
    await setImmediate()
  }
  return true
}

const SUITE =
  'name: scale\ntarget: http://127.0.0.1:9\nscenarios:\n  - { name: browse, load: { rate: 1000/s, duration: 300s }, http: /products }\n'

function suite() {
  const parsed = parseSuite({ text: SUITE, format: 'yaml' })
  if (!parsed.ok) throw new Error('the suite of the benchmark is not valid')
  return parsed.suite
}

function recordOf(mesh: ScaleMesh) {
  return recordBy(mesh.nodes[0]!.bootId)
}

function recordBy(bootId: string) {
  return {
    runId: RUN_ID,
    createdAt: 1_700_000_000_000,
    origin: bootId,
    originName: 'node-1',
    source: { text: SUITE, format: 'yaml' as const },
  }
}
