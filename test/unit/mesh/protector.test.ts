import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { MessageStream, MultiaddrConnection, StreamMessageEvent } from '@libp2p/interface'
import { byteStream, multiaddrConnectionPair } from '@libp2p/utils'
import fc from 'fast-check'
import { clusterKeyProtector } from '../../../src/mesh/protector.ts'

const newKey = (): string => randomBytes(32).toString('hex')

/** Both ends of a connection, protected, and what each end was told on the one beneath. */
async function connected(clusterKey: string, otherKey = clusterKey) {
  const beneath = multiaddrConnectionPair()
  const [a, b] = await Promise.all([
    clusterKeyProtector(clusterKey)().protect(beneath[0]),
    clusterKeyProtector(otherKey)().protect(beneath[1]),
  ])
  let bytes = 0
  b.addEventListener('message', ({ data }: StreamMessageEvent) => {
    bytes += data.byteLength
  })
  const received = (): number => bytes
  return { a, b, beneath, heard: beneath.map(recorded), toA: recorded(a), toB: recorded(b), received }
}

function recorded(stream: MessageStream | MultiaddrConnection): () => Buffer {
  const parts: Uint8Array[] = []
  stream.addEventListener('message', ({ data }: StreamMessageEvent) => parts.push(data.subarray()))
  return () => Buffer.concat(parts)
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000
  while (!holds()) {
    assert.ok(performance.now() < deadline, 'not within 5 s')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('the protector of connections', () => {
  it('passes what is said in both directions, however it is cut', async () => {
    const says = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(says, says, async (fromA, fromB) => {
        const { a, b, toA, toB } = await connected(newKey())
        for (const bytes of fromA) a.send(bytes)
        for (const bytes of fromB) b.send(bytes)
        const [saidA, saidB] = [Buffer.concat(fromA), Buffer.concat(fromB)]
        await until(() => toB().length >= saidA.length && toA().length >= saidB.length)
        assert.deepEqual(toB(), saidA)
        assert.deepEqual(toA(), saidB)
      }),
    )
  })

  it('is noise to whoever listens, another noise each time and in each direction', async () => {
    const clusterKey = newKey()
    const text = Buffer.from('the same words'.repeat(10))
    const seen = new Set<string>()
    for (let i = 0; i < 3; i++) {
      const { a, b, heard, toA, toB } = await connected(clusterKey)
      a.send(text)
      b.send(text)
      await until(() => toA().length === text.length && toB().length === text.length)
      for (const side of heard) {
        const bytes = side().subarray(-text.length)
        assert.ok(!bytes.includes('same'))
        seen.add(bytes.toString('hex'))
      }
    }
    assert.equal(seen.size, 6)
  })

  it('tells holders of another key nothing', async () => {
    const { a, toB } = await connected(newKey(), newKey())
    a.send(Buffer.from('secret'))
    await until(() => toB().length === 6)
    assert.notEqual(toB().toString(), 'secret')
  })

  it('goes on after thousands of connections and with the largest of writes', async function () {
    this.timeout(30_000)
    const clusterKey = newKey()
    const first = await connected(clusterKey)
    for (let i = 0; i < 6000; i++) {
      const { a, b } = await connected(clusterKey)
      a.abort(new Error('done'))
      b.abort(new Error('done'))
    }
    const last = await connected(clusterKey)
    const large = randomBytes(3_000_000)
    const said = [randomBytes(10), large, ...Array.from({ length: 1200 }, () => randomBytes(10))]
    const whole = Buffer.concat(said)
    for (const bytes of said) {
      first.a.send(bytes)
      last.a.send(bytes)
      if (bytes === large) await until(() => first.received() > large.length && last.received() > large.length)
    }
    await until(() => first.received() === whole.length && last.received() === whole.length)
    assert.ok(first.toB().equals(whole))
    assert.ok(last.toB().equals(whole))
  })

  it('refuses one that repeats what it hears', async () => {
    const beneath = multiaddrConnectionPair()
    const echo = byteStream(beneath[1])
    const refused = assert.rejects(clusterKeyProtector(newKey())().protect(beneath[0]), /repeats what it hears/)
    await echo.write((await echo.read({ bytes: 16 })).subarray())
    await refused
  })

  it('waits for a nonce only as long as it is told', async () => {
    const [quiet] = multiaddrConnectionPair()
    const signal = AbortSignal.timeout(20)
    await assert.rejects(clusterKeyProtector(newKey())().protect(quiet!, { signal }))
  })

  it('ends when the connection beneath ends, and the other way round', async () => {
    const one = await connected(newKey())
    one.beneath[0].abort(new Error('torn'))
    await until(() => one.a.status !== 'open' && one.b.status !== 'open')
    const other = await connected(newKey())
    await other.b.close()
    await until(() => other.beneath[1].status !== 'open' && other.a.status !== 'open')
  })
})
