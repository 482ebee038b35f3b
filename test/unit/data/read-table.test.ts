import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readTable } from '../../../src/data/read-table.ts'
import { DataTable } from '../../../src/journey/data-table.ts'
import type { DataFormat, DataSource } from '../../../src/suite/data-spec.ts'

function sourceOf(format: DataFormat, delimiter = ','): DataSource {
  return {
    key: 'users',
    name: 'users',
    file: `users.${format}`,
    onNodes: false,
    format,
    delimiter,
    order: 'sequential',
    share: 'split',
    onEnd: 'recycle',
    content: null,
    path: ['data', 'users'],
  }
}

async function rowsOf(format: DataFormat, text: string, delimiter?: string): Promise<unknown> {
  const read = await readTable(sourceOf(format, delimiter), Buffer.from(text))
  assert.ok(read.ok, read.ok ? '' : read.problem.message)
  const table = new DataTable(read.memory)
  const rows = Array.from({ length: table.rows }, (_, row) => table.columns.map((_, column) => table.cell(row, column)))
  return [table.columns, ...rows]
}

async function problemOf(format: DataFormat, bytes: string | Uint8Array): Promise<string> {
  const read = await readTable(sourceOf(format), typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
  assert.ok(!read.ok)
  assert.equal(read.problem.path, 'data.users')
  assert.ok((read.problem.hint ?? '') !== '', 'every problem says what to do')
  return read.problem.message
}

describe('a data file', () => {
  it('is read as CSV, with quotes, empty lines, a byte order mark and any line end', async () => {
    const text = '\ufeffemail,name\r\n\r\n a@x ,"Ä, ""B"""\nb@x,\n'
    assert.deepEqual(await rowsOf('csv', text), [
      ['email', 'name'],
      [' a@x ', 'Ä, "B"'],
      ['b@x', ''],
    ])
    assert.deepEqual(await rowsOf('csv', 'a;b\n1;2', ';'), [
      ['a', 'b'],
      ['1', '2'],
    ])
  })

  it('is read as JSON and as NDJSON, where what is no text is told as JSON, and null is nothing', async () => {
    const rows = [
      { id: 1, tags: ['x'], name: null },
      { name: 'é', id: true, tags: {} },
    ]
    const expected = [
      ['id', 'tags', 'name'],
      ['1', '["x"]', ''],
      ['true', '{}', 'é'],
    ]
    assert.deepEqual(await rowsOf('json', JSON.stringify(rows)), expected)
    assert.deepEqual(await rowsOf('ndjson', `${rows.map((row) => JSON.stringify(row)).join('\n\n')}\n`), expected)
  })

  it('is the same to the last cell after many slices', async () => {
    const count = 30_000
    const text = `id,text\n${Array.from({ length: count }, (_, i) => `${i},"line ${i}\nµ${i % 7}"`).join('\n')}`
    const read = await readTable(sourceOf('csv'), Buffer.from(text))
    assert.ok(read.ok)
    const table = new DataTable(read.memory)
    assert.equal(table.rows, count)
    for (const row of [0, 1, 4999, 15_000, count - 1]) {
      assert.deepEqual([table.cell(row, 0), table.cell(row, 1)], [`${row}`, `line ${row}\nµ${row % 7}`])
    }
    assert.equal(read.content.sha256, createHash('sha256').update(text).digest('hex'))
  })

  const wrong: readonly [string, DataFormat, string, RegExp][] = [
    ['a short row', 'csv', 'a,b\n1,2\nsecret\n', /^users\.csv, line 3: has 1 field, the header has 2$/],
    ['a long row', 'csv', 'a,b\n1,2,secret\n', /^users\.csv, line 2: has 3 fields, the header has 2$/],
    ['an open quote', 'csv', 'a,b\n1,"secret\n', /^users\.csv, line \d: the file ends within quotes$/],
    ['a quote within a field', 'csv', 'a,b\n1,sec"ret\n', /^users\.csv, line 2: a quote is within a field/],
    ['text behind a quote', 'csv', 'a,b\n1,"sec"ret\n', /^users\.csv, line 2: something follows a closing quote$/],
    ['nothing', 'csv', '', /^users\.csv: is empty$/],
    ['a header alone', 'csv', 'a,b\n', /^users\.csv: has no rows$/],
    ['a column without a name', 'csv', 'a,\n1,2\n', /^users\.csv, line 1: column 2 has no name$/],
    ['two columns of one name', 'csv', 'a,b,a\n1,2,3\n', /^users\.csv, line 1: columns 1 and 3 are both called a$/],
    [
      'no header',
      'csv',
      'secret@x.org,1\nb@x.org,2\n',
      /^users\.csv, line 1: column 1 has a name that cannot be used$/,
    ],
    ['a map', 'json', '{"a":"secret"}', /^users\.json: is not a list of objects$/],
    ['an entry that is none', 'json', '[{"a":1},["secret"]]', /^users\.json: entry 1 is not an object$/],
    ['an entry without a key', 'json', '[{"a":1},{"b":"secret"}]', /^users\.json: entry 1 has no a, which/],
    ['broken JSON', 'json', '[{"a":1},\n{"a" "secret"}]', /^users\.json, line 2: is not valid JSON$/],
    ['a broken line', 'ndjson', '{"a":1}\nsecret', /^users\.ndjson, line 2: is not valid JSON$/],
    ['a line with a key more', 'ndjson', '{"a":1}\n{"a":1,"b":"secret"}', /^users\.ndjson, line 2: it has a key/],
  ]
  for (const [what, format, text, message] of wrong) {
    it(`with ${what} is refused, and none of it is quoted`, async () => {
      const told = await problemOf(format, text)
      assert.match(told, message)
      assert.doesNotMatch(told, /secret/)
    })
  }

  it('that is not UTF-8 is refused, with its line', async () => {
    assert.match(
      await problemOf('csv', Buffer.from([97, 10, 98, 10, 0xff, 10])),
      /^users\.csv, line 3: is not valid UTF-8$/,
    )
    assert.match(await problemOf('csv', Buffer.from('\ufeffa\n1\n', 'utf16le')), /^users\.csv: is UTF-16$/)
  })
})
