/** What a core wants done, done in the simulated world: the counterpart of `src/node/driver.ts`. */

import type { Random } from '../../src/base/random.ts'
import type { Effect } from '../../src/coordination/io.ts'
import { recipientsOf } from '../../src/coordination/keeping.ts'
import type { Message } from '../../src/coordination/messages.ts'
import type { ShareTable } from '../../src/run/share-table.ts'
import type { SimNode } from './sim-node.ts'
import type { ModelWindow } from './worker-model.ts'
import type { World } from './world.ts'

/** A window that the node's own threads have posted. */
interface WindowPosted {
  readonly kind: 'window'
  readonly runId: string
  readonly window: ModelWindow
}

export function perform(world: World, node: SimNode, random: Random, effect: Effect | WindowPosted): void {
  switch (effect.kind) {
    case 'send':
      return send(world, node, effect.to, effect.message)
    case 'gossip':
      return gossip(world, node, random, effect.message)
    case 'probe':
      return probe(world, node, random, effect.peer)
    case 'store-run':
      return node.disk.putRun(effect.record)
    case 'store-table':
      if (world.tracing) world.note(`${node.bootId} table ${summary(effect.table)}`)
      return node.disk.putTable(effect.table)
    case 'accepted':
      world.note(`${node.bootId} accepted ${effect.runId}, replicated ${effect.replicated}`)
      node.accepted.set(effect.runId, effect.replicated)
      return
    case 'settled':
      world.note(`${node.bootId} settled ${effect.runId}`)
      node.settled.add(effect.runId)
      return
    case 'stand-by':
    case 'run-changed':
      return
    case 'log':
      return world.note(`${node.bootId} ${effect.message}`)
    case 'serve-batches':
      return serve(world, node, effect)
    case 'left':
      node.gone = true
      world.queue.schedule(5, () => world.kill(node))
      return
    case 'chore':
      return runChore(world, node, random, effect)
    case 'window':
      return publish(world, node, effect.runId, effect.window)
    default:
      return node.threads.perform(effect)
  }
}

/** It takes a while, and fails now and then. Whoever dies meanwhile does not tell. */
function runChore(
  world: World,
  node: SimNode,
  random: Random,
  { runId, name }: Extract<Effect, { kind: 'chore' }>,
): void {
  world.note(`${node.bootId} begins the ${name} of ${runId}`)
  world.watcher?.began(node, runId, name)
  const durationMs = 20 + 2000 * random()
  const error = random() < 0.1 ? 'refused' : null
  world.queue.schedule(durationMs, () => {
    const outcome = { durationMs, error, values: error === null ? { id: '7' } : {} }
    node.whenFree(() => node.input({ kind: 'chore', runId, name, outcome }))
  })
}

/** Messages are not copied: the core is tested to leave them alone. */
function send(world: World, from: SimNode, to: string, message: Message): void {
  const target = world.byBootId.get(to)
  if (target === undefined) return
  const arrive = () => target.input({ kind: 'message', from: from.bootId, message })
  world.network.deliver(from, target, arrive)
}

/** To everybody, in no order, sometimes twice, and through others where there is no way. */
function gossip(world: World, from: SimNode, random: Random, message: Message): void {
  const { network } = world
  const alive = world.nodes.filter((node) => node.alive && node !== from)
  for (const target of alive) {
    const arrive = () => target.input({ kind: 'message', from: from.bootId, message })
    if (network.deliver(from, target, arrive, true)) continue
    const relays = alive.filter((node) => network.isConnected(from, node) && network.isConnected(node, target))
    const relay = relays[Math.floor(random() * relays.length)]
    if (relay === undefined) continue
    network.deliver(from, relay, () => relay.whenFree(() => void network.deliver(relay, target, arrive, true)), true)
  }
}

/** One of the node's own windows: stored first, then sent to everybody, or to those who are to have it. */
function publish(world: World, node: SimNode, runId: string, window: ModelWindow): void {
  hold(world, node, runId, node.bootId, window)
  const recipients = recipientsOf(node.state, runId, node.local(world.now))
  for (const other of world.nodes) {
    if (other === node || !other.alive || recipients?.includes(other.bootId) === false) continue
    world.published++
    const arrive = () => other.whenFree(() => hold(world, other, runId, node.bootId, window))
    world.network.deliver(node, other, arrive)
  }
}

/** Windows of a run the node does not know yet are left: they are asked for when it does. */
function hold(world: World, node: SimNode, runId: string, bootId: string, window: ModelWindow): void {
  if (!node.alive || !node.state.runs.has(runId)) return
  const outcome = node.disk.putWindow(runId, bootId, window)
  if (outcome === 'contradiction') world.watcher?.contradicted(node, runId, bootId, window.sequence)
  node.input({ kind: 'batch', runId, bootId, sequence: window.sequence })
}

function serve(world: World, node: SimNode, effect: Extract<Effect, { kind: 'serve-batches' }>): void {
  const to = world.byBootId.get(effect.to)
  if (to === undefined) return
  const { runId, bootId } = effect
  for (const [from, last] of effect.ranges) {
    for (let sequence = from; sequence <= last; sequence++) {
      const window = node.disk.window(runId, bootId, sequence)
      if (window === undefined) continue
      world.network.deliver(node, to, () => to.whenFree(() => hold(world, to, runId, bootId, window)))
    }
  }
}

/**
 * Dials the address of a lost connection. A process that was started again listens on a port of its own, or, on every
 * other host, on the same one: there it is found by those who are connected to it, and else accepts what was
 * meant for its former life.
 */
function probe(world: World, node: SimNode, random: Random, peer: string): void {
  const target = world.byBootId.get(peer)
  if (target === undefined) return
  const { network, queue } = world
  const host = world.hosts[target.host]!
  const isCut = network.isCut(node.host, target.host) || network.isCut(target.host, node.host)
  const silent = isCut || network.isMuted(target.host) || !host.powered
  const again = target.host % 2 === 1 && host.node?.alive === true && host.node !== target ? host.node : null
  const other = again === null ? 'refused' : network.isConnected(node, again) ? 'replaced' : 'reachable'
  const result = silent ? 'silent' : target.alive ? 'reachable' : other
  const delay = result === 'refused' ? 105 + 20 * random() : silent ? 1000 : 1 + 20 * random()
  queue.schedule(delay, () => node.input({ kind: 'probed', peer, result }))
  if (result === 'reachable' && target.alive) network.dial(node, target)
}

/** A table in one line, for the trace. */
export function summary(table: ShareTable): string {
  const { term, sequence } = table.version
  const counts = table.members.map((member, index) => {
    const slots = table.holders.filter((holder) => holder === index).length
    return `${member.bootId}:${slots}${member.lostAt === null ? '' : '†'}${member.final ? '■' : ''}`
  })
  const version = `${term.number}${term.solo ? 's' : ''}.${term.coordinator}.${sequence}`
  return `${table.runId} ${version} ${table.phase} ${counts.join(' ')}`
}
