/** `vajra run` and `vajra quick`: one process, no mesh, the same reports and exit codes. */

import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../../examples/support/asking.ts'
import { Cluster, type CommandResult } from '../../../examples/support/cluster.ts'
import { CLIENT_SECRET } from '../../../examples/target-tokens.ts'
import { EXIT } from '../../../src/base/errors.ts'
import type { Report } from '../../../src/metrics/report-document.ts'
import { assertCode, assertFlawless, assertIdentities, suiteAt, type Target } from './support.ts'

const FOLDER = join(import.meta.dirname, '../../../examples')
const EXAMPLES = ['quick-start.yaml', 'oauth2.yaml', 'sequential.yaml', 'stages.yaml', 'users.json']

describe('a run in one process', function () {
  this.timeout(60_000)
  const cluster = new Cluster({ SHOP_CLIENT_SECRET: CLIENT_SECRET })
  let target: Target
  /** They take half a minute, and run beside the other tests against a target of their own. */
  let examples: Promise<CommandResult[]>
  /** Long enough to tell of its progress. */
  let told: Promise<CommandResult>

  before(async () => {
    target = await cluster.startTarget()
    const other = await cluster.startTarget()
    examples = Promise.all(
      EXAMPLES.map((name) => cluster.command(['run', aimed(name, other.url), '--quiet', '--json'])),
    )
    told = cluster.command(['quick', `${other.url}/fast`, '-r', '50', '-d', '6s'])
  })

  after(() => cluster.close())

  /** A copy of an example that fires at another target. */
  function aimed(name: string, url: string): string {
    const text = readFileSync(join(FOLDER, name), 'utf8')
    const changed = text.replaceAll('http://127.0.0.1:8080', url)
    assert.notEqual(changed, text, `${name} has the target that is replaced`)
    const path = join(cluster.folder, name)
    writeFileSync(path, changed)
    return path
  }

  async function reportOf(args: readonly string[], code: number = EXIT.ok): Promise<Report> {
    const result = await cluster.command([...args, '--quiet', '--json'])
    assertCode(result, code, `vajra ${args.join(' ')}`)
    assert.equal(result.stderr, '', 'stderr of a quiet run')
    const report = JSON.parse(result.stdout) as Report
    assertIdentities(report)
    return report
  }

  const sentBy = (report: Report) => Object.fromEntries(report.scenarios.map(({ name, totals }) => [name, totals.sent]))

  it('leaves the warm-up out of every total, and counts it beside', async () => {
    await target.reset()
    const suite = suiteAt(target.url, { rate: 50, seconds: 2 })
    const [scenario] = suite.scenarios as { load: object }[]
    const path = join(cluster.folder, 'warm.json')
    const load = { ...scenario!.load, warmup: '1s' }
    writeFileSync(path, JSON.stringify({ ...suite, scenarios: [{ ...scenario, load }] }))
    const report = await reportOf(['run', path])
    assertFlawless(report, 100)
    assert.equal(report.scenarios[0]!.warmup.sent, 50)
    assert.equal((await target.log()).total, 150, 'requests at the target')
    assert.equal(report.coverage.nodes[0]!.requests, 150)
  })

  it('fires at one URL without a suite', async () => {
    const [report, users] = await Promise.all([
      reportOf(['quick', `${target.url}/fast`, '--rate', '100', '--duration', '2s']),
      reportOf(['quick', `${target.url}/delay/50`, '-u', '4', '-d', '2s']),
    ])
    assertFlawless(report, 200)
    // 4 users, 50 ms an iteration: 80 a second at the most.
    assert.ok(users.totals.sent > 100 && users.totals.sent <= 164, `iterations of 4 users: ${users.totals.sent}`)
    assert.equal(users.totals.failed, 0)
  })

  it('writes text without colour or redrawing to a pipe, progress to stderr', async () => {
    const result = await told
    assertCode(result, EXIT.ok, 'vajra quick')
    assert.match(result.stdout, /requests\.*: 300 /)
    assert.match(result.stderr, /start/)
    for (const [name, text] of [
      ['stdout', result.stdout],
      ['stderr', result.stderr],
    ] as const) {
      assert.ok(
        !text.includes('\x1b') && !text.includes('\r'),
        `control characters on ${name}: ${JSON.stringify(text)}`,
      )
      assert.ok(text.endsWith('\n'))
    }
  })

  it('writes the report to files in every format', async () => {
    const file = (name: string) => join(cluster.folder, name)
    const outs = ['json=report', 'csv=report.csv', 'junit=report.xml', 'text=report.txt']
    const flags = outs.flatMap((out) => ['--out', out.replace('=', `=${cluster.folder}/`)])
    const exported = ['--summary-export', file('summary.json')]
    const report = await reportOf(['quick', `${target.url}/fast`, '-r', '20', '-d', '1s', ...flags, ...exported])
    assert.deepEqual(JSON.parse(readFileSync(file('report'), 'utf8')), report)
    assert.deepEqual(JSON.parse(readFileSync(file('summary.json'), 'utf8')), report)
    assert.match(readFileSync(file('report.csv'), 'utf8'), /^at,scheduled,sent/)
    assert.match(readFileSync(file('report.xml'), 'utf8'), /^<\?xml.*<\/testsuites>\n$/s)
    assert.match(readFileSync(file('report.txt'), 'utf8'), new RegExp(report.digest))
    const refused = await cluster.command(['quick', target.url, '--out', `json=${cluster.folder}/no/such/folder`])
    assertCode(refused, EXIT.invalidInput, 'a file that cannot be written, told before anything is fired')
  })

  it('ends with 99 on a crossed threshold, 0 when told not to mind, 105 on Ctrl-C', async () => {
    const path = join(cluster.folder, 'crossed.json')
    const thresholds = { failed: ['rate<1%'] }
    writeFileSync(path, JSON.stringify(suiteAt(target.url, { rate: 50, seconds: 1, path: '/status/500', thresholds })))
    const command = cluster.begin(['quick', `${target.url}/fast`, '-r', '50', '-d', '60s'])
    const [crossed] = await Promise.all([
      cluster.command(['run', path, '--quiet', '--json']),
      reportOf(['run', path, '--no-thresholds']),
      until('the start of the run', 20_000, () => command.stderr().includes('start')),
    ])
    assertCode(crossed, EXIT.thresholdsCrossed, 'vajra run')
    assert.match(crossed.stderr, /a threshold was crossed/)
    command.process.kill('SIGINT')
    const interrupted = await cluster.outcome(command, 20_000)
    assertCode(interrupted, EXIT.interrupted, 'vajra quick after SIGINT')
    assert.match(interrupted.stdout, /requests\.*: /)
  })

  it('stops early when a threshold that may abort is crossed', async () => {
    const path = join(cluster.folder, 'abort.json')
    const thresholds = { failed: [{ threshold: 'rate<10%', abortOnFail: true, delayAbortEval: '1s' }] }
    writeFileSync(path, JSON.stringify(suiteAt(target.url, { rate: 50, seconds: 60, path: '/status/500', thresholds })))
    const result = await cluster.command(['run', path, '--quiet', '--json'])
    assertCode(result, EXIT.thresholdsCrossed, 'vajra run')
    const report = JSON.parse(result.stdout) as Report
    assertIdentities(report)
    assert.equal(report.status, 'stopped')
    assert.ok(report.durationMs > 1000 && report.durationMs < 8000, `stopped at ${report.durationMs} ms`)
  })

  it('runs the example suites', async () => {
    const results = await examples
    for (const [i, result] of results.entries()) assertCode(result, EXIT.ok, `vajra run ${EXAMPLES[i]}`)
    const reports = results.map(({ stdout }) => JSON.parse(stdout) as Report)
    const [start, oauth2, sequential, stages, users] = reports as [Report, Report, Report, Report, Report]

    assertFlawless(start, 1000)
    assert.deepEqual(start.scenarios[0]!.warmup, { sent: 200, succeeded: 200, failed: 0, dropped: 0 })
    assert.equal(start.durationMs, 12_000)
    assert.equal(start.totals.rate, 100, 'the rate of the measured part, warm-up left out')

    // 401 without a token, or with one that has expired: they live for half of the run.
    assertFlawless(oauth2, 1200)

    assertFlawless(sequential, 960)
    assert.deepEqual(sentBy(sequential), { pages: 800, orders: 160 })
    // One after the other: the second begins two seconds after the first is over.
    assert.deepEqual(
      sequential.timeline.slice(0, 18).map(({ sent }) => sent),
      [...new Array(8).fill(100), 0, 0, ...new Array(8).fill(20)],
    )

    assertIdentities(stages)
    assert.equal(sentBy(stages).browse, 3000)
    const orders = sentBy(stages).order!
    assert.ok(orders > 50 && orders < 160, `orders that arrive at random, 100 expected: ${orders}`)

    const { totals, scenarios } = users
    assert.equal(totals.failed, 0)
    // 20 users, one iteration in 100 ms of answer and 200 ms of thought: 66.7 a second for 15 s.
    assert.ok(totals.sent > 800 && totals.sent <= 1020, `iterations of 20 users: ${totals.sent}`)
    assert.ok(scenarios[0]!.warmup.sent > 0)
  })

  it('leaves nothing behind', () => {
    assert.ok(!existsSync(join(cluster.folder, 'config')) && !existsSync(join(cluster.folder, 'data')))
  })
})
