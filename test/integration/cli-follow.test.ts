/** Commands that follow a run to its end: with the verdict, with another node, and with Ctrl-C. */

import assert from 'node:assert/strict'
import { fakeLive } from '../unit/api/fake-documents.ts'
import { FakeNode } from '../unit/api/fake-node.ts'
import { until } from '../unit/cli/test-process.ts'
import { CliBench } from './cli-bench.ts'

const RUN = 'r00000000-aaaaaaaaaa'

describe('CLI that follows a run', () => {
  let bench: CliBench
  beforeEach(() => {
    bench = new CliBench()
  })
  afterEach(() => bench.close())

  it('follows to the end, with the verdict as its exit code', async () => {
    const node = new FakeNode()
    node.onSubmit = (runId) => {
      node.setReport(runId, { complete: false })
      setTimeout(() => {
        node.emit(runId, { type: 'live', data: fakeLive(runId, 1000) })
        node.end(runId, 'completed')
      }, 50)
    }
    const { url } = await bench.serve(node)
    const { code, stdout, stderr } = await bench.run(['submit', bench.suiteFile(), '--node', url, '--follow', '--json'])
    assert.equal(code, 96)
    assert.equal(JSON.parse(stdout).status, 'completed')
    assert.match(stderr, /^run r/m)
    assert.match(stderr, /measurements are missing from the report \(exit code 96\)\n$/)
  })

  it('goes on with another node when its own dies, and shows the past once', async () => {
    const [first, second] = [new FakeNode('alpha'), new FakeNode('beta')]
    const [firstApi, secondApi] = [await bench.serve(first), await bench.serve(second)]
    first.others.push({ ...second.nodes().nodes[0]!, coordinator: false })
    first.addRun(RUN)
    second.addRun(RUN)
    const started = { type: 'event', data: { at: 0, kind: 'run-started', message: 'the run has begun' } } as const
    first.emit(RUN, started)
    second.emit(RUN, started)
    const watching = bench.start(['watch', RUN, '--node', firstApi.url])
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
    const { url } = await bench.serve(node)
    const { child, output, done } = bench.start(['submit', bench.suiteFile(), '-f', '--json', '--node', url])
    await until(() => /^run /m.test(output.stderr) && [...node.runsById.values()][0]?.listeners.size === 1, 'followed')
    child.kill('SIGINT')
    const { code, stdout, stderr } = await done
    assert.equal(code, 105, stderr)
    assert.equal(JSON.parse(stdout).status, 'stopped')
    assert.equal(node.stops.length, 1)
  })

  it('quits at once on the second Ctrl-C', async () => {
    const node = new FakeNode()
    node.onStop = () => {}
    const { url } = await bench.serve(node)
    const { child, output, done } = bench.start(['submit', bench.suiteFile(), '-f', '--node', url])
    await until(() => [...node.runsById.values()][0]?.listeners.size === 1, 'followed')
    child.kill('SIGINT')
    await until(() => output.stderr.includes('once more'), 'first')
    child.kill('SIGINT')
    assert.equal((await done).code, 105)
  })

  it('leaves the run of watch alone on Ctrl-C', async () => {
    const node = new FakeNode()
    node.addRun(RUN)
    const { url } = await bench.serve(node)
    const { child, done } = bench.start(['watch', RUN, '--node', url])
    await until(() => node.runsById.get(RUN)?.listeners.size === 1, 'followed')
    child.kill('SIGINT')
    const { code, stderr } = await done
    assert.equal(code, 105)
    assert.match(stderr, new RegExp(`the run goes on; stop it with: vajra stop ${RUN}`))
    assert.equal(node.stops.length, 0)
  })
})
