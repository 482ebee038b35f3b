import assert from 'node:assert/strict'
import type { DataFile } from '../../../src/suite/data-spec.ts'
import { parseSuite } from '../../../src/suite/parse.ts'

const content = { onNodes: false, sha256: '0'.repeat(64), bytes: 1, columns: ['email', 'name'] }
const FILES: readonly DataFile[] = [
  { key: 'users', rows: 9, ...content },
  { key: 'b/data', rows: 1, ...content },
]

function parsed(data: unknown, change: object = {}, files: readonly DataFile[] = FILES) {
  const a = { name: 'a', load: { rate: '1/s', duration: '1s' }, http: 'http://x.example/{{users.email}}', ...change }
  const text = JSON.stringify({ name: 't', data, scenarios: [a] })
  return parseSuite({ text, format: 'json', data: files })
}

function problems(...given: Parameters<typeof parsed>): string[] {
  const result = parsed(...given)
  assert.ok(!result.ok, 'it should not be valid')
  return result.problems.map(({ path, message }) => `${path}: ${message}`)
}

describe('sources of data', () => {
  it('are files that travel, or lie on the nodes, with everything else told or taken from their names', () => {
    const [source] = (() => {
      const result = parsed({ users: 'data/users.tsv' })
      assert.ok(result.ok)
      return result.suite.data ?? []
    })()
    const { path: _, ...told } = source!
    const { onNodes, ...known } = content
    assert.deepEqual(told, {
      key: 'users',
      name: 'users',
      file: 'data/users.tsv',
      onNodes,
      format: 'csv',
      delimiter: '\t',
      order: 'sequential',
      share: 'split',
      onEnd: 'recycle',
      content: { rows: 9, ...known },
    })
    const onNodesToo = parsed({ users: { path: '/srv/users', format: 'ndjson', order: 'random' } })
    assert.ok(onNodesToo.ok)
    const [other] = onNodesToo.suite.data ?? []
    assert.deepEqual([other?.onNodes, other?.format, other?.share], [true, 'ndjson', 'copy'])
  })

  it('may be one alone, of the suite or of a scenario, called data', () => {
    const http = 'http://x.example/{{data.name}}'
    const ofSuite = parsed({ file: 'users.csv', order: 'shuffled' }, { http }, [])
    assert.ok(ofSuite.ok)
    assert.deepEqual(
      ofSuite.suite.data?.map(({ key, order }) => [key, order]),
      [['data', 'shuffled']],
    )
    const ofScenario = parsed(undefined, { data: 'users.csv', http }, [{ ...FILES[1]!, key: 'a/data' }])
    assert.ok(ofScenario.ok)
    assert.deepEqual(
      ofScenario.suite.data?.map(({ key, content: known }) => [key, known?.rows]),
      [['a/data', 1]],
    )
  })

  it('divide their rows among the scenarios that name them, those that copy them apart', () => {
    const one = (name: string, source: string) => ({
      name,
      load: { rate: '1/s', duration: '1s' },
      http: `http://x.example/{{${source}.email}}`,
    })
    const scenarios = [one('a', 'users'), one('b', 'all'), one('c', 'users'), one('d', 'all')]
    const data = { users: { file: 'u.csv', onEnd: 'stop' }, all: { file: 'u.csv', share: 'copy' } }
    const files = [FILES[0]!, { ...FILES[0]!, key: 'all' }]
    const result = parseSuite({ text: JSON.stringify({ name: 't', data, scenarios }), format: 'json', data: files })
    assert.ok(result.ok)
    assert.deepEqual(
      result.suite.scenarios.map(({ data: uses, iterations }) => [uses?.[0]?.part, uses?.[0]?.parts, iterations]),
      [
        [0, 2, 5],
        [0, 1, undefined],
        [1, 2, 4],
        [0, 1, undefined],
      ],
    )
  })

  const wrong: readonly [string, unknown, object, string][] = [
    ['no file', { users: {} }, {}, 'data.users: there is no file'],
    ['two files', { users: { file: 'a.csv', path: '/a.csv' } }, {}, 'data.users: a file and a path are given'],
    ['a relative path', { users: { path: 'a.csv' } }, {}, 'data.users.path: "a.csv" is not an absolute path'],
    ['an unknown format', { users: 'a.xls' }, {}, 'data.users: "a.xls" does not tell its format'],
    [
      'a delimiter of JSON',
      { users: { file: 'a.json', delimiter: ';' } },
      {},
      'data.users.delimiter: only CSV files have one',
    ],
    [
      'split random rows',
      { users: { file: 'a.csv', order: 'random', share: 'split' } },
      {},
      'data.users.share: random order draws rows again and again, so they cannot be split',
    ],
    [
      'random rows that end',
      { users: { file: 'a.csv', order: 'random', onEnd: 'stop' } },
      {},
      'data.users.onEnd: random order comes to no end',
    ],
    [
      'copies that end at a rate',
      { users: { file: 'a.csv', share: 'copy', onEnd: 'stop' } },
      {},
      'data.users.onEnd: scenario "a" has a rate for the whole mesh, and copies of the rows have no end in common',
    ],
    [
      'a name of templates',
      { users: 'a.csv', node: 'a.csv' },
      {},
      'data.node: node is the name of something else in templates',
    ],
    [
      'a column that there is not',
      { users: 'a.csv' },
      { http: 'http://x.example/{{users.emial}}' },
      'scenarios[0].http.url: {{users.emial}}: `users` has no `emial`, did you mean {{users.email}}?',
    ],
    [
      'a source that there is not',
      { users: 'a.csv' },
      { http: 'http://x.example/{{user.email}}' },
      'scenarios[0].http.url: {{user.email}}: there is no such value, did you mean {{users.email}}?',
    ],
  ]
  for (const [what, data, change, told] of wrong) {
    it(`with ${what} are refused`, () => {
      const [first = ''] = problems(data, change)
      assert.ok(
        first.startsWith(told.split('scenarios[0].http')[0]!) && first.includes(told.split(': ').slice(1).join(': ')),
        first,
      )
    })
  }

  it('with fewer rows than scenarios that split them are refused', () => {
    const scenario = (name: string) => ({
      name,
      load: { rate: '1/s', duration: '1s' },
      http: 'http://x.example/{{users.email}}',
    })
    const text = JSON.stringify({ name: 't', data: { users: 'a.csv' }, scenarios: [scenario('a'), scenario('b')] })
    const result = parseSuite({ text, format: 'json', data: [{ ...FILES[0]!, rows: 1 }] })
    assert.ok(!result.ok)
    assert.equal(result.problems[0]?.message, 'a.csv has one row for 2 scenarios that split them')
  })
})
