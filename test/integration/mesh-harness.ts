/** Meshes for the integration tests: in this process with what they were told, or in processes that can be killed. */

import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { BootId } from '../../src/base/ids.ts'
import { createLibp2pMesh, type Libp2pMeshOptions } from '../../src/mesh/libp2p-mesh.ts'
import type { Channel, MeshPort } from '../../src/mesh/mesh-port.ts'

export interface Recorded {
  readonly mesh: MeshPort
  readonly connected: BootId[]
  readonly disconnected: { readonly peer: BootId; readonly at: number }[]
  readonly messages: { readonly from: BootId; readonly channel: Channel; readonly bytes: Uint8Array }[]
  readonly gossip: { readonly from: BootId; readonly bytes: Uint8Array }[]
  readonly log: string[]
}

export function newKey(): string {
  return randomBytes(32).toString('hex')
}

type Options = Omit<Libp2pMeshOptions, 'name'> & { readonly name?: string }

/** Meshes and processes started by the running test; `stopAll` ends them. */
const meshes: MeshPort[] = []
const children: ChildProcess[] = []

export async function startMesh(options: Options): Promise<Recorded> {
  const mesh = await createLibp2pMesh({ listen: ['127.0.0.1:0'], mdns: false, name: 'test', ...options })
  const recorded: Recorded = { mesh, connected: [], disconnected: [], messages: [], gossip: [], log: [] }
  meshes.push(mesh)
  await mesh.start({
    connected: (peer) => recorded.connected.push(peer),
    disconnected: (peer) => recorded.disconnected.push({ peer, at: performance.now() }),
    message: (from, channel, bytes) => recorded.messages.push({ from, channel, bytes }),
    gossip: (from, bytes) => recorded.gossip.push({ from, bytes }),
    log: (level, message) => recorded.log.push(`${level}: ${message}`),
  })
  return recorded
}

export interface Child {
  readonly process: ChildProcess
  readonly bootId: BootId
  readonly listen: readonly string[]
  readonly told: { readonly kind: string; readonly [key: string]: unknown }[]
}

/** A mesh in a process of its own. */
export async function forkMesh(options: Options): Promise<Child> {
  const child = fork(join(import.meta.dirname, 'mesh-child.ts'), [
    JSON.stringify({ listen: ['127.0.0.1:0'], mdns: false, name: 'child', ...options }),
  ])
  children.push(child)
  const told: Child['told'] = []
  child.on('message', (message) => told.push(message as Child['told'][number]))
  await eventually(() => told.length > 0, 'the process starts', 30_000)
  const started = told[0]!
  assert.equal(started.kind, 'started', JSON.stringify(started))
  return { process: child, bootId: started.bootId as BootId, listen: started.listen as string[], told }
}

export async function stopAll(): Promise<void> {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await Promise.all(meshes.splice(0).map((mesh) => mesh.stop()))
}

/** Waits until something holds. */
export async function eventually(holds: () => boolean, what: string, timeoutMs = 5000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!holds()) {
    assert.ok(performance.now() < deadline, `${what}: not within ${timeoutMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Waits until each of these is connected to all the others. */
export async function whole(nodes: readonly Recorded[], timeoutMs = 5000): Promise<void> {
  await eventually(() => nodes.every(({ mesh }) => mesh.peers().length === nodes.length - 1), 'a full mesh', timeoutMs)
}

export function address(node: Recorded): string {
  const [first] = node.mesh.listenAddresses()
  assert.ok(first)
  return first
}
