import assert from 'node:assert/strict'
import { readdirSync, readlinkSync } from 'node:fs'
import { scratchPath, TEMPORARY } from '../../../src/store/scratch.ts'
import { openStore } from '../../../src/store/sqlite-store.ts'

const RUN = 'r00000000-aaaaaaaaaa'

/** Megabytes (10^6) of the process in RAM. */
function residentMb(): number {
  return process.memoryUsage.rss() / 1e6
}

describe('a store that ends with the process', () => {
  it('holds a long run without holding it in memory', () => {
    const store = openStore({ path: TEMPORARY })
    const bytes = new Uint8Array(8192)
    const fill = (from: number, to: number): void => {
      for (let sequence = from; sequence < to; sequence++) {
        store.putBatches([{ runId: RUN, bootId: 'node-a', sequence, bytes }])
      }
    }
    // Its cache has its size by then.
    fill(0, 1000)
    const before = residentMb()
    fill(1000, 6000)
    const grown = residentMb() - before
    assert.ok(grown < 20, `${grown} MB for 41 MB of batches`)
    assert.deepEqual(store.heldSequences(RUN).get('node-a')?.length, 6000)
    let read = 0
    for (const { bytes } of store.batches(RUN)) read += bytes.length
    assert.equal(read, 6000 * 8192)
    store.close()
  })

  it('leaves no file that could be found', function () {
    if (process.platform !== 'linux') this.skip()
    const store = openStore({ path: scratchPath() })
    for (let sequence = 0; sequence < 1000; sequence++) {
      store.putBatches([{ runId: RUN, bootId: 'node-a', sequence, bytes: new Uint8Array(8192) }])
    }
    // What SQLite names its temporary files.
    const files = openFiles().filter((file) => file.includes('etilqs'))
    assert.ok(files.length > 0)
    for (const file of files) assert.match(file, / \(deleted\)$/)
    store.close()
  })
})

/** What this process has open, on Linux. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)]
    } catch {
      return [] // That of the reading itself.
    }
  })
}
