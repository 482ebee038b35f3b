import assert from 'node:assert/strict'
import { VajraError } from '../../../src/base/errors.ts'
import { readArguments } from '../../../src/cli/arguments.ts'
import { aboutFlags, QUICK_FLAGS, quickSuite } from '../../../src/cli/quick-suite.ts'
import { resolveSettings } from '../../../src/cli/settings.ts'
import { parseSuite } from '../../../src/suite/parse.ts'

async function suiteOf(...argv: string[]) {
  const settings = await resolveSettings(QUICK_FLAGS, readArguments(argv, QUICK_FLAGS), {})
  return quickSuite('127.0.0.1:8080/a?b=c', settings)
}

async function scenarioOf(...argv: string[]) {
  const parsed = parseSuite(await suiteOf(...argv))
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.suite.scenarios[0]!
}

describe('suite of vajra quick', () => {
  it('is 50 requests a second for 10 s when nothing is said', async () => {
    const scenario = await scenarioOf()
    assert.equal(scenario.load.model, 'open')
    assert.deepEqual(scenario.load.model === 'open' && scenario.load.segments, [
      { durationMs: 10_000, fromRate: 50, toRate: 50 },
    ])
    assert.equal(scenario.steps[0]!.task.parameters.url, 'http://127.0.0.1:8080/a?b=c')
    assert.equal(scenario.steps[0]!.task.parameters.method, 'GET')
  })

  it('takes rates with and without unit', async () => {
    for (const rate of ['500', '500/s', '500/1s', '30000/m']) {
      const { load } = await scenarioOf('--rate', rate, '-d', '1s', '--arrivals', 'poisson', '--warmup', '2s')
      assert.ok(load.model === 'open')
      assert.deepEqual(load.segments, [{ durationMs: 1000, fromRate: 500, toRate: 500 }])
      assert.deepEqual([load.arrivals, load.warmupMs], ['poisson', 2000])
    }
  })

  it('takes users and stages', async () => {
    const closed = (await scenarioOf('-u', '5', '-d', '3s', '--think-time', '100ms')).load
    assert.ok(closed.model === 'closed')
    assert.deepEqual([closed.users, closed.durationMs, closed.thinkTimeMs], [5, 3000, 100])
    const staged = (await scenarioOf('-s', '10s:100,5s:0', '--stage', '1s:60/m')).load
    assert.ok(staged.model === 'open')
    assert.deepEqual(
      staged.segments.map((segment) => segment.periodMs === undefined && [segment.durationMs, segment.toRate]),
      [
        [10_000, 100],
        [5000, 0],
        [1000, 1],
      ],
    )
  })

  it('takes method, headers and body, and posts a body', async () => {
    const { task } = (await scenarioOf('-b', 'x=1', '-H', 'Accept: text/html', '-H', 'authorization: env:SHOP'))
      .steps[0]!
    assert.equal(task.parameters.method, 'POST')
    assert.equal(task.parameters.body, 'x=1')
    const names = Object.keys(task.parameters.headers as object).map((name) => name.toLowerCase())
    assert.deepEqual(names.sort(), ['accept', 'authorization'])
    assert.equal((await scenarioOf('-X', 'put', '-b', 'x')).steps[0]!.task.parameters.method, 'PUT')
  })

  it('refuses what contradicts itself', async () => {
    for (const argv of [
      ['--rate', '1', '--users', '1'],
      ['--rate', '1', '--stages', '1s:1'],
      ['--think-time', '1s'],
      ['--users', '1', '--arrivals', 'even'],
      ['--stages', '1s:1', '--duration', '1s'],
      ['--stages', '1s'],
    ]) {
      await assert.rejects(
        suiteOf(...argv),
        (thrown) => thrown instanceof VajraError && thrown.code === 'OPTION_INVALID',
      )
    }
  })

  it('tells problems of the suite in terms of flags', async () => {
    const parsed = parseSuite(await suiteOf('--rate', 'fast', '-H', 'authorization: Bearer secret', '-d', 'long'))
    assert.ok(!parsed.ok)
    const error = aboutFlags(new VajraError('SUITE_INVALID', 'x', { problems: parsed.problems }))
    assert.ok(error instanceof VajraError)
    assert.equal(error.code, 'OPTION_INVALID')
    const places = new Set(error.problems.map((problem) => problem.path))
    assert.deepEqual(places, new Set(['flag --rate', 'flag --duration', 'flag --header']))
  })
})
