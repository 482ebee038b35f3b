import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LocalDirectory } from '../../../src/mesh/local-directory.ts'

const KEY = 'a'.repeat(64)
const HERE = { host: '127.0.0.1', port: 4001 }

describe('local directory', () => {
  let root = ''
  const open: LocalDirectory[] = []
  const of = (bootId: string, key = KEY) => {
    const directory = new LocalDirectory(root, key, bootId)
    open.push(directory)
    return directory
  }
  const folder = () => join(root, readdirSync(root)[0]!)

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'vajra-local-'))
  })
  afterEach(() => {
    for (const directory of open.splice(0)) directory.withdraw()
    rmSync(root, { recursive: true, force: true })
  })

  it('tells nodes of one key of each other, once each', async () => {
    const [a, b] = [of('a'), of('b')]
    await a.announce([HERE], () => {})
    await b.announce([HERE], () => {})
    assert.deepEqual(await a.read(), [{ bootId: 'b', endpoints: [HERE] }])
    assert.deepEqual(await a.read(), [])
    assert.deepEqual(await b.read(), [{ bootId: 'a', endpoints: [HERE] }])
  })

  it('calls back when another node appears', async () => {
    const a = of('a')
    await new Promise<void>((resolve, reject) => {
      a.announce([HERE], resolve)
        .then(() => of('b').announce([HERE], () => {}))
        .catch(reject)
    })
  })

  it('keeps nodes of different keys apart', async () => {
    const [a, b] = [of('a'), of('b', 'b'.repeat(64))]
    await a.announce([HERE], () => {})
    await b.announce([HERE], () => {})
    assert.deepEqual(await a.read(), [])
  })

  it('is for this user only, and its names do not tell the key', async () => {
    await of('a').announce([HERE], () => {})
    assert.equal(statSync(folder()).mode & 0o777, 0o700)
    assert.equal(statSync(join(folder(), 'a.json')).mode & 0o777, 0o600)
    assert.ok(!folder().includes(KEY.slice(0, 8)))
  })

  it('removes what dead processes left, and nothing else', async () => {
    const a = of('a')
    await a.announce([HERE], () => {})
    const dead = JSON.stringify({ addresses: ['/ip4/127.0.0.1/tcp/1'], pid: 2 ** 22 + 1 })
    writeFileSync(join(folder(), 'dead.json'), dead)
    writeFileSync(join(folder(), 'broken.json'), '{')
    writeFileSync(join(folder(), 'huge.json'), 'x'.repeat(10_000))
    writeFileSync(join(folder(), 'notes.txt'), 'mine')
    assert.deepEqual(await a.read(), [])
    assert.deepEqual(readdirSync(folder()).sort(), ['a.json', 'broken.json', 'huge.json', 'notes.txt'])
  })

  it('removes a file whose addresses nobody serves; its own it restores', async () => {
    const [a, b] = [of('a'), of('b')]
    await a.announce([HERE], () => {})
    await b.announce([HERE], () => {})
    await a.read()
    await a.forget('b')
    assert.deepEqual(readdirSync(folder()), ['a.json'])
    await b.read()
    assert.deepEqual(await a.read(), [{ bootId: 'b', endpoints: [HERE] }])
  })

  it('leaves nothing behind', async () => {
    const a = of('a')
    await a.announce([HERE], () => {})
    a.withdraw()
    assert.deepEqual(readdirSync(folder()), [])
  })
})
