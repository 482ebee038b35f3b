import assert from 'node:assert/strict'
import { LIMITS } from '../../../src/base/limits.ts'
import { parseSuite } from '../../../src/suite/parse.ts'
import { GOOD, problems, problemsOfScenario } from './parsing.ts'

const ofLoad = (load: string) => problemsOfScenario(`{ name: a, load: ${load}, http: / }`)

describe('problems of a suite', () => {
  it('come all at once, each with its path, in the order of the suite', () => {
    const found = problems(`
naem: shop
mode: sequental
target: ftp://h
scenarios:
  - name: browse
    load: { rate: 500, durations: 30s }
    http: { methd: GET, url: http://h }
  - name: browse
    load: { users: 0, rate: 1/s }
thresholds:
  duraton: ["p(95)<5"]
  "duration{scenario:brose}": ["p(95)<x"]
`)
    assert.deepEqual(
      found.map(({ path, message }) => `${path}: ${message}`),
      [
        'naem: naem: unknown, did you mean `name`?',
        'name: missing',
        'mode: "sequental" is not parallel or sequential',
        'target: "ftp://h" is not an http or https URL',
        'scenarios[0].load.rate: 500 has no unit of time',
        'scenarios[0].load.durations: durations: unknown, did you mean `duration`?',
        'scenarios[0].http.methd: methd: unknown, did you mean `method`?',
        'scenarios[1].load.users: 0 is out of range',
        'scenarios[1].load: `rate` and `users` are given together',
        'scenarios[1]: there is nothing to fire: no `http`, `steps` or `mix`',
        'scenarios[1].name: "browse" is already the name of scenarios[0]',
        'thresholds.duraton: duraton: unknown metric, did you mean `duration`?',
        'thresholds["duration{scenario:brose}"]: brose: no scenario has this name, did you mean `browse`?',
        'thresholds["duration{scenario:brose}"][0]: "x" is not a value',
      ],
    )
    assert.equal(found.find(({ path }) => path === 'scenarios[0].load.rate')?.hint, 'did you mean 500/s?')
    assert.equal(found.find(({ path }) => path === 'mode')?.hint, 'did you mean `sequential`?')
  })

  it('are told of documents that are no suite at all', () => {
    for (const [text, message] of [
      ['', /empty/],
      ['# nothing', /empty/],
      ['null', /empty/],
      ['[]', /expected a map, got a list/],
      ['shop', /expected a map, got "shop"/],
      ['{}', /missing/],
    ] as const) {
      assert.match(problems(text)[0]!.message, message)
    }
  })

  it('name what is missing and give an example', () => {
    assert.deepEqual(problems('{}'), [
      { path: 'name', message: 'missing', hint: 'for example "shop"' },
      {
        path: 'scenarios',
        message: 'missing',
        hint: 'for example [{"name":"browse","load":{"rate":"500/s","duration":"30s"},"http":"/products"}]',
      },
    ])
  })

  it('are told of names that selectors could not hold', () => {
    for (const name of ['""', '"a{b"', '" a"', '"a\\nb"', '"a  b"', '"a,b"', '"\\ud83d"', 'x'.repeat(65)]) {
      assert.equal(problems(`name: ${name}\nscenarios: [${GOOD}]`)[0]!.path, 'name', name)
    }
    for (const name of ['a', 'a b', 'Größe 2', 'v1.2_x-y/z:w', '商店', '🙂', 'x'.repeat(64)]) {
      const { ok } = parseSuite({ text: `name: "${name}"\nscenarios: [${GOOD}]`, format: 'yaml' })
      assert.ok(ok, name)
    }
  })

  it('are listed up to a limit, and beyond it counted', () => {
    const keys = Array.from({ length: 3000 }, (_, i) => `"k${i}": 1`).join(',')
    const found = problems(`{"name":"s","scenarios":[${GOOD.replaceAll(/(\w+):/g, '$1:')}],${keys}}`)
    assert.equal(found.length, LIMITS.problems + 1)
    assert.match(found.at(-1)!.message, /2800 more problems/)
  })

  it('stay small when keys and values are huge', () => {
    const huge = 'x'.repeat(100_000)
    for (const text of [
      `"${huge}": 1`,
      `name: "${huge}"`,
      `mode: "${huge}"`,
      `thresholds: { "${huge}": ["${huge}"] }`,
      `target: "${huge}"`,
      `scenarios: [{ name: a, load: { rate: "${huge}", duration: 1s }, http: "http://${huge}" }]`,
      `gracefulStop: ${'9'.repeat(50_000)}s`,
    ]) {
      assert.ok(JSON.stringify(problems(text)).length < 5000, text.slice(0, 20))
    }
  })

  describe('loads', () => {
    it('need exactly one of rate, stages, profile and users', () => {
      assert.deepEqual(ofLoad('{}'), ['load: none of `rate`, `stages`, `profile` and `users` is given'])
      assert.deepEqual(ofLoad('{ rate: 1/s, users: 1, duration: 1s }'), ['load: `rate` and `users` are given together'])
      assert.deepEqual(ofLoad('{ rate: 1/s, users: 1, stages: [{ duration: 1s, rate: 1/s }] }'), [
        'load: `rate`, `stages` and `users` are given together',
      ])
    })

    it('need a duration beside rate and users', () => {
      assert.deepEqual(ofLoad('{ rate: 1/s }'), ['load.duration: missing beside `rate`'])
      assert.deepEqual(ofLoad('{ users: 1 }'), ['load.duration: missing beside `users`'])
    })

    it('take only the keys that go with their kind', () => {
      assert.deepEqual(ofLoad('{ rate: 1/s, duration: 1s, thinkTime: 1s, startRate: 1/s }'), [
        'load.startRate: startRate does not go with `rate`: only `stages` start from a rate',
        'load.thinkTime: thinkTime does not go with `rate`: only `users` think',
      ])
      assert.deepEqual(ofLoad('{ users: 1, duration: 1s, arrivals: even, maxInFlight: 1 }'), [
        'load.arrivals: arrivals does not go with `users`: users arrive when their answers have come',
        'load.maxInFlight: maxInFlight does not go with `users`: each user has at most one request in flight',
      ])
      assert.deepEqual(ofLoad('{ stages: [{ duration: 1s, rate: 1/s }], duration: 1s }'), [
        'load.duration: duration does not go with `stages`: each stage has a duration of its own',
      ])
    })

    it('refuse profiles that fire nothing or take no time', () => {
      assert.match(ofLoad('{ rate: 0/s, duration: 1s }')[0]!, /^load.rate: 0\/s is not allowed: it must be above 0/)
      assert.match(ofLoad('{ rate: 1/s, duration: 0 }')[0]!, /^load.duration: 0 is not allowed/)
      assert.match(ofLoad('{ stages: [{ duration: 0, rate: 1/s }] }')[0]!, /^load.stages: the stages last no time/)
      assert.match(ofLoad('{ stages: [{ duration: 1s, rate: 0 }] }')[0]!, /never rises above 0/)
      assert.match(ofLoad('{ stages: [{ duration: 1s, rate: 0 }, { duration: 0, rate: 5/s }] }')[0]!, /never rises/)
      assert.match(ofLoad('{ stages: [] }')[0]!, /^load.stages: has 0 entries/)
    })

    it('stay within the limits', () => {
      assert.match(ofLoad('{ rate: 2000000/s, duration: 1s }')[0]!, /load.rate: 2000000\/s is too large/)
      assert.match(ofLoad('{ rate: 1/s, duration: 25h }')[0]!, /load.duration: 25h is too large/)
      assert.match(ofLoad('{ rate: 1/s, duration: 23h, warmup: 2h }')[0]!, /last 25h together/)
      assert.match(ofLoad('{ users: 2000000, duration: 1s }')[0]!, /load.users: 2000000 is out of range/)
      assert.match(ofLoad('{ rate: 1/s, duration: 1s, maxInFlight: 0 }')[0]!, /load.maxInFlight: 0 is out of range/)
      const long = problems(
        `name: s\nmode: sequential\nscenarios: [${GOOD.replace('1s', '13h')}, ${GOOD.replace('a,', 'b,').replace('1s', '13h')}]`,
      )
      assert.deepEqual([long.length, long[0]!.path], [1, 'scenarios'])
    })

    it('pause only where there is something after', () => {
      const delayed = (mode: string, delay: string) =>
        problems(
          `name: s\n${mode}scenarios: [${GOOD.replace('name: a', `name: a, delayAfter: ${delay}`)}, ${GOOD.replace('a,', 'b,')}]`,
        )
      const [parallel] = delayed('', '1s')
      assert.deepEqual(parallel, {
        path: 'scenarios[0].delayAfter',
        message: 'delayAfter is given, but the scenarios run at once',
        hint: 'remove it, or set `mode: sequential`',
      })
      assert.match(delayed('mode: sequential\n', '5')[0]!.message, /5 has no unit/)
      assert.match(delayed('mode: sequential\n', '24h')[0]!.message, /the scenarios last 24h2s one after the other/)
    })

    it('take maxInFlight in one place', () => {
      const both = problemsOfScenario(
        '{ name: a, maxInFlight: 1, load: { rate: 1/s, duration: 1s, maxInFlight: 2 }, http: / }',
      )
      assert.deepEqual(both, ['maxInFlight: maxInFlight is given for the scenario and for its load'])
      const users = problemsOfScenario('{ name: a, maxInFlight: 1, load: { users: 1, duration: 1s }, http: / }')
      assert.match(users[0]!, /does not go with `users`/)
    })
  })
})
