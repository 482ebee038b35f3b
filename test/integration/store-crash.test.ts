import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { VajraError } from '../../src/base/errors.ts'
import { openDataDir } from '../../src/store/data-dir.ts'
import { openStore } from '../../src/store/sqlite-store.ts'

const RUN = 'r00000000-aaaaaaaaaa'

/** Holds the folder and writes batches until it is killed; prints each sequence once it is stored. */
const WRITER = `
  const { openDataDir } = await import(process.argv[1] + '/data-dir.ts')
  const { openStore } = await import(process.argv[1] + '/sqlite-store.ts')
  const held = openDataDir({ dir: process.argv[2], explicit: true })
  const store = openStore({ path: held.databasePath })
  store.putRun({ runId: '${RUN}', createdAt: 1, record: 'the record' })
  for (let sequence = 0; ; sequence++) {
    const batch = (bootId) => ({ runId: '${RUN}', bootId, sequence, bytes: new Uint8Array(3000).fill(sequence) })
    store.putBatches([batch('a'), batch('b')])
    process.stdout.write(sequence + '\\n')
    await new Promise((resolve) => setImmediate(resolve))
  }
`

function startWriter(folder: string): ChildProcess {
  const store = join(import.meta.dirname, '../../src/store')
  return spawn(process.execPath, ['--input-type=module', '-e', WRITER, store, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

describe('store of a process that is killed', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vajra-crash-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('holds everything it said it stored, whole transactions only, and the folder is free again', async () => {
    for (let round = 0; round < 3; round++) {
      const child = startWriter(folder)
      let acknowledged = -1
      const lines = createInterface({ input: child.stdout! })
      lines.on('line', (line) => {
        acknowledged = Number(line)
        if (acknowledged === 40 + round * 7) child.kill('SIGKILL')
      })
      await Promise.all([once(child, 'exit'), once(lines, 'close')])

      const held = openDataDir({ dir: folder, explicit: true })
      const notices: string[] = []
      const store = openStore({ path: held.databasePath, onNotice: (text) => notices.push(text) })
      assert.deepEqual(notices, [])
      assert.equal(store.run(RUN)?.record, 'the record')
      const sequences = store.heldSequences(RUN)
      assert.deepEqual(sequences.get('a'), sequences.get('b'))
      const last = sequences.get('a')?.at(-1) ?? -1
      assert.ok(last >= acknowledged, `holds up to ${last}, but ${acknowledged} was acknowledged`)
      for (const batch of store.batches(RUN)) assert.ok(batch.bytes.every((byte) => byte === (batch.sequence & 0xff)))
      store.close()
      held.release()
    }
  })

  it('locks its folder for other processes while it lives', async () => {
    const child = startWriter(folder)
    await once(child.stdout!, 'data')
    assert.throws(
      () => openDataDir({ dir: folder, explicit: true }),
      (thrown) => thrown instanceof VajraError && thrown.message.includes(`pid ${child.pid}`),
    )
    const beside = openDataDir({ dir: folder, explicit: false })
    assert.equal(beside.dir, join(folder, 'node-2'))
    beside.release()
    child.kill('SIGKILL')
    await once(child, 'exit')
    openDataDir({ dir: folder, explicit: true }).release()
  })
})
