import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { VajraError } from '../../src/base/errors.ts'
import { fakeLive, fakeReport } from '../unit/api/fake-documents.ts'
import { FakeNode } from '../unit/api/fake-node.ts'
import { CliBench } from './cli-bench.ts'

const RUN = 'r00000000-aaaaaaaaaa'
const SUITE = 'name: shop\n'

/** Preloaded: says on exit which modules were loaded. */
const LIST_MODULES = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  import { writeSync } from 'node:fs'
  const loaded = []
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
  process.on('exit', () => writeSync(2, loaded.join('\\n')))
`)}`

/** Preloaded: an old Node.js, as far as a program can tell. */
const OLD_NODE = `data:text/javascript,${encodeURIComponent(
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.1' } })",
)}`

describe('CLI against nodes', () => {
  const servers: Server[] = []
  let bench: CliBench
  beforeEach(() => {
    bench = new CliBench()
  })
  afterEach(async () => {
    await bench.close()
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      server.close()
    }
  })

  it('prints what the API answers, as one JSON document', async () => {
    const node = new FakeNode()
    node.addRun(RUN)
    const { url } = await bench.serve(node)
    const documents: readonly (readonly [readonly string[], unknown])[] = [
      [['nodes'], node.nodes()],
      [['runs'], { runs: node.runs() }],
      [['tasks'], { tasks: node.tasks() }],
      [['report', RUN], fakeReport(RUN, { status: 'running' })],
      [['status', RUN], node.run(RUN)],
    ]
    await Promise.all(
      documents.map(async ([args, expected]) => {
        const { code, stdout, stderr } = await bench.run([...args, '--json'], { VAJRA_NODE: url })
        assert.deepEqual([code, stderr], [0, ''], args.join(' '))
        assert.deepEqual(JSON.parse(stdout), JSON.parse(JSON.stringify(expected)))
      }),
    )
    const status = JSON.parse((await bench.run(['status', '--json', '--node', url])).stdout)
    assert.deepEqual([status.self, status.http, status.ready, status.activeRuns.length], ['alpha', url, true, 1])
  })

  it('prints tables and texts for people, without colour where no terminal is', async () => {
    const node = new FakeNode()
    node.addRun(RUN, { live: fakeLive(RUN, 1000) })
    node.ready = { ready: false, reasons: ['no coordinator'] }
    const { url } = await bench.serve(node)
    const expectations: readonly (readonly [readonly string[], RegExp])[] = [
      [['nodes'], /NAME .*\nalpha +coordinator/],
      [['runs'], new RegExp(`RUN .*\\n${RUN} +shop`)],
      [['tasks'], /^http: HTTP request/],
      [['report', RUN], /requests|sent/],
      [['report', RUN, '--format', 'csv'], /^at,scheduled/],
      [['report', RUN, '--format', 'junit'], /^<\?xml/],
      [['status'], /^node +alpha at .*not ready: no coordinator\n/],
      [['status', RUN], /\nrequests +98 sent, 1 failed, 2 dropped\n/],
    ]
    await Promise.all(
      expectations.map(async ([args, expected]) => {
        const { code, stdout, stderr } = await bench.run([...args, '--node', url], { FORCE_COLOR: '1' })
        assert.equal(code, 0, stderr)
        assert.match(stdout, expected)
        assert.ok(stdout.endsWith('\n') && !stdout.includes('\x1b'))
      }),
    )
    const path = join(bench.folder, 'r.json')
    const written = await bench.run(['report', RUN, '-o', path, '--node', url])
    assert.deepEqual([written.code, written.stdout], [0, ''])
    assert.equal(JSON.parse(readFileSync(path, 'utf8')).runId, RUN)
  })

  it('says what is wrong when a node does not answer as one', async () => {
    const other = createServer((_request, response) => response.writeHead(404).end('<html>')).listen(0, '127.0.0.1')
    const mute = createServer(() => {}).listen(0, '127.0.0.1')
    servers.push(other, mute)
    await Promise.all([once(other, 'listening'), once(mute, 'listening')])
    const address = (server: Server) => `127.0.0.1:${(server.address() as { port: number }).port}`
    const closed = await bench.serve(new FakeNode())
    await closed.close()

    const refused = await bench.run(['nodes', '--node', closed.url])
    assert.equal(refused.code, 1)
    assert.match(
      refused.stderr,
      /no node answers at http:.*: the connection is refused\n {2}hint: start one with "vajra node"/,
    )
    assert.match((await bench.run(['nodes', '--node', address(other)])).stderr, /\(status 404\) is no vajra node/)
    const late = await bench.run(['nodes', '--node', address(mute), '--timeout', '200ms'])
    assert.equal(late.code, 102)
    assert.match(late.stderr, /did not answer within 0\.2s/)
    const unknown = await bench.run(['watch', RUN, '--node', closed.url])
    assert.equal(unknown.code, 1, 'no long wait for a node that never answered')

    const { url } = await bench.serve(new FakeNode())
    for (const command of ['report', 'stop', 'watch', 'status']) {
      const { code, stderr } = await bench.run([command, RUN, '--node', url])
      assert.equal(code, 104)
      assert.match(stderr, /node alpha does not know the run/)
    }
    const second = await bench.run(['nodes', '--json', '--node', `${closed.url},${url}`])
    assert.equal(JSON.parse(second.stdout).self, 'alpha')
  })

  it('carries the token', async () => {
    const { url } = await bench.serve(new FakeNode(), 'sesame')
    const refused = await bench.run(['nodes', '--node', url])
    assert.equal(refused.code, 104)
    assert.match(refused.stderr, /needs the bearer token.*\n {2}hint: set VAJRA_TOKEN/)
    assert.equal((await bench.run(['nodes', '--node', url], { VAJRA_TOKEN: 'sesame' })).code, 0)
    assert.equal((await bench.run(['nodes', '--node', url, '--token', 'sesame'])).code, 0)
  })

  it('submits, waits for a node that is not ready yet, and tells the errors of a suite', async () => {
    const node = new FakeNode()
    node.submitErrors.push(new VajraError('NOT_READY', 'no coordinator yet'))
    const { url } = await bench.serve(node)
    const plain = await bench.run(['submit', bench.suiteFile(), '--node', url])
    assert.deepEqual([plain.code, plain.stdout], [0, `${node.runs()[0]?.runId}\n`])
    assert.deepEqual(node.submitted, [{ text: SUITE, format: 'yaml' }])
    const json = await bench.run(['submit', bench.suiteFile(), '--node', url, '--json'])
    assert.deepEqual(JSON.parse(json.stdout), { runId: node.runs()[1]?.runId })
    const path = bench.suiteFile('INVALID')
    const invalid = await bench.run(['submit', path, '--node', url])
    assert.equal(invalid.code, 104)
    assert.ok(
      invalid.stderr.startsWith(`vajra: ${path} has an error\n  scenarios[0].load.rate: INVALID`),
      invalid.stderr,
    )
    node.submitErrors.push(new VajraError('TOO_MANY_RUNS', 'too many'))
    assert.equal((await bench.run(['submit', bench.suiteFile(), '--node', url])).code, 1)
  })

  it('stops a run, and says so when it had ended', async () => {
    const node = new FakeNode()
    node.addRun(RUN)
    const { url } = await bench.serve(node)
    assert.equal((await bench.run(['stop', RUN, '--node', url])).stdout, `run ${RUN} is being stopped\n`)
    assert.equal((await bench.run(['stop', RUN, '--node', url])).stdout, `run ${RUN} has ended: stopped\n`)
    const json = await bench.run(['stop', RUN, '--node', url, '--json'])
    assert.deepEqual([json.code, JSON.parse(json.stdout)], [0, { runId: RUN, status: 'stopped' }])
  })

  it('changes the load of a run', async () => {
    const node = new FakeNode()
    node.addRun(RUN)
    const { url } = await bench.serve(node)
    const scaled = await bench.run(['scale', RUN, '--scenario', 'browse', '--rate', '800', '--node', url])
    assert.equal(scaled.stdout, `run ${RUN}: browse goes on with 800/s from 1.234 s of run time\n`)
    assert.deepEqual(node.scales, [{ scenario: 'browse', rate: '800/s' }])
    const json = await bench.run(['scale', RUN, '--users', '1', '--node', url, '--json'])
    assert.deepEqual([json.code, JSON.parse(json.stdout)], [0, { runId: RUN, scenario: 'only', users: 1, at: 1234 }])
    node.end(RUN, 'completed')
    const late = await bench.run(['scale', RUN, '--users', '1', '--node', url])
    assert.deepEqual([late.code, late.stdout], [104, ''])
    assert.match(late.stderr, /run .* has ended/)
  })

  it('does not mind a reader that goes away', async () => {
    const node = new FakeNode()
    for (let i = 0; i < 3000; i++) node.addRun(`r00000000-${String(i).padStart(10, '0')}`)
    const { url } = await bench.serve(node)
    const { child, done } = bench.start(['runs', '--json', '--node', url])
    child.stdout?.once('data', () => child.stdout?.destroy())
    const { code, stderr } = await done
    assert.deepEqual([code, stderr], [0, ''])
  })

  it('loads no package for a query', async () => {
    const { url } = await bench.serve(new FakeNode())
    for (const args of [['nodes', '--node', url], ['--version'], ['status', '--node', url], ['--help']]) {
      const { code, stderr } = await bench.start(args, {}, ['--import', LIST_MODULES]).done
      assert.equal(code, 0)
      assert.match(stderr, /src\/cli\/main\.ts/)
      assert.doesNotMatch(stderr, /node_modules/, args.join(' '))
    }
  })

  it('says in one line that Node.js is too old', async () => {
    const { code, stdout, stderr } = await bench.start(['run', 'x'], {}, ['--import', OLD_NODE]).done
    assert.equal(code, 104)
    assert.equal(stdout, '')
    assert.match(stderr, /^vajra needs Node\.js 24 or newer; this is 20\.11\.1 \(.*\)\. Install .*\n$/)
  })
})
