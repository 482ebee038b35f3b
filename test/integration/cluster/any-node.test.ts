/** Any node takes a suite, any node answers for every run: over the API and with the command line. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { getJson, until } from '../../../examples/support/asking.ts'
import { Cluster, type ClusterNode, type Launched } from '../../../examples/support/cluster.ts'
import type { ShopLog } from '../../../examples/target-shop.ts'
import type { NodesDocument, RunDocument } from '../../../src/api/node-port.ts'
import { EXIT } from '../../../src/base/errors.ts'
import type { Report } from '../../../src/metrics/report-document.ts'
import {
  arrivalsBySecond,
  assertCode,
  assertFlawless,
  assertNodeCounts,
  runTime,
  type SuiteOptions,
  sameReport,
  started,
  suiteAt,
  type Target,
} from './support.ts'

describe('any node', function () {
  this.timeout(90_000)
  const cluster = new Cluster()
  let target: Target
  let n1: ClusterNode
  let n2: ClusterNode
  let n3: ClusterNode

  before(async () => {
    target = await cluster.startTarget()
    ;[n1, n2, n3] = (await cluster.startNodes(['n1', 'n2', 'n3'])) as [ClusterNode, ClusterNode, ClusterNode]
    await cluster.formed(3)
  })

  after(() => cluster.close())

  function suiteFile(options: SuiteOptions): string {
    const path = join(cluster.folder, 'suite.json')
    writeFileSync(path, JSON.stringify(suiteAt(target.url, options)))
    return path
  }

  /** Starts `vajra submit --follow` and waits until the run has started. */
  async function follow(node: ClusterNode, options: SuiteOptions, flags: readonly string[] = []) {
    const command = cluster.begin(['submit', suiteFile(options), '--follow', '--node', node.http, ...flags])
    const runId = await runIdOf(command)
    // Asked of a node that lives through the test.
    return { command, runId, startedAt: await started(cluster, n1, runId) }
  }

  async function runIdOf(command: Launched): Promise<string> {
    const pattern = /^run (\S+)$/m
    await until('the id of the run on stderr', 30_000, () => pattern.test(command.stderr()))
    return pattern.exec(command.stderr())![1]!
  }

  async function json<T>(args: readonly string[], code: number = EXIT.ok): Promise<T> {
    const result = await cluster.command([...args, '--json'])
    assertCode(result, code, `vajra ${args.join(' ')}`)
    return JSON.parse(result.stdout) as T
  }

  it('answers for a run that another node took, with the same digest', async () => {
    await target.reset()
    const { command, runId } = await follow(n1, { rate: 200, seconds: 3 }, ['--json'])
    const watching = [n1, n2, n3].map((node) => cluster.begin(['watch', runId, '--json', '--node', node.http]))
    await cluster.ended(runId, 30_000)
    const report = await sameReport(cluster, runId)
    assertFlawless(report, 600)
    await assertNodeCounts(report, target, ['n1', 'n2', 'n3'])
    for (const follower of [command, ...watching]) {
      const result = await cluster.outcome(follower)
      assertCode(result, EXIT.ok, follower.name)
      assert.deepEqual(JSON.parse(result.stdout), report, follower.name)
    }
    await Promise.all(
      [n1, n2, n3].map(async (node) => {
        const at = ['--node', node.http]
        assert.equal((await json<Report>(['report', runId, ...at])).digest, report.digest)
        const { runs } = await json<{ runs: RunDocument[] }>(['runs', ...at])
        assert.deepEqual(
          runs.map((run) => [run.runId, run.status, run.complete, run.submittedTo]),
          [[runId, 'completed', true, 'n1']],
        )
        const run = await json<RunDocument>(['status', runId, ...at])
        assert.deepEqual([run.runId, run.status], [runId, 'completed'])
        const nodes = await json<NodesDocument>(['nodes', ...at])
        assert.deepEqual([nodes.self, nodes.nodes.map(({ name }) => name)], [node.name, ['n1', 'n2', 'n3']])
      }),
    )
  })

  it('answers for a run that had ended before it joined', async () => {
    const [before] = (await json<{ runs: RunDocument[] }>(['runs', '--node', n1.http])).runs
    const late = await cluster.startNode('late')
    await cluster.formed(4)
    await cluster.ended(before!.runId, 15_000)
    const report = await sameReport(cluster, before!.runId)
    assert.ok(report.complete && report.totals.sent === 600)
    await cluster.leave(late)
    await cluster.formed(3)
  })

  it('changes the rate of a run that goes on, everywhere from the same time, and says why it cannot', async () => {
    await target.reset()
    const { command, runId, startedAt } = await follow(n1, { rate: 120, seconds: 5 }, ['--json'])
    const scale = (...flags: string[]) => cluster.command(['scale', runId, ...flags, '--node', n2.http])
    const wrong = await Promise.all([
      scale('--scenario', 'other', '--rate', '5/s'),
      scale('--users', '5'),
      scale('--rate', '2000000/s'),
    ])
    for (const result of wrong) assertCode(result, EXIT.invalidInput, result.stderr)
    const texts = [
      /no scenario "other"\n {2}hint: it has: main/,
      /scenario main has a rate, not users/,
      /allowed: 0\/s to/,
    ]
    for (const [i, text] of texts.entries()) assert.match(wrong[i]!.stderr, text)
    const [up] = await Promise.all([json<{ at: number }>(['scale', runId, '--rate', '300/s', '--node', n2.http])])
    await runTime(startedAt, up.at + 200)
    const down = await json<{ at: number }>(['scale', runId, '--scenario', 'main', '--rate', '60/s', '--node', n3.http])
    await cluster.ended(runId, 30_000)
    const report = await sameReport(cluster, runId)
    const planned = (120 * up.at + 300 * (down.at - up.at) + 60 * (5000 - down.at)) / 1000
    assertFlawless(report, Math.ceil(planned - 0.5))
    await assertNodeCounts(report, target, ['n1', 'n2', 'n3'])
    const told = report.events.filter(({ kind }) => kind === 'scaled')
    assert.deepEqual(
      told.map(({ at }) => at),
      [up.at, down.at],
    )
    assert.equal(report.timeline[4]?.scheduled, 60)
    assertCode(await cluster.outcome(command), EXIT.ok, 'submit --follow')
    const late = await scale('--rate', '5/s')
    assertCode(late, EXIT.invalidInput, 'scale of a run that has ended')
    assert.match(late.stderr, /has ended/)
  })

  it('takes the steps of a setup and a teardown once in the whole mesh, and fails where the setup does', async () => {
    await target.reset()
    const step = (path: string) => ({ http: { url: path } })
    const suite = suiteAt(target.url, { rate: 60, seconds: 1 })
    const own = { 'x-vajra-node': '{{node}}' }
    const runId = await cluster.submit(n2, {
      ...suite,
      setup: [
        step('/fast?setup'),
        {
          name: 'login',
          http: { method: 'POST', url: '/login', headers: own, json: { user: 'ada' } },
          extract: { token: 'json:$.token', session: { from: 'cookie:session', secret: true } },
        },
      ],
      scenarios: [
        {
          name: 'main',
          load: { rate: '60/s', duration: '1s' },
          http: { url: '/cart', headers: { ...own, authorization: 'Bearer {{setup.token}}' } },
        },
      ],
      teardown: [{ http: { url: '/cart', headers: { ...own, cookie: 'session={{setup.session}}' } } }],
    })
    await cluster.ended(runId, 30_000)
    const report = await sameReport(cluster, runId)
    assertFlawless(report, 60)
    assert.deepEqual([report.setup?.ok, report.teardown?.ok, report.setup?.node], [true, true, report.teardown?.node])
    const log = await target.log()
    assert.equal(log.total, 63)
    const { users, ownTokens, foreignTokens, refused } = await getJson<ShopLog>(`${target.url}/__shop`)
    assert.deepEqual([users, ownTokens + foreignTokens, refused], [{ ada: 1 }, 61, 0])
    const carts = log.byPath['/cart'] ?? {}
    assert.ok(
      ['n1', 'n2', 'n3'].every((name) => (carts[name] ?? 0) >= 20),
      JSON.stringify(carts),
    )
    const failing = await cluster.submit(n1, { ...suite, setup: [{ name: 'make', ...step('/status/500') }] })
    await cluster.ended(failing, 30_000)
    assert.equal((await sameReport(cluster, failing)).setup?.ok, false)
    const watched = await cluster.command(['watch', failing, '--node', n3.http])
    assertCode(watched, EXIT.taskSetupFailed, 'watch')
    assert.match(watched.stderr, /SETUP_FAILED: node n\d: step make: http_5xx/)
  })

  it('runs several suites at once, each exactly', async () => {
    const suite = suiteAt(target.url, { rate: 60, seconds: 2 })
    const nodes = [n1, n2, n3, n1, n2, n3]
    const runIds = await Promise.all(nodes.map((node) => cluster.submit(node, suite)))
    for (const runId of runIds) {
      await cluster.ended(runId, 30_000)
      assertFlawless(await sameReport(cluster, runId), 120)
    }
  })

  it('ends with 99 when a threshold is crossed', async () => {
    const options = { rate: 50, seconds: 2, thresholds: { duration: ['p(95)<0.001ms'] } }
    const result = await cluster.command(['submit', suiteFile(options), '--follow', '--json', '--node', n2.http])
    assertCode(result, EXIT.thresholdsCrossed, 'submit --follow')
    const { thresholds, complete } = JSON.parse(result.stdout) as Report
    assert.deepEqual([complete, thresholds.map(({ ok }) => ok)], [true, [false]])
  })

  it('stops a run on every node within a second of a fault that lasts, names it, and ends with 99', async () => {
    await target.reset()
    const threshold = { threshold: 'p(90)>50ms for 2s', abortOnFail: true }
    const thresholds = { 'duration{scenario:main,step:http}': [threshold], 'failed{node:n2}': ['rate<1%'] }
    const { command, runId, startedAt } = await follow(n2, { rate: 150, seconds: 60, path: '/slow', thresholds }, [
      '--json',
    ])
    const result = await cluster.outcome(command, 30_000)
    assertCode(result, EXIT.thresholdsCrossed, 'submit --follow')
    const report = await sameReport(cluster, runId)
    const [crossed, other] = report.thresholds
    assert.deepEqual([report.status, report.complete, crossed!.ok, other!.ok], ['stopped', true, false, true])
    assert.ok(crossed!.stoppedRun!.observed! >= 90, JSON.stringify(crossed))
    assert.ok(crossed!.longest!.seconds >= 2 && crossed!.observed! > 50, JSON.stringify(crossed))
    const event = report.events.find(({ kind }) => kind === 'threshold-crossed')
    assert.match(
      event!.message,
      /^threshold duration\{scenario:main,step:http\} 'p\(90\)>50ms for 2s' is crossed: p\(90\)=/,
    )
    // The first two seconds cross it; one more for the stop, and what the nodes' clocks are off.
    const lasts = report.coverage.nodes.map(({ lastAt }) => lastAt!)
    assert.ok(
      lasts.length === 3 && Math.max(report.durationMs, ...lasts) <= 3000 + 50,
      `${report.durationMs}, ${lasts}`,
    )
    const late = (await arrivalsBySecond(target, startedAt, 8)).slice(4)
    assert.deepEqual(
      late,
      late.map(() => 0),
    )
  })

  it('stops a run from another node; its follower ends with 103', async () => {
    const { command, runId, startedAt } = await follow(n1, { rate: 100, seconds: 60 })
    await runTime(startedAt, 1000)
    await json(['stop', runId, '--node', n3.http])
    const result = await cluster.outcome(command, 30_000)
    assertCode(result, EXIT.stoppedByUser, 'submit --follow')
    const report = await sameReport(cluster, runId)
    assert.equal(report.status, 'stopped')
    assert.ok(report.complete && !report.degraded && report.totals.unaccounted === 0, JSON.stringify(report.totals))
    assert.ok(report.durationMs < 20_000, `it ended at ${report.durationMs} ms`)
  })

  it('stops its run on Ctrl-C, prints the summary and ends with 105', async () => {
    const { command, runId, startedAt } = await follow(n2, { rate: 100, seconds: 60 })
    await runTime(startedAt, 1000)
    command.process.kill('SIGINT')
    const result = await cluster.outcome(command, 30_000)
    assertCode(result, EXIT.interrupted, 'submit --follow after SIGINT')
    assert.match(result.stdout, new RegExp(`stopped after .*\\n  run +${runId}\\n`))
    const { status, complete } = await sameReport(cluster, runId)
    assert.deepEqual({ status, complete }, { status: 'stopped', complete: true })
  })

  it('goes on when the node it follows is killed, and ends with 96', async () => {
    const { command, runId, startedAt } = await follow(n3, { rate: 100, seconds: 5 }, ['--json'])
    await runTime(startedAt, 1500)
    await cluster.kill(n3)
    const result = await cluster.outcome(command, 60_000)
    assertCode(result, EXIT.incompleteCoverage, 'submit --follow')
    assert.match(result.stderr, /going on with http/)
    const report = await sameReport(cluster, runId)
    assert.deepEqual(JSON.parse(result.stdout), report)
    assert.ok(report.degraded && !report.complete)
    assert.deepEqual(
      report.coverage.nodes.filter((node) => node.lost).map(({ node }) => node),
      ['n3'],
    )
  })
})
