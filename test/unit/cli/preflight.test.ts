import assert from 'node:assert/strict'
import type { Finding } from '../../../src/base/finding.ts'
import { renderPreflight } from '../../../src/report/preflight.ts'
import { FakeNode } from '../api/fake-node.ts'
import { runCli, SUITE, temporaryFolder } from './test-process.ts'

const PASS: Finding = { check: 'tcp', level: 'PASS', node: 'alpha', seen: 'http://x is connected to in 1ms' }
const WARN: Finding = {
  check: 'load',
  level: 'WARN',
  node: 'alpha',
  path: 'scenarios[0].load',
  seen: '100 in flight, and `maxInFlight` is 10',
  hint: 'raise `maxInFlight`',
}
const FAIL: Finding = {
  check: 'tcp',
  level: 'FAIL',
  node: 'alpha',
  seen: 'http://x refuses connections',
  hint: 'start it',
}

function nodeWith(...findings: readonly Finding[]): FakeNode {
  const node = new FakeNode()
  node.findings = findings
  node.onSubmit = (runId) => node.end(runId, 'completed')
  return node
}

describe('pre-flight on the command line', () => {
  const { file } = temporaryFolder()
  const run = (node: FakeNode, options: object = {}, ...flags: string[]) =>
    runCli(['run', file('suite.yaml', SUITE), '-q', '--preflight', ...flags], { node, ...options })

  it('says in a line that all is well, and goes on', async () => {
    const node = nodeWith(PASS, PASS)
    const { code, stderr } = await runCli(['run', file('suite.yaml', SUITE), '--preflight'], { node })
    assert.equal(code, 0)
    assert.match(stderr, /^pre-flight: 2 checks pass \(on one node, 12\.0ms\)\n/)
    assert.equal((await run(node)).stderr, '')
  })

  it('starts nothing over a failure, whatever is answered, but without checks', async () => {
    const node = nodeWith(PASS, WARN, FAIL)
    const { code, stderr, stdout } = await run(node, { answer: 'y' }, '--yes')
    assert.equal(code, 104)
    assert.equal(stdout, '')
    assert.ok(stderr.indexOf('FAIL tcp') < stderr.indexOf('WARN load'))
    assert.match(
      stderr,
      /PASS 1 check: tcp\nvajra: the run is not started: pre-flight checks fail\n {2}hint: without pre-flight/,
    )
    assert.deepEqual(node.submitted, [])
    assert.equal((await runCli(['run', file('suite.yaml', SUITE), '-q'], { node })).code, 0)
    assert.equal(node.submitted.length, 1)
  })

  it('goes on with warnings when somebody says so, and only then', async () => {
    const node = nodeWith(WARN)
    const alone = await run(node)
    assert.equal(alone.code, 104)
    assert.match(alone.stderr, /hint: --yes goes on with warnings/)
    for (const answer of ['', 'n', 'nope', 'yesterday']) assert.equal((await run(node, { answer })).code, 104, answer)
    assert.deepEqual(node.submitted, [])
    const asked = await run(node, { answer: ' Yes ' })
    assert.deepEqual(asked.context.calls, ['ask Start the run all the same? [y/N] ', 'close'])
    const told = await run(node, {}, '-y')
    assert.deepEqual(told.context.calls, ['close'])
    assert.deepEqual([asked.code, told.code, node.submitted.length], [0, 0, 2])
  })

  it('is told by validate, by this process where no node answers', async () => {
    const suite = file('suite.yaml', SUITE)
    const validate = (node: FakeNode, ...more: string[]) =>
      runCli(['validate', suite, '--preflight', ...more], { node, environment: { VAJRA_NODE: '' } })
    const named = await validate(nodeWith(PASS), '--node', 'http://127.0.0.1:1')
    assert.equal(named.code, 1)
    assert.match(named.stderr, /no node answers at http:\/\/127\.0\.0\.1:1/)
    const plain = await runCli(['validate', suite], { node: nodeWith(FAIL) })
    assert.deepEqual([plain.code, plain.context.created.length], [0, 0])
  })

  it('shows once what several nodes have found alike', () => {
    const nodes = ['a', 'b', 'c', 'd', 'e', 'f']
    const findings = nodes.flatMap((node, i) => [
      { ...FAIL, node, seen: `no answer within ${i}.5s` },
      ...(i < 5 ? [{ ...WARN, node }] : []),
    ])
    const lines = renderPreflight({ level: 'FAIL', tookMs: 40, nodes, findings }, { colour: false, width: 80 })
    assert.deepEqual(lines, [
      'pre-flight: 6 checks fail, 5 warnings (on 6 nodes, 40.0ms)',
      '  FAIL tcp: no answer within 0.5s',
      '       on all 6 nodes',
      '       hint: start it',
      '  WARN load: 100 in flight, and `maxInFlight` is 10',
      '       on a, b, c, d and 1 more, scenarios[0].load',
      '       hint: raise `maxInFlight`',
    ])
  })
})
