import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LIMITS } from '../../../src/base/limits.ts'
import { openDataDir } from '../../../src/store/data-dir.ts'
import { beginLife, placeOf } from '../../../src/store/lives.ts'

/** A boot id as libp2p makes them. */
const life = (number: number): string => `12D3KooW${'A'.repeat(42)}${String(number).padStart(2, 'B')}`

describe('lives in a data folder', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vajra-lives-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const begin = (dir: string, bootId: string): readonly string[] => {
    const held = openDataDir({ dir, explicit: true })
    try {
      return held.beginLife(bootId)
    } finally {
      held.release()
    }
  }

  it('are told to the next one, the newest first, and no more than a few', function () {
    if (process.platform !== 'linux') return this.skip()
    const dir = join(folder, 'data')
    const before: string[] = []
    for (let number = 0; number < LIMITS.formerLives + 3; number++) {
      assert.deepEqual(begin(dir, life(number)), before.slice(0, LIMITS.formerLives))
      before.unshift(life(number))
    }
  })

  it('are not those of a copy', () => {
    const [dir, copy] = [join(folder, 'data'), join(folder, 'copy')]
    begin(dir, life(1))
    cpSync(dir, copy, { recursive: true })
    assert.deepEqual(begin(copy, life(2)), [])
    assert.deepEqual(begin(copy, life(3)), process.platform === 'linux' ? [life(2)] : [])
  })

  it('end with the machine that they were on, and are not claimed where no machine can be told', () => {
    const [lock, kernel] = [join(folder, 'vajra.lock'), join(folder, 'kernel')]
    writeFileSync(lock, '')
    writeFileSync(kernel, 'one\n')
    const place = (): string | null => placeOf(lock, kernel)
    assert.deepEqual(beginLife(folder, place(), life(1)), [])
    assert.deepEqual(beginLife(folder, place(), life(2)), [life(1)])
    writeFileSync(kernel, 'another\n')
    assert.deepEqual(beginLife(folder, place(), life(3)), [])
    assert.deepEqual(beginLife(folder, place(), life(4)), [life(3)])
    for (const unknown of [placeOf(lock, join(folder, 'none')), placeOf(join(folder, 'none'), kernel)]) {
      assert.equal(unknown, null)
      assert.deepEqual(beginLife(folder, unknown, life(5)), [])
    }
    assert.deepEqual(beginLife(folder, null, life(6)), [])
  })

  it('take no harm from a file that says something else', () => {
    const place = 'here'
    for (const content of ['', '{', 'null', '{"place":"here"}', '{"place":"here","lives":[1,"x y",null]}']) {
      writeFileSync(join(folder, 'vajra.lives'), content)
      assert.deepEqual(beginLife(folder, place, life(1)), [])
    }
    assert.deepEqual(beginLife(folder, place, life(2)), [life(1)])
    rmSync(join(folder, 'vajra.lives'))
    mkdirSync(join(folder, 'vajra.lives'))
    assert.throws(() => beginLife(folder, place, life(3)))
  })
})
