import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningApi, startApi } from '../../src/api/server.ts'
import { VajraError } from '../../src/base/errors.ts'
import { FakeNode, fakeLive, fakeReport } from '../unit/api/fake-node.ts'
import { until } from '../unit/cli/test-process.ts'

const RUN = 'r00000000-aaaaaaaaaa'
const BIN = join(import.meta.dirname, '../../bin/vajra.ts')
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
  const apis: RunningApi[] = []
  const servers: Server[] = []
  const children: ChildProcess[] = []
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vajra-cli-'))
  })
  afterEach(async () => {
    for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL')
    for (const api of apis.splice(0)) await api.close()
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      server.close()
    }
    rmSync(folder, { recursive: true, force: true })
  })

  async function serve(node: FakeNode, token?: string): Promise<RunningApi> {
    const api = await startApi({ node, host: '127.0.0.1', port: 0, portIsDefault: false, ...(token && { token }) })
    node.http = api.url
    apis.push(api)
    return api
  }

  function start(args: readonly string[], environment: Record<string, string> = {}, nodeArgs: readonly string[] = []) {
    const child = spawn(process.execPath, [...nodeArgs, BIN, ...args], {
      env: { PATH: process.env.PATH ?? '', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.push(child)
    const output = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output.stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output.stderr += text
    })
    const done = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }))
    return { child, output, done }
  }

  const cli = (args: readonly string[], environment?: Record<string, string>) => start(args, environment).done

  function suiteFile(text = SUITE): string {
    const path = join(folder, 'suite.yaml')
    writeFileSync(path, text)
    return path
  }

  it('prints what the API answers, as one JSON document', async () => {
    const node = new FakeNode()
    node.addRun(RUN)
    const { url } = await serve(node)
    const documents: readonly (readonly [readonly string[], unknown])[] = [
      [['nodes'], node.nodes()],
      [['runs'], { runs: node.runs() }],
      [['tasks'], { tasks: node.tasks() }],
      [['report', RUN], fakeReport(RUN, { status: 'running' })],
      [['status', RUN], node.run(RUN)],
    ]
    await Promise.all(
      documents.map(async ([args, expected]) => {
        const { code, stdout, stderr } = await cli([...args, '--json'], { VAJRA_NODE: url })
        assert.deepEqual([code, stderr], [0, ''], args.join(' '))
        assert.deepEqual(JSON.parse(stdout), JSON.parse(JSON.stringify(expected)))
      }),
    )
    const status = JSON.parse((await cli(['status', '--json', '--node', url])).stdout)
    assert.deepEqual([status.self, status.http, status.ready, status.activeRuns.length], ['alpha', url, true, 1])
  })

  it('prints tables and texts for people, without colour where no terminal is', async () => {
    const node = new FakeNode()
    node.addRun(RUN, { live: fakeLive(RUN, 1000) })
    node.ready = { ready: false, reasons: ['no coordinator'] }
    const { url } = await serve(node)
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
        const { code, stdout, stderr } = await cli([...args, '--node', url], { FORCE_COLOR: '1' })
        assert.equal(code, 0, stderr)
        assert.match(stdout, expected)
        assert.ok(stdout.endsWith('\n') && !stdout.includes('\x1b'))
      }),
    )
    const path = join(folder, 'r.json')
    const written = await cli(['report', RUN, '-o', path, '--node', url])
    assert.deepEqual([written.code, written.stdout], [0, ''])
    assert.equal(JSON.parse(readFileSync(path, 'utf8')).runId, RUN)
  })

  it('says what is wrong when a node does not answer as one', async () => {
    const other = createServer((_request, response) => response.writeHead(404).end('<html>')).listen(0, '127.0.0.1')
    const mute = createServer(() => {}).listen(0, '127.0.0.1')
    servers.push(other, mute)
    await Promise.all([once(other, 'listening'), once(mute, 'listening')])
    const address = (server: Server) => `127.0.0.1:${(server.address() as { port: number }).port}`
    const closed = await serve(new FakeNode())
    await closed.close()

    const refused = await cli(['nodes', '--node', closed.url])
    assert.equal(refused.code, 1)
    assert.match(
      refused.stderr,
      /no node answers at http:.*: the connection is refused\n {2}hint: start one with "vajra node"/,
    )
    assert.match((await cli(['nodes', '--node', address(other)])).stderr, /\(status 404\) is no vajra node/)
    const late = await cli(['nodes', '--node', address(mute), '--timeout', '200ms'])
    assert.equal(late.code, 102)
    assert.match(late.stderr, /did not answer within 0\.2s/)
    const unknown = await cli(['watch', RUN, '--node', closed.url])
    assert.equal(unknown.code, 1, 'no long wait for a node that never answered')

    const { url } = await serve(new FakeNode())
    for (const command of ['report', 'stop', 'watch', 'status']) {
      const { code, stderr } = await cli([command, RUN, '--node', url])
      assert.equal(code, 104)
      assert.match(stderr, /node alpha does not know the run/)
    }
    const second = await cli(['nodes', '--json', '--node', `${closed.url},${url}`])
    assert.equal(JSON.parse(second.stdout).self, 'alpha')
  })

  it('carries the token', async () => {
    const { url } = await serve(new FakeNode(), 'sesame')
    const refused = await cli(['nodes', '--node', url])
    assert.equal(refused.code, 104)
    assert.match(refused.stderr, /needs the bearer token.*\n {2}hint: set VAJRA_TOKEN/)
    assert.equal((await cli(['nodes', '--node', url], { VAJRA_TOKEN: 'sesame' })).code, 0)
    assert.equal((await cli(['nodes', '--node', url, '--token', 'sesame'])).code, 0)
  })

  it('submits, waits for a node that is not ready yet, and tells the errors of a suite', async () => {
    const node = new FakeNode()
    node.submitErrors.push(new VajraError('NOT_READY', 'no coordinator yet'))
    const { url } = await serve(node)
    const plain = await cli(['submit', suiteFile(), '--node', url])
    assert.deepEqual([plain.code, plain.stdout], [0, `${node.runs()[0]?.runId}\n`])
    assert.deepEqual(node.submitted, [{ text: SUITE, format: 'yaml' }])
    const json = await cli(['submit', suiteFile(), '--node', url, '--json'])
    assert.deepEqual(JSON.parse(json.stdout), { runId: node.runs()[1]?.runId })
    const path = suiteFile('INVALID')
    const invalid = await cli(['submit', path, '--node', url])
    assert.equal(invalid.code, 104)
    assert.ok(
      invalid.stderr.startsWith(`vajra: ${path} has an error\n  scenarios[0].load.rate: INVALID`),
      invalid.stderr,
    )
    node.submitErrors.push(new VajraError('TOO_MANY_RUNS', 'too many'))
    assert.equal((await cli(['submit', suiteFile(), '--node', url])).code, 1)
  })

  it('follows to the end, with the verdict as its exit code', async () => {
    const node = new FakeNode()
    node.onSubmit = (runId) => {
      node.setReport(runId, { complete: false })
      setTimeout(() => {
        node.emit(runId, { type: 'live', data: fakeLive(runId, 1000) })
        node.end(runId, 'completed')
      }, 50)
    }
    const { url } = await serve(node)
    const { code, stdout, stderr } = await cli(['submit', suiteFile(), '--node', url, '--follow', '--json'])
    assert.equal(code, 96)
    assert.equal(JSON.parse(stdout).status, 'completed')
    assert.match(stderr, /^run r/)
    assert.match(stderr, /measurements are missing from the report \(exit code 96\)\n$/)
  })

  it('goes on with another node when its own dies, and shows the past once', async () => {
    const [first, second] = [new FakeNode('alpha'), new FakeNode('beta')]
    const [firstApi, secondApi] = [await serve(first), await serve(second)]
    first.others.push({ ...second.nodes().nodes[0]!, coordinator: false })
    first.addRun(RUN)
    second.addRun(RUN)
    const started = { type: 'event', data: { at: 0, kind: 'run-started', message: 'the run has begun' } } as const
    first.emit(RUN, started)
    second.emit(RUN, started)
    const watching = start(['watch', RUN, '--node', firstApi.url])
    await until(() => watching.output.stderr.includes('the run has begun'), 'following')
    await firstApi.close()
    await until(() => second.runsById.get(RUN)?.listeners.size === 1, 'following the second')
    second.emit(RUN, { type: 'event', data: { at: 900, kind: 'node-lost', message: 'alpha is lost' } })
    second.end(RUN, 'completed')
    const { code, stdout, stderr } = await watching.done
    assert.equal(code, 0, stderr)
    assert.ok(stderr.includes(`going on with ${secondApi.url}`), stderr)
    assert.equal(stderr.split('the run has begun').length, 2)
    assert.match(stderr, /0\.9s {2}alpha is lost/)
    assert.notEqual(stdout, '')
  })

  it('stops the run of submit --follow on Ctrl-C and still prints the report', async () => {
    const node = new FakeNode()
    const { url } = await serve(node)
    const { child, output, done } = start(['submit', suiteFile(), '-f', '--json', '--node', url])
    await until(
      () => output.stderr.startsWith('run ') && [...node.runsById.values()][0]?.listeners.size === 1,
      'followed',
    )
    child.kill('SIGINT')
    const { code, stdout, stderr } = await done
    assert.equal(code, 105, stderr)
    assert.equal(JSON.parse(stdout).status, 'stopped')
    assert.equal(node.stops.length, 1)
  })

  it('quits at once on the second Ctrl-C', async () => {
    const node = new FakeNode()
    node.onStop = () => {}
    const { url } = await serve(node)
    const { child, output, done } = start(['submit', suiteFile(), '-f', '--node', url])
    await until(() => [...node.runsById.values()][0]?.listeners.size === 1, 'followed')
    child.kill('SIGINT')
    await until(() => output.stderr.includes('once more'), 'first')
    child.kill('SIGINT')
    assert.equal((await done).code, 105)
  })

  it('leaves the run of watch alone on Ctrl-C', async () => {
    const node = new FakeNode()
    node.addRun(RUN)
    const { url } = await serve(node)
    const { child, done } = start(['watch', RUN, '--node', url])
    await until(() => node.runsById.get(RUN)?.listeners.size === 1, 'followed')
    child.kill('SIGINT')
    const { code, stderr } = await done
    assert.equal(code, 105)
    assert.match(stderr, new RegExp(`the run goes on; stop it with: vajra stop ${RUN}`))
    assert.equal(node.stops.length, 0)
  })

  it('stops a run, and says so when it had ended', async () => {
    const node = new FakeNode()
    node.addRun(RUN)
    const { url } = await serve(node)
    assert.equal((await cli(['stop', RUN, '--node', url])).stdout, `run ${RUN} is being stopped\n`)
    assert.equal((await cli(['stop', RUN, '--node', url])).stdout, `run ${RUN} has ended: stopped\n`)
    const json = await cli(['stop', RUN, '--node', url, '--json'])
    assert.deepEqual([json.code, JSON.parse(json.stdout)], [0, { runId: RUN, status: 'stopped' }])
  })

  it('does not mind a reader that goes away', async () => {
    const node = new FakeNode()
    for (let i = 0; i < 3000; i++) node.addRun(`r00000000-${String(i).padStart(10, '0')}`)
    const { url } = await serve(node)
    const { child, done } = start(['runs', '--json', '--node', url])
    child.stdout?.once('data', () => child.stdout?.destroy())
    const { code, stderr } = await done
    assert.deepEqual([code, stderr], [0, ''])
  })

  it('loads no package for a query', async () => {
    const { url } = await serve(new FakeNode())
    for (const args of [['nodes', '--node', url], ['--version'], ['status', '--node', url], ['--help']]) {
      const { code, stderr } = await start(args, {}, ['--import', LIST_MODULES]).done
      assert.equal(code, 0)
      assert.match(stderr, /src\/cli\/main\.ts/)
      assert.doesNotMatch(stderr, /node_modules/, args.join(' '))
    }
  })

  it('says in one line that Node.js is too old', async () => {
    const { code, stdout, stderr } = await start(['run', 'x'], {}, ['--import', OLD_NODE]).done
    assert.equal(code, 104)
    assert.equal(stdout, '')
    assert.match(stderr, /^vajra needs Node\.js 24 or newer; this is 20\.11\.1 \(.*\)\. Install .*\n$/)
  })
})
