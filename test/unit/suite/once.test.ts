import assert from 'node:assert/strict'
import { parseSuite } from '../../../src/suite/parse.ts'

const parse = (more: Record<string, unknown>) => {
  const scenarios = [{ name: 's', load: { rate: '1/s', duration: '1s' }, http: '/a' }]
  const text = JSON.stringify({ name: 'x', target: 'http://127.0.0.1:1', scenarios, ...more })
  return parseSuite({ text, format: 'json' })
}

describe('setup and teardown of a suite', () => {
  it('are steps as those of scenarios, with a time-out', () => {
    const parsed = parse({
      setup: [{ http: '/a' }, { name: 'b', http: '/b' }],
      setupTimeout: '5s',
      teardown: [{ http: '/c' }],
    })
    assert.ok(parsed.ok)
    const { setup, teardown } = parsed.suite
    assert.deepEqual([setup?.steps.map(({ name }) => name), setup?.timeoutMs], [['GET /a', 'b'], 5000])
    assert.deepEqual([teardown?.branches, teardown?.timeoutMs], [[{ weight: 1, steps: [0] }], 60_000])
  })

  it('are told what is wrong with them where it stands', () => {
    const parsed = parse({
      setup: [{ name: 'nothing' }, { http: '/a/{{nobody}}' }],
      teardown: [{ http: '/{{setup.id}}' }],
    })
    assert.ok(!parsed.ok)
    const paths = parsed.problems.map(({ path }) => path)
    assert.ok(
      paths.every((path) => /^(setup\[[01]\]|teardown\[0\])/.test(path)),
      paths.join(),
    )
    assert.equal(paths.length, 3)
  })
})
