/** What the tests on real processes have in common: suites, the run's own time, and what must hold of every report. */

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../../../examples/support/asking.ts'
import type { Cluster, ClusterNode, CommandResult, Launched } from '../../../examples/support/cluster.ts'
import type { Report, Totals } from '../../../src/metrics/report-document.ts'

export type Target = Awaited<ReturnType<Cluster['startTarget']>>

export interface SuiteOptions {
  readonly rate: number
  readonly seconds: number
  /** Path on the target; `/fast` when left out. */
  readonly path?: string
  readonly timeout?: string
  readonly thresholds?: Readonly<Record<string, readonly unknown[]>>
  readonly onNodeLoss?: string
}

/** A suite of one scenario whose requests carry the name of the node that fires them. */
export function suiteAt(url: string, options: SuiteOptions): Record<string, unknown> {
  const { rate, seconds, path = '/fast', timeout, thresholds, onNodeLoss } = options
  return {
    name: 'integration',
    target: url,
    gracefulStop: '5s',
    ...(onNodeLoss !== undefined && { onNodeLoss }),
    scenarios: [
      {
        name: 'main',
        load: { rate: `${rate}/s`, duration: `${seconds}s` },
        http: { url: path, headers: { 'x-vajra-node': '{{node}}' }, ...(timeout !== undefined && { timeout }) },
      },
    ],
    ...(thresholds !== undefined && { thresholds }),
  }
}

/** Waits until a node says that a run has started. @returns the start in epoch milliseconds */
export async function started(cluster: Cluster, node: ClusterNode, runId: string): Promise<number> {
  let startedAt: string | null = null
  await until(`the start of run ${runId} as ${node.name} tells it`, 30_000, async () => {
    startedAt = (await cluster.run(node, runId)).startedAt
    return startedAt !== null
  })
  return Date.parse(startedAt ?? '')
}

/** Resolves at a moment of a run: real time has to pass for it. */
export async function runTime(startedAt: number, ms: number): Promise<void> {
  await sleep(Math.max(0, startedAt + ms - Date.now()))
}

/** What the target counted in each second of a run. */
export async function arrivalsBySecond(target: Target, startedAt: number, seconds: number): Promise<number[]> {
  const response = await fetch(`${target.url}/__arrivals?from=${startedAt}&to=${startedAt + seconds * 1000}`)
  const counts = new Array<number>(seconds).fill(0)
  for (const instant of (await response.json()) as number[]) counts[Math.floor((instant - startedAt) / 1000)]!++
  return counts
}

/**
 * How far the target's count for one second may be off the rate: by one percent, and by what the report itself says of
 * delays. If x requests planned in one second arrive in the next (on a machine that has too much to do), the first of
 * them is x / rate late; they are answered in the next second, so all but a hundredth of that second's requests bound
 * it: x <= rate / 100 + rate * p99. The same goes for those that come from the second before.
 */
export function allowedOff(report: Report, second: number, rate: number): number {
  const delays = [second, second + 1].map((at) => report.timeline[at]?.p99 ?? 0)
  return rate / 100 + (rate * Math.max(...delays)) / 1000
}

/** The identities every report of an ended run must satisfy, in all its totals. */
export function assertIdentities(report: Report): void {
  const parts: [string, Totals][] = [['totals', report.totals]]
  for (const scenario of report.scenarios) {
    parts.push([`totals of ${scenario.name}`, scenario.totals])
    for (const step of scenario.steps) parts.push([`totals of ${scenario.name}/${step.name}`, step.totals])
  }
  for (const [what, { scheduled, sent, dropped, succeeded, failed, unaccounted, errors }] of parts) {
    assert.equal(sent + dropped + unaccounted, scheduled, `${what}: sent + dropped + unaccounted = scheduled`)
    assert.equal(succeeded + failed, sent, `${what}: succeeded + failed = sent`)
    const kinds = Object.values(errors).reduce((sum, count) => sum + count, 0)
    assert.equal(kinds, failed, `${what}: the kinds of error sum to failed`)
  }
}

/** Holds what a report says each node sent against what the target saw of it. */
export async function assertNodeCounts(report: Report, target: Target, names: readonly string[]): Promise<void> {
  const { byNode } = await target.log()
  for (const name of names) {
    const told = report.coverage.nodes.find(({ node }) => node === name)
    assert.ok(told !== undefined, `node ${name} is in the report's coverage`)
    assert.equal(told.requests, byNode[name]?.total ?? 0, `requests of ${name}: the report against the target's log`)
  }
}

/** The report of a run from every living node, which must be the same bytes. */
export async function sameReport(cluster: Cluster, runId: string): Promise<Report> {
  const nodes = cluster.alive()
  const reports = await Promise.all(nodes.map((node) => cluster.report(node, runId)))
  const [first] = reports
  assert.ok(first !== undefined)
  for (const [i, report] of reports.entries()) {
    assert.deepEqual(report, first, `the report of ${nodes[i]?.name} against that of ${nodes[0]?.name}`)
  }
  return first
}

/** A report of a run on which nothing went wrong: everything planned was sent, answered and is known. */
export function assertFlawless(report: Report, planned: number): void {
  assertIdentities(report)
  const { scheduled, sent, dropped, failed, unaccounted, errors } = report.totals
  const seconds = report.timeline.map((point) => `${point.at}:${point.sent}+${point.dropped}-${point.failed}`)
  const events = report.events.map(({ at, message }) => `${at} ${message}`)
  assert.deepEqual(
    { scheduled, sent, dropped, failed, unaccounted, errors },
    { scheduled: planned, sent: planned, dropped: 0, failed: 0, unaccounted: 0, errors: {} },
    `every planned request was sent and answered. ${JSON.stringify(report.totals)}; sent+dropped-failed by second: ${seconds}; events: ${events.join('; ')}; nodes: ${JSON.stringify(report.coverage.nodes)}`,
  )
  const { status, complete, degraded } = report
  assert.deepEqual({ status, complete, degraded }, { status: 'completed', complete: true, degraded: false })
}

/** Lines of a node's log that warn of something or tell an error. */
export function complaints(node: Launched): string[] {
  return node
    .stderr()
    .split('\n')
    .filter((line) => /"level":[456]0/.test(line) || (line !== '' && !line.startsWith('{')))
}

export function assertCode(result: CommandResult, code: number, what: string): void {
  const output = `\nstderr: ${result.stderr}\nstdout: ${result.stdout.slice(0, 1000)}`
  assert.equal(result.code, code, `exit code of ${what}${output}`)
}
