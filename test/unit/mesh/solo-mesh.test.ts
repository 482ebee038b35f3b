import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createSoloMesh } from '../../../src/mesh/solo-mesh.ts'

describe('mesh of one', () => {
  it('has nobody to talk to, and says so', async () => {
    const mesh = createSoloMesh('only')
    const never = () => assert.fail('nothing happens in a mesh of one')
    await mesh.start({ connected: never, disconnected: never, message: never, gossip: never, log: never })
    assert.equal(mesh.bootId, 'only')
    assert.deepEqual(mesh.peers(), [])
    assert.deepEqual(mesh.listenAddresses(), [])
    assert.equal(mesh.send('someone', 'control', Uint8Array.of(1)), false)
    mesh.gossip(Uint8Array.of(1))
    assert.equal(await mesh.probe('someone'), 'silent')
    assert.equal(mesh.statistics().dropped, 1)
    assert.equal(mesh.statistics().messagesSent, 0)
    await mesh.stop()
  })

  it('loads no networking: vajra run starts without it', () => {
    for (const file of ['solo-mesh.ts', 'codec.ts', 'batch-codec.ts']) {
      const packages = packagesOf(join(import.meta.dirname, '../../../src/mesh', file))
      assert.deepEqual(
        [...packages].filter((name) => name.includes('libp2p')),
        [],
        file,
      )
    }
  })
})

/** Packages a module loads, itself or through modules of this project. Types are not loaded. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>()
  if (seen.has(file)) return packages
  seen.add(file)
  for (const [, name] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type ).*?from '([^']+)'/gms)) {
    if (!name!.startsWith('.')) packages.add(name!)
    else for (const inner of packagesOf(join(dirname(file), name!), seen)) packages.add(inner)
  }
  return packages
}
