import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSources } from '../../../src/data/read-sources.ts'
import { hashOf } from '../../../src/data/read-table.ts'
import { DataTable } from '../../../src/journey/data-table.ts'
import { readDataTables } from '../../../src/node/data-tables.ts'
import { openStore } from '../../../src/store/sqlite-store.ts'
import { parseSuite } from '../../../src/suite/parse.ts'
import type { Suite } from '../../../src/suite/spec.ts'

const CSV = 'email\na@x.org\nb@x.org\n'

/** A suite with one source, as the node that takes it makes it of the files it finds. */
async function suiteWith(
  source: Readonly<Record<string, string>>,
  files = new Map<string, Uint8Array>(),
): Promise<Suite> {
  const http = { url: 'http://127.0.0.1:1/', headers: { 'x-user': '{{users.email}}' } }
  const scenarios = [{ name: 'a', load: { rate: '1/s', duration: '1s' }, http }]
  const text = JSON.stringify({ name: 't', data: { users: source }, scenarios })
  const parsed = parseSuite({ text, format: 'json' })
  assert.ok(parsed.ok)
  const read = await readSources(parsed.suite.data ?? [], { files, node: 'n1', missingHint: '' })
  assert.deepEqual(read.problems, [])
  const whole = parseSuite({ text, format: 'json', data: read.files })
  assert.ok(whole.ok)
  return whole.suite
}

describe('the data of a run on a node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vajra-data-'))
  const path = join(folder, 'users.csv')
  const store = openStore({ path: ':memory:' })
  after(() => {
    store.close()
    rmSync(folder, { recursive: true })
  })

  it('is read from the store', async () => {
    const bytes = Buffer.from(CSV)
    const suite = await suiteWith({ file: 'users.csv' }, new Map([['users.csv', bytes]]))
    await assert.rejects(readDataTables(suite, store), /users\.csv is not on this node/)
    store.putFile(hashOf(bytes), bytes)
    const [memory] = await readDataTables(suite, store)
    assert.equal(new DataTable(memory!).cell(1, 0), 'b@x.org')
  })

  it('is read from the node’s own disk, if it is what it was where the run was submitted', async () => {
    writeFileSync(path, CSV)
    const suite = await suiteWith({ path })
    const [memory] = await readDataTables(suite, store)
    assert.equal(new DataTable(memory!).rows, 2)
    writeFileSync(path, `${CSV}c@x.org\n`)
    await assert.rejects(
      readDataTables(suite, store),
      /users\.csv is not the same here as on the node that the suite was given to \(here 30 bytes, SHA-256 \w{12}…; there 22 bytes, \w{12}…\)/,
    )
    rmSync(path)
    // Opened in the ordinary way, a pipe without a writer would be waited for.
    execFileSync('mkfifo', [path])
    await assert.rejects(readDataTables(suite, store), /users\.csv cannot be read on this node: it is not a file/)
    rmSync(path)
    await assert.rejects(
      readDataTables(suite, store),
      /users\.csv cannot be read on this node: ENOENT.*put the file on every/,
    )
  })
})
