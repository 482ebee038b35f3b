import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VajraError } from '../../../src/base/errors.ts'
import { openDataDir } from '../../../src/store/data-dir.ts'

describe('data folder', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vajra-data-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('is created with its parents, for its owner only', () => {
    const held = openDataDir({ dir: join(folder, 'a', 'b'), explicit: true })
    assert.equal(held.dir, join(folder, 'a', 'b'))
    assert.equal(held.databasePath, join(folder, 'a', 'b', 'vajra.db'))
    assert.equal(statSync(held.dir).mode & 0o777, 0o700)
    held.release()
  })

  it('gives a second node the next numbered folder when nobody asked for this one', () => {
    const first = openDataDir({ dir: folder, explicit: false })
    const second = openDataDir({ dir: folder, explicit: false })
    const third = openDataDir({ dir: folder, explicit: false })
    assert.deepEqual([first.dir, second.dir, third.dir], [folder, join(folder, 'node-2'), join(folder, 'node-3')])
    second.release()
    second.release()
    const again = openDataDir({ dir: folder, explicit: false })
    assert.equal(again.dir, second.dir)
    for (const held of [first, again, third]) held.release()
  })

  it('refuses a folder asked for by name when a node holds it, naming the process', () => {
    const first = openDataDir({ dir: folder, explicit: true })
    assert.throws(
      () => openDataDir({ dir: folder, explicit: true }),
      (thrown) =>
        thrown instanceof VajraError &&
        thrown.code === 'DATA_DIR_UNUSABLE' &&
        thrown.message.includes(`pid ${process.pid}`) &&
        /--data-dir/.test(thrown.hint ?? ''),
    )
    first.release()
    openDataDir({ dir: folder, explicit: true }).release()
  })

  it('takes no notice of files a dead node left behind', () => {
    writeFileSync(join(folder, 'vajra.lock'), '')
    writeFileSync(join(folder, 'vajra.pid'), '1\n')
    const held = openDataDir({ dir: folder, explicit: true })
    assert.equal(held.dir, folder)
    held.release()
    assert.equal(existsSync(join(folder, 'vajra.pid')), false)
  })

  it('says DATA_DIR_UNUSABLE when the path is not a folder', () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    for (const dir of [file, join(file, 'below')]) {
      assert.throws(
        () => openDataDir({ dir, explicit: false }),
        (thrown) => thrown instanceof VajraError && thrown.code === 'DATA_DIR_UNUSABLE' && thrown.hint !== undefined,
      )
    }
  })
})
