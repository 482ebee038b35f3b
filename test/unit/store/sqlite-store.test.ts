import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { VajraError } from '../../../src/base/errors.ts'
import { openStore } from '../../../src/store/sqlite-store.ts'
import type { StoredBatch } from '../../../src/store/store-port.ts'

const RUN = 'r00000000-aaaaaaaaaa'
const OTHER = 'r00000001-bbbbbbbbbb'

function batch(sequence: number, bootId = 'node-a', bytes = [sequence & 0xff, 1, 2], runId = RUN): StoredBatch {
  return { runId, bootId, sequence, bytes: Uint8Array.from(bytes) }
}

function withFolder(action: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'vajra-store-'))
  try {
    action(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe('store', () => {
  it('keeps a run as first put, its newest table and its report', () => {
    const store = openStore({ path: ':memory:' })
    store.putRun({ runId: RUN, createdAt: 5, record: '{"a":1}' })
    store.putRun({ runId: RUN, createdAt: 9, record: '{"a":2}' })
    assert.deepEqual(store.run(RUN), {
      runId: RUN,
      createdAt: 5,
      record: '{"a":1}',
      table: null,
      report: null,
      ended: false,
    })
    store.putTable(RUN, 't1', false)
    store.putTable(RUN, 't2', true)
    store.putTable(RUN, 't3', false)
    store.putReport(RUN, 'r')
    const run = store.run(RUN)
    assert.equal(run?.table, 't3')
    assert.equal(run?.report, 'r')
    assert.equal(run?.ended, true, 'a run that ended stays ended')
    assert.equal(store.run(OTHER), undefined)
    store.close()
  })

  it('lists runs newest first, equal ages by id', () => {
    const store = openStore({ path: ':memory:' })
    store.putRun({ runId: 'r1', createdAt: 1, record: '' })
    store.putRun({ runId: 'r3', createdAt: 2, record: '' })
    store.putRun({ runId: 'r2', createdAt: 2, record: '' })
    assert.deepEqual(
      store.runs().map((run) => run.runId),
      ['r3', 'r2', 'r1'],
    )
    store.close()
  })

  it('tells stored, duplicate and contradiction apart, and keeps the first', () => {
    const store = openStore({ path: ':memory:' })
    assert.deepEqual(store.putBatches([]), [])
    assert.deepEqual(
      store.putBatches([batch(0), batch(0), batch(0, 'node-a', [9]), batch(0, 'node-b', []), batch(0, 'node-b', [])]),
      ['stored', 'duplicate', 'contradiction', 'stored', 'duplicate'],
    )
    const held = [...store.batches(RUN)]
    assert.deepEqual(
      held.map((one) => [one.bootId, one.sequence, [...one.bytes]]),
      [
        ['node-a', 0, [0, 1, 2]],
        ['node-b', 0, []],
      ],
    )
    store.close()
  })

  it('walks batches by sequence, then boot id, across pages, while others are written', () => {
    const store = openStore({ path: ':memory:' })
    const all: StoredBatch[] = []
    for (let sequence = 699; sequence >= 0; sequence--) all.push(batch(sequence, 'node-b'), batch(sequence, 'node-a'))
    store.putBatches(all)
    store.putBatches([batch(0, 'node-a', [1], OTHER)])
    const seen: string[] = []
    for (const one of store.batches(RUN)) {
      if (seen.length === 10) store.putBatches([batch(700, 'node-a')])
      seen.push(`${one.sequence}${one.bootId}`)
    }
    const expected = Array.from({ length: 700 }, (_, i) => [`${i}node-a`, `${i}node-b`]).flat()
    assert.deepEqual(seen, [...expected, '700node-a'])
    store.close()
  })

  it('walks the batches of one node and range, both ends included', () => {
    const store = openStore({ path: ':memory:' })
    store.putBatches(Array.from({ length: 600 }, (_, i) => [batch(i, 'node-a'), batch(i, 'node-b')]).flat())
    const range = [...store.batches(RUN, { bootId: 'node-b', from: 10, to: 560 })]
    assert.deepEqual(
      range.map((one) => one.sequence),
      Array.from({ length: 551 }, (_, i) => i + 10),
    )
    assert.ok(range.every((one) => one.bootId === 'node-b'))
    assert.deepEqual([...store.batches(RUN, { bootId: 'node-b', from: 5, to: 4 })], [])
    store.close()
  })

  it('deletes the oldest ended runs beyond what is kept, with their batches', () => {
    const store = openStore({ path: ':memory:' })
    for (const [i, runId] of ['r1', 'r2', 'r3', 'r4'].entries()) {
      store.putRun({ runId, createdAt: i, record: '' })
      store.putBatches([batch(0, 'node-a', [1], runId)])
      if (runId !== 'r1') store.putTable(runId, '', true)
    }
    assert.deepEqual(store.prune(1), ['r3', 'r2'])
    assert.deepEqual(
      store.runs().map((run) => run.runId),
      ['r4', 'r1'],
    )
    assert.equal(store.heldSequences('r2').size, 0)
    assert.equal(store.heldSequences('r4').size, 1)
    assert.deepEqual(store.prune(1), [])
    store.close()
  })

  it('answers like a map from identity to first bytes', () => {
    const anyBatch = fc.record({
      runId: fc.constantFrom(RUN, OTHER),
      bootId: fc.constantFrom('a', 'b', 'c'),
      sequence: fc.nat(6),
      bytes: fc.uint8Array({ maxLength: 2 }),
    })
    fc.assert(
      fc.property(fc.array(fc.array(anyBatch, { maxLength: 8 }), { maxLength: 8 }), (transactions) => {
        const store = openStore({ path: ':memory:' })
        const model = new Map<string, Uint8Array>()
        for (const batches of transactions) {
          const expected = batches.map((one) => {
            const key = `${one.runId} ${one.bootId} ${one.sequence}`
            const held = model.get(key)
            if (held === undefined) {
              model.set(key, one.bytes)
              return 'stored'
            }
            return Buffer.compare(held, one.bytes) === 0 ? 'duplicate' : 'contradiction'
          })
          assert.deepEqual(store.putBatches(batches), expected)
        }
        const seen = [...store.batches(RUN), ...store.batches(OTHER)]
        assert.equal(seen.length, model.size)
        for (const one of seen) {
          assert.deepEqual([...one.bytes], [...model.get(`${one.runId} ${one.bootId} ${one.sequence}`)!])
        }
        for (const runId of [RUN, OTHER]) {
          for (const [bootId, sequences] of store.heldSequences(runId)) {
            const expected = [...model.keys()].filter((key) => key.startsWith(`${runId} ${bootId} `))
            assert.deepEqual(
              sequences,
              expected.map((key) => Number(key.split(' ')[2])).sort((a, b) => a - b),
            )
          }
        }
        store.close()
      }),
      { numRuns: 50 },
    )
  })
})

describe('store on disk', () => {
  it('is there again after it was closed, without batches whose run never came', () => {
    withFolder((folder) => {
      const path = join(folder, 'vajra.db')
      const store = openStore({ path })
      store.putRun({ runId: RUN, createdAt: 1, record: 'x' })
      store.putBatches([batch(0), batch(1), batch(0, 'node-a', [1], OTHER)])
      store.putReport(RUN, 'the report')
      store.close()
      store.close()
      const again = openStore({ path })
      assert.equal(again.run(RUN)?.report, 'the report')
      assert.deepEqual(again.heldSequences(RUN), new Map([['node-a', [0, 1]]]))
      assert.equal(again.heldSequences(OTHER).size, 0)
      again.close()
    })
  })

  for (const [what, damage] of [
    ['is not a database', (path: string) => writeFileSync(path, 'this is not a database, and long enough to be read')],
    [
      'has been overwritten in the middle',
      (path: string) => {
        const store = openStore({ path })
        store.putRun({ runId: RUN, createdAt: 1, record: 'x'.repeat(50_000) })
        store.putBatches(Array.from({ length: 200 }, (_, i) => batch(i, 'node-a', Array(500).fill(i & 0xff))))
        store.close()
        const bytes = readFileSync(path)
        bytes.fill(0xab, 4096, 4096 * 12)
        writeFileSync(path, bytes)
      },
    ],
  ] as const) {
    it(`sets a database aside that ${what}, and says so`, () => {
      withFolder((folder) => {
        const path = join(folder, 'vajra.db')
        damage(path)
        const notices: string[] = []
        const store = openStore({ path, wall: () => Date.UTC(2030, 0, 2), onNotice: (text) => notices.push(text) })
        assert.deepEqual(store.runs(), [])
        store.putRun({ runId: OTHER, createdAt: 1, record: '' })
        store.close()
        const aside = readdirSync(folder).filter((name) => name.includes('.corrupt-'))
        assert.deepEqual(aside, ['vajra.db.corrupt-2030-01-02T00-00-00-000Z'])
        assert.equal(notices.length, 1)
        assert.match(notices[0] ?? '', /is damaged; it was moved to .*corrupt-2030/)
      })
    })
  }

  it('does not overwrite a database that was set aside before', () => {
    withFolder((folder) => {
      const path = join(folder, 'vajra.db')
      for (let i = 0; i < 3; i++) {
        writeFileSync(path, `garbage number ${i}, long enough to be looked at`)
        openStore({ path, wall: () => 0 }).close()
        rmSync(path)
      }
      assert.equal(readdirSync(folder).filter((name) => name.includes('.corrupt-')).length, 3)
    })
  })

  it('brings a database of an earlier version up to date, with what is in it', () => {
    withFolder((folder) => {
      const path = join(folder, 'vajra.db')
      const bytes = Uint8Array.of(1, 2, 3)
      const store = openStore({ path })
      store.putRun({ runId: 'r', createdAt: 1, record: '{}' })
      store.putBatches([{ runId: 'r', bootId: 'b', sequence: 0, bytes }])
      store.close()
      const database = new DatabaseSync(path)
      database.exec('DROP TABLE files; DROP TABLE run_files; PRAGMA user_version = 1')
      database.close()
      const reopened = openStore({ path })
      assert.deepEqual(
        [...reopened.batches('r')].map((batch) => Uint8Array.from(batch.bytes)),
        [bytes],
      )
      reopened.close()
      const after = new DatabaseSync(path)
      assert.deepEqual({ ...after.prepare('PRAGMA user_version').get() }, { user_version: 3 })
      after.close()
    })
  })

  it('refuses a database of a newer version and leaves it where it is', () => {
    withFolder((folder) => {
      const path = join(folder, 'vajra.db')
      const database = new DatabaseSync(path)
      database.exec('PRAGMA user_version = 99')
      database.close()
      assert.throws(
        () => openStore({ path }),
        (thrown) => thrown instanceof VajraError && thrown.code === 'DATA_DIR_UNUSABLE' && /newer/.test(thrown.message),
      )
      assert.ok(existsSync(path))
    })
  })

  it('says DATA_DIR_UNUSABLE when the file cannot be opened', () => {
    withFolder((folder) => {
      mkdirSync(join(folder, 'vajra.db'))
      for (const path of [join(folder, 'vajra.db'), join(folder, 'missing', 'vajra.db')]) {
        assert.throws(
          () => openStore({ path }),
          (thrown) => thrown instanceof VajraError && thrown.code === 'DATA_DIR_UNUSABLE' && thrown.hint !== undefined,
        )
      }
    })
  })

  it('says DATA_DIR_UNUSABLE when it is used after it was closed', () => {
    const store = openStore({ path: ':memory:' })
    store.close()
    assert.throws(
      () => store.putRun({ runId: RUN, createdAt: 1, record: '' }),
      (thrown) => thrown instanceof VajraError && thrown.code === 'DATA_DIR_UNUSABLE',
    )
  })
})
