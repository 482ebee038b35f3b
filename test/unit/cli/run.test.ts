import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { main } from '../../../src/cli/main.ts'
import { fakeLive } from '../api/fake-documents.ts'
import { FakeNode } from '../api/fake-node.ts'
import { runCli, SUITE, temporaryFolder, testProcess, until } from './test-process.ts'

describe('vajra run', () => {
  const folder = temporaryFolder()
  const { file } = folder

  function endingNode(over: Parameters<FakeNode['setReport']>[1] = {}): FakeNode {
    const node = new FakeNode()
    node.onSubmit = (runId) => {
      node.setReport(runId, over)
      setImmediate(() => {
        node.emit(runId, { type: 'event', data: { at: 0, kind: 'run-started', message: 'the run \x1b[2J started' } })
        for (let at = 1000; at <= 12_000; at += 1000) node.emit(runId, { type: 'live', data: fakeLive(runId, at) })
        node.end(runId, 'completed')
      })
    }
    return node
  }

  it('runs on a mesh of one, ends with the summary on stdout and progress on stderr', async () => {
    const node = endingNode()
    const { code, stdout, stderr, context } = await runCli(['run', file('suite.yaml', SUITE), '--workers', '2'], {
      node,
    })
    assert.equal(code, 0)
    assert.match(stdout, /thresholds|totals/i)
    assert.ok(!stdout.includes('\x1b'))
    assert.match(stderr, /the run .*started/)
    assert.ok(!stderr.includes('\x1b'), 'nothing is drawn again where no terminal is')
    assert.deepEqual(node.submitted, [{ text: SUITE, format: 'yaml' }])
    const [options] = context.created
    assert.deepEqual([options?.solo, options?.dataDir, options?.workers], [true, ':memory:', 2])
    assert.deepEqual(context.calls, ['close'])
  })

  it('draws again on a terminal', async () => {
    const { stderr } = await runCli(['run', file('suite.yaml', SUITE)], { node: endingNode(), terminal: true })
    assert.match(stderr.replaceAll('\x1b', 'ESC'), /ESC\[\d+AESC\[J/)
  })

  it('shows nothing on the way when quiet', async () => {
    const { stderr } = await runCli(['run', file('suite.yaml', SUITE), '-q'], { node: endingNode() })
    assert.equal(stderr, '')
  })

  it('prints the report as JSON, and writes it to files', async () => {
    const out = (name: string) => join(folder.path, name)
    const argv = ['run', file('suite.json', '{}'), '--json', '--out', `csv=${out('a')},${out('b.xml')}`]
    const { code, stdout } = await runCli([...argv, '--summary-export', out('c')], { node: endingNode() })
    assert.equal(code, 0)
    const report = JSON.parse(stdout)
    assert.equal(report.status, 'completed')
    assert.match(readFileSync(out('a'), 'utf8'), /^at,scheduled/)
    assert.match(readFileSync(out('b.xml'), 'utf8'), /^<\?xml/)
    assert.deepEqual(JSON.parse(readFileSync(out('c'), 'utf8')), report)
  })

  it('checks before it runs that files can be written', async () => {
    for (const path of [folder.path, join(folder.path, 'missing', 'x.json')]) {
      const node = endingNode()
      const { code, stderr } = await runCli(['run', file('suite.yaml', SUITE), '-o', `json=${path}`], { node })
      assert.equal(code, 104)
      assert.match(stderr, /cannot write/)
      assert.equal(node.submitted.length, 0)
    }
    const unknown = await runCli(['run', file('suite.yaml', SUITE), '-o', 'report.dat'], { node: endingNode() })
    assert.match(unknown.stderr, /does not tell its format/)
  })

  it('says by its exit code that thresholds were crossed, unless that is not wanted', async () => {
    const thresholds = [{ metric: 'duration', expression: 'p(99)<1ms', ok: false, observed: 6 }]
    const crossed = await runCli(['run', file('suite.yaml', SUITE)], { node: endingNode({ thresholds }) })
    assert.equal(crossed.code, 99)
    assert.match(crossed.stderr, /vajra: a threshold was crossed \(exit code 99\)\n$/)
    const suite = file('with.yaml', `${SUITE}thresholds: { duration: ["p(99)<1ms"] }\n`)
    const node = endingNode({ thresholds })
    assert.equal((await runCli(['run', suite, '--no-thresholds'], { node })).code, 0)
    assert.equal(JSON.parse(node.submitted[0]?.text ?? '').thresholds, undefined)
  })

  it('tells every error of a suite, with its file', async () => {
    const path = file('bad.yaml', 'INVALID')
    const { code, stderr, context } = await runCli(['run', path], { node: new FakeNode() })
    assert.equal(code, 104)
    assert.equal(
      stderr,
      `vajra: ${path} has an error\n  scenarios[0].load.rate: INVALID is not a rate\n    hint: write 500/s\n`,
    )
    assert.deepEqual(context.calls, ['close'])
  })

  it('reads stdin', async () => {
    const node = endingNode()
    assert.equal((await runCli(['run', '-'], { node, stdin: SUITE })).code, 0)
    assert.equal(node.submitted[0]?.text, SUITE)
  })

  it('refuses files that are too large or no text before it reads on', async () => {
    const large = await runCli(['run', file('large.yaml', 'x'.repeat(200_000))], { node: new FakeNode() })
    assert.equal(large.code, 104)
    assert.match(large.stderr, /has 200000 bytes/)
    writeFileSync(join(folder.path, 'binary.yaml'), Buffer.from([0x61, 0xff]))
    const binary = await runCli(['run', join(folder.path, 'binary.yaml')], { node: new FakeNode() })
    assert.match(binary.stderr, /is not valid UTF-8/)
  })

  it('stops the run on the first signal, still prints the summary, and ends with 105', async () => {
    const node = new FakeNode()
    const context = testProcess(['run', file('suite.yaml', SUITE)], { node })
    const code = main(context)
    await until(() => node.runsById.size === 1 && [...node.runsById.values()][0]!.listeners.size === 1, 'followed')
    context.signal('SIGINT')
    assert.equal(await code, 105)
    assert.deepEqual(
      node.stops.map((stop) => stop.reason),
      ['interrupted'],
    )
    assert.match(context.stdout.text, /totals/i)
    assert.match(context.stderr.text, /SIGINT: stopping the run/)
    assert.deepEqual(context.exits, [])
  })

  it('quits at once on the second signal, and on one before there is a run', async () => {
    const node = new FakeNode()
    node.onStop = () => {}
    const context = testProcess(['run', file('suite.yaml', SUITE)], { node })
    void main(context)
    await until(() => [...node.runsById.values()][0]?.listeners.size === 1, 'followed')
    context.signal('SIGTERM')
    assert.deepEqual(context.exits, [])
    context.signal('SIGTERM')
    assert.deepEqual(context.exits, [105])

    const stuck = new FakeNode()
    stuck.submit = () => new Promise(() => {})
    const early = testProcess(['run', file('suite.yaml', SUITE)], { node: stuck })
    void main(early)
    await until(() => early.created.length === 1, 'created')
    early.signal('SIGINT')
    assert.deepEqual(early.exits, [105])
  })
})
