/** One fault under load, from the first node to the last exit code, and what must hold of every one of them. */

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { arrivalsAt, type Gap, gapAfter } from '../../../../examples/support/arrivals.ts'
import { type ClusterNode, isAlive, type TargetLog } from '../../../../examples/support/cluster.ts'
import type { Report } from '../../../../src/metrics/report-document.ts'
import { assertIdentities, started, suiteAt } from '../../cluster/support.ts'
import { type EnvironmentOf, FaultCluster } from './fault-cluster.ts'
import { Network } from './network.ts'
import { missing } from './prerequisites.ts'
import { addRow, finish } from './results.ts'

/** Longest that a crowded processor may have kept requests back and still count, in milliseconds. */
const LONGEST_DELAY_MS = 100

/** How long a run may take beyond its profile, in milliseconds. */
const END_MS = 45_000

/** At the end of all files: mocha's root hooks. */
after(finish)

/** What a fault must not do to the stream of requests. */
export interface Promised {
  readonly what: string
  /** Run time of the fault, and until when to look (before the next one), in milliseconds. */
  readonly from: number
  readonly until: number
  readonly withinMs: number
  /** Requests per second to be back at; the asked rate when left out. */
  readonly rate?: number
  /** In place of the rate: that every one of these nodes fires again. Known to a second, by the target's log. */
  readonly again?: readonly string[]
}

export interface FaultPlan {
  readonly nodes: readonly string[]
  /** Requests per second, of all nodes together. */
  readonly rate: number
  readonly seconds: number
  /** Something that only this case needs is missing. */
  readonly skipped?: boolean
  readonly flagsOf?: (name: string) => readonly string[]
  readonly environmentOf?: EnvironmentOf
  /** Started once the others are a mesh: it coordinates nothing at first. */
  readonly late?: string
  /** Before the first node starts. */
  readonly prepare?: (field: Field) => Promise<void>
  /** Causes the faults of the run and says what is promised of each. */
  readonly faults: (field: Field) => Promise<void>
}

/** A mesh under load, to do harm to. */
export class Field {
  readonly promises: Promised[] = []
  readonly killed = new Set<string>()
  readonly cluster: FaultCluster
  readonly network: Network
  coordinator!: ClusterNode
  /** T in epoch milliseconds. */
  startedAt = 0

  constructor(cluster: FaultCluster) {
    this.cluster = cluster
    this.network = cluster.network
  }

  /** The nodes that do not coordinate. */
  get followers(): ClusterNode[] {
    return this.cluster.nodes.filter((node) => node !== this.coordinator)
  }

  /** Run time, in milliseconds. */
  get now(): number {
    return Date.now() - this.startedAt
  }

  /** Resolves at a run time: real time has to pass for it. @returns the run time */
  async at(ms: number): Promise<number> {
    await sleep(Math.max(0, ms - this.now))
    return this.now
  }

  promise(promised: Promised): void {
    this.promises.push(promised)
  }

  async kill(node: ClusterNode): Promise<void> {
    this.killed.add(node.name)
    await this.cluster.kill(node)
  }
}

/** What came of a case; there once its tests run. */
export interface Outcome {
  readonly field: Field
  readonly report: Report
  readonly log: TargetLog
  /** Instants of arrival at the target in epoch milliseconds. */
  readonly arrivals: readonly number[]
  /** The report's text from each survivor, by name. */
  readonly texts: ReadonlyMap<string, string>
  readonly exitCodes: ReadonlyMap<string, number | null>
}

/** Describes a case: its run, what must hold always, and what else must hold of this one. */
export function describeFault(title: string, plan: FaultPlan, more: (outcome: () => Outcome) => void = () => {}): void {
  const describeIt = missing() === null && plan.skipped !== true ? describe : describe.skip
  describeIt(title, function () {
    this.timeout(120_000)
    let cluster: FaultCluster | undefined
    let outcome: Outcome | undefined
    const get = (): Outcome => outcome!

    before(async () => {
      cluster = new FaultCluster(await Network.create(plan.nodes), plan.environmentOf)
      outcome = await carryOut(cluster, plan)
      addRow(
        title,
        plan,
        outcome,
        outcome.field.promises.map((each) => ({ ...each, gap: gapOf(get(), plan, each) })),
      )
    })

    after(() => cluster?.close())

    it('never sends more than was asked for', () => assertNeverMore(get(), plan))
    it('is back at its rate within the promised time', () => assertKept(get(), plan))
    it('has every survivor tell the same bytes', () => assertSameBytes(get()))
    it('accounts for every request', () => assertAccounts(get(), plan))
    it('crashes no process, and lets every node leave', () => assertOrderlyEnd(get()))
    more(get)
  })
}

async function carryOut(cluster: FaultCluster, plan: FaultPlan): Promise<Outcome> {
  const { nodes, rate, seconds, flagsOf = () => [], late, prepare, faults } = plan
  const field = new Field(cluster)
  await prepare?.(field)
  const target = await cluster.startTarget()
  const first = nodes.filter((name) => name !== late)
  await Promise.all(first.map((name) => cluster.startNode(name, flagsOf(name))))
  if (late !== undefined) {
    await cluster.formed(first.length)
    await cluster.startNode(late, flagsOf(late))
  }
  await cluster.formed(nodes.length)
  field.coordinator = await cluster.coordinator()
  const observer = field.followers.at(-1) ?? field.coordinator
  const runId = await cluster.submit(observer, suiteAt(target.url, { rate, seconds }))
  field.startedAt = await started(cluster, observer, runId)
  await faults(field)
  await field.at(seconds * 1000)
  await cluster.ended(runId, END_MS)
  const survivors = cluster.alive()
  const texts = await Promise.all(
    survivors.map(async ({ http }) => (await fetch(`${http}/v1/runs/${runId}/report`)).text()),
  )
  const log = await target.log()
  const arrivals = await arrivalsAt(target.url)
  const codes = await Promise.all(survivors.map((node) => cluster.kill(node, 'SIGTERM')))
  await Promise.all(cluster.nodes.map(({ closed }) => closed))
  return {
    field,
    report: JSON.parse(texts[0] ?? '') as Report,
    log,
    arrivals,
    texts: new Map(survivors.map(({ name }, i) => [name, texts[i]!])),
    exitCodes: new Map(survivors.map(({ name }, i) => [name, codes[i] ?? null])),
  }
}

/** What came of a promise. */
export function gapOf(outcome: Outcome, plan: FaultPlan, { from, until, rate = plan.rate, again }: Promised): Gap {
  const { field, arrivals } = outcome
  const at = field.startedAt + from
  if (again === undefined) return gapAfter(arrivals, { at, until: field.startedAt + until, rate })
  const ends = again.map((name) => {
    const seconds = Object.keys(outcome.log.byNode[name]?.perSecond ?? {}).map(Number)
    return Math.min(...seconds.filter((second) => second * 1000 >= at)) * 1000 + 1000 - at
  })
  const restoredAfterMs = Math.max(...ends)
  return { restored: restoredAfterMs <= until - from, restoredAfterMs, missing: 0 }
}

/**
 * One arrival a node over the rate in any second of the target's log; and what was late: a request planned at the end of
 * one second may come in the next, where the answers' own delays bound how many they are.
 */
function assertNeverMore({ field, log, report }: Outcome, { rate, nodes }: FaultPlan): void {
  for (const [second, count] of Object.entries(log.perSecond)) {
    const at = Math.floor((Number(second) * 1000 - field.startedAt) / 1000)
    const delays = [at - 1, at, at + 1].map((each) => report.timeline[each]?.p99 ?? 0)
    const late = (rate * Math.min(LONGEST_DELAY_MS, Math.max(...delays))) / 1000
    const most = rate + nodes.length + late
    assert.ok(count <= most, `second ${at}: ${count} arrived, at most ${most.toFixed(0)} were asked for; ${told(log)}`)
  }
}

function assertKept(outcome: Outcome, plan: FaultPlan): void {
  const { field, log } = outcome
  for (const promised of field.promises) {
    const { restored, restoredAfterMs } = gapOf(outcome, plan, promised)
    const what = `${promised.what}; ${told(log)}; ${happened(outcome)}`
    assert.ok(
      restored,
      `not back at ${promised.rate ?? plan.rate}/s after ${promised.until - promised.from} ms: ${what}`,
    )
    assert.ok(
      restoredAfterMs <= promised.withinMs,
      `back after ${restoredAfterMs} ms, not ${promised.withinMs}: ${what}`,
    )
  }
}

function assertSameBytes({ texts, field, report }: Outcome): void {
  const survivors = field.cluster.nodes.length - field.killed.size
  assert.equal(texts.size, survivors, 'survivors that tell the report')
  assert.equal(new Set(texts.values()).size, 1, `the reports of ${[...texts.keys()].join(', ')} differ`)
  assert.match(report.digest, /\w/)
}

/** Exact, and without any allowance for time: a request that was fired twice would be in the target's log alone. */
function assertAccounts(outcome: Outcome, { rate, seconds }: FaultPlan): void {
  const { report, log, field } = outcome
  assertIdentities(report)
  const { scheduled, sent, unaccounted, failed } = report.totals
  assert.equal(scheduled, rate * seconds)
  assert.equal(failed, 0, JSON.stringify(report.totals.errors))
  for (const { node, requests } of report.coverage.nodes) {
    const seen = log.byNode[node]?.total ?? 0
    if (field.killed.has(node))
      assert.ok(requests <= seen, `${node}: the report has ${requests}, the target saw ${seen}`)
    else assert.equal(requests, seen, `requests of ${node}: the report against the target's log`)
  }
  assert.ok(log.total - sent <= unaccounted, `${log.total} arrived, ${sent} sent, ${unaccounted} unaccounted`)
  if (field.killed.size > 0) return
  assert.deepEqual(
    { arrived: log.total, complete: report.complete, status: report.status },
    { arrived: sent, complete: true, status: 'completed' },
    happened(outcome),
  )
  assert.equal(unaccounted, 0, happened(outcome))
}

function assertOrderlyEnd({ field, exitCodes }: Outcome): void {
  for (const node of field.cluster.nodes) {
    const { exitCode, signalCode } = node.process
    const stderr = node.stderr()
    assert.ok(!isAlive(node.process), `${node.name} has ended`)
    if (field.killed.has(node.name)) assert.equal(signalCode, 'SIGKILL', `${node.name} ended before: ${stderr}`)
    else assert.equal(exitCodes.get(node.name), 0, `${node.name} ended with ${exitCode ?? signalCode}: ${stderr}`)
    const errors = stderr.split('\n').filter((line) => /"level":[56]0/.test(line))
    assert.deepEqual(errors, [], `errors of ${node.name}`)
  }
}

/** The target's log and the report's events, for messages. */
function told({ perSecond, byNode }: TargetLog): string {
  const nodes = Object.entries(byNode).map(([name, node]) => `${name} ${Object.values(node.perSecond)}`)
  return `by second: ${Object.values(perSecond)} (${nodes.join('; ')})`
}

function happened({ report, field }: Outcome): string {
  const events = report.events.map(({ at, message }) => `${at} ${message}`)
  return `coordinator ${field.coordinator.name}; T ${field.startedAt}; ${events.join('; ')}`
}
