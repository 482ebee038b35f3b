/**
 * The suites of examples/, as they stand, on a mesh of three: what they report is held against the target's own log.
 *
 * They fire at port 8080 of this machine, which has to be free.
 */

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { getJson } from '../../examples/support/asking.ts'
import { Cluster } from '../../examples/support/cluster.ts'
import type { TargetLog } from '../../examples/target-log.ts'
import type { ShopLog } from '../../examples/target-shop.ts'
import { CLIENT_SECRET } from '../../examples/target-tokens.ts'
import type { Report } from '../../src/metrics/report-document.ts'
import { parseSuite } from '../../src/suite/parse.ts'
import { assertIdentities } from '../integration/cluster/support.ts'

const EXAMPLES = join(import.meta.dirname, '../../examples')
const NODES = ['a', 'b', 'c']
const PORT = 8080
const RUN_MS = 90_000

interface Outcome {
  readonly report: Report
  readonly log: TargetLog
  readonly shop: ShopLog
}

/** Requests to a path, of one node or of all. */
function arrived({ byPath }: TargetLog, path: string, node?: string): number {
  const counts = byPath[path] ?? {}
  if (node !== undefined) return counts[node] ?? 0
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

function sentBy({ scenarios }: Report, scenario: string, step?: string): number {
  const found = scenarios.find(({ name }) => name === scenario)
  assert.ok(found, `scenario ${scenario}`)
  return step === undefined ? found.totals.sent : (found.steps.find(({ name }) => name === step)?.totals.sent ?? -1)
}

/** What must hold beyond what holds of all, by file. */
const CLAIMS: Readonly<Record<string, (outcome: Outcome) => void>> = {
  'journey.yaml': ({ report, log, shop }) => {
    const steps = { login: '/login', browse: '/products', cart: '/cart', checkout: '/checkout' }
    for (const [step, path] of Object.entries(steps)) {
      assert.equal(sentBy(report, 'customer', step), arrived(log, path), `requests of step ${step}`)
    }
    assert.equal(arrived(log, '/products'), 2 * arrived(log, '/login'))
    assert.equal(new Set(Object.values(shop.users)).size, 1, 'every user logs in once')
    assert.equal(Object.keys(shop.users).length, arrived(log, '/login'))
    assert.equal(shop.foreignTokens, 0, 'tokens are used by the node that got them')
    assert.equal(shop.ownTokens, arrived(log, '/cart') + arrived(log, '/checkout'))
    assert.equal(report.scenarios[0]?.iterations?.succeeded, arrived(log, '/login'))
    assert.ok((report.totals.checks?.passed ?? 0) > 0)
    assert.equal(report.totals.checks?.failed, 0)
  },
  'mix.yaml': ({ report, log }) => {
    const parts = [
      ['look', '/products', 0.7],
      ['put', '/delay/2', 0.2],
      ['buy', '/checkout', 0.1],
    ] as const
    for (const [step, path, part] of parts) {
      assert.equal(sentBy(report, 'shop', step), arrived(log, path), `requests of ${step}`)
      for (const node of NODES) {
        const all = log.byNode[node]?.total ?? 0
        const off = arrived(log, path, node) - part * all
        assert.ok(all > 100 && Math.abs(off) <= 1, `${node}: ${step} is ${off.toFixed(2)} off its part of ${all}`)
      }
    }
  },
  'services.yaml': ({ report, log }) => {
    const paths = { catalog: '/products', search: '/fast', payment: '/checkout', reports: '/slow' }
    for (const [scenario, path] of Object.entries(paths)) assert.equal(sentBy(report, scenario), arrived(log, path))
  },
  'csv-users.yaml': ({ log, shop }) => {
    const rows = readFileSync(join(EXAMPLES, 'users.csv'), 'utf8').trim().split('\n').slice(1)
    const once = rows.map((row) => [row.split(',')[0]!, 1] as const)
    assert.deepEqual(shop.users, Object.fromEntries(once), 'every row is used once')
    assert.equal(arrived(log, '/login'), rows.length)
  },
  'setup.yaml': ({ report, log, shop }) => {
    assert.ok(report.setup?.ok && report.teardown?.ok, JSON.stringify([report.setup, report.teardown]))
    assert.equal(report.setup.node, report.teardown.node)
    assert.deepEqual([shop.users, shop.refused], [{ ada: 1 }, 0], 'one login for all')
    const carts = arrived(log, '/cart')
    assert.equal(carts, sentBy(report, 'cart') + 1)
    assert.equal(shop.ownTokens + shop.foreignTokens, carts)
    for (const node of NODES) assert.ok(arrived(log, '/cart', node) >= 100, `${node} uses the token`)
  },
  'oauth2.yaml': ({ report, log }) => assert.equal(sentBy(report, 'orders'), arrived(log, '/orders')),
}

describe('example suites on a mesh of three', function () {
  this.timeout(RUN_MS + 30_000)
  const cluster = new Cluster({ SHOP_CLIENT_SECRET: CLIENT_SECRET })
  let target: Awaited<ReturnType<Cluster['startTarget']>>

  before(async () => {
    target = await cluster.startTarget('127.0.0.1', PORT)
    await cluster.startNodes(NODES)
    await cluster.formed(NODES.length)
  })

  after(() => cluster.close())

  /** Submits a file to one node, follows it there, and asks the others. */
  async function play(file: string, node: string): Promise<Outcome & { readonly code: number | null }> {
    await target.reset()
    const { http } = cluster.node(node)
    const { code, stdout, stderr } = await cluster.command(
      ['submit', file, '--node', http, '--follow', '--json'],
      RUN_MS,
    )
    assert.ok(stdout.startsWith('{'), `${stdout}\n${stderr}`)
    const { runId, digest } = JSON.parse(stdout) as Report
    await cluster.ended(runId, 10_000)
    const reports = await Promise.all(cluster.alive().map((each) => cluster.report(each, runId)))
    assert.deepEqual(new Set(reports.map((report) => report.digest)), new Set([digest]), 'all nodes tell the same')
    const log = await target.log()
    return { code, report: reports[0]!, log, shop: await getJson<ShopLog>(`${target.url}/__shop`) }
  }

  for (const [i, file] of globSync('*.{yaml,json}', { cwd: EXAMPLES }).sort().entries()) {
    it(`${file} reports what the target saw`, async () => {
      const { code, ...outcome } = await play(join(EXAMPLES, file), NODES[i % NODES.length]!)
      const { report, log } = outcome
      assertIdentities(report)
      assert.equal(code, 0, JSON.stringify({ thresholds: report.thresholds, totals: report.totals }))
      assert.equal(report.complete, true)
      assert.deepEqual(report.totals.errors, {})
      assert.equal(log.total, report.totals.sent + warmUps(report) + onceSteps(file))
      assert.equal(report.coverage.nodes.filter(({ requests }) => requests > 0).length, NODES.length)
      CLAIMS[file]?.(outcome)
    })
  }

  it('spike-abort.yaml is stopped where the target suffers', async () => {
    const text = readFileSync(join(EXAMPLES, 'spike-abort.yaml'), 'utf8').replace('url: /fast', 'url: /delay/1500')
    const file = cluster.write('suffering.yaml', text)
    const { code, report } = await play(file, 'a')
    assert.equal(code, 99)
    assert.ok(report.durationMs < 7000, `stopped after ${report.durationMs} ms`)
    assert.equal(report.thresholds.find(({ expression }) => expression.includes('for'))?.ok, false)
  })
})

/** Those of a setup and a teardown are taken once, and are in no total. */
function onceSteps(file: string): number {
  const format = file.endsWith('.json') ? 'json' : 'yaml'
  const parsed = parseSuite({ text: readFileSync(join(EXAMPLES, file), 'utf8'), format })
  if (!parsed.ok) return 0
  const { setup, teardown } = parsed.suite
  return (setup?.steps.length ?? 0) + (teardown?.steps.length ?? 0)
}

/** Requests of warm-ups reach the target and are left out of the results. */
function warmUps({ scenarios }: Report): number {
  return scenarios.reduce((sum, { warmup }) => sum + warmup.sent, 0)
}
