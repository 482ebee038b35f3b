/** A random history from one seed: a mesh, runs, faults, healing, and the judgement of the whole. */

import { isEnded } from '../../src/run/share-table.ts'
import { Checkers } from './checkers.ts'
import { type SimNode, World, type WorldOptions } from './world.ts'

export interface HistoryResult {
  readonly world: World
  readonly faults: readonly string[]
}

const FAULTS = ['kill', 'pause', 'partition', 'one-way', 'join', 'leave', 'lossy', 'slow', 'stop'] as const

/**
 * Plays one history and checks it.
 *
 * @param made is handed the world before anything happens in it
 * @throws Violation when an invariant does not hold
 */
export function playHistory(
  seed: number,
  options: Partial<WorldOptions> = {},
  made: (world: World) => void = () => {},
): HistoryResult {
  const world = new World({ seed, ...options })
  made(world)
  const checkers = new Checkers(world)
  const faults: string[] = []
  const random = world.random
  const size = 1 + Math.floor(random() * 7)
  for (let i = 0; i < size; i++) world.addNode({ capacity: 1 + Math.floor(random() * 4) })
  world.advance(random() * 3000)
  const runCount = random() < 0.2 ? 2 : 1
  for (let i = 0; i < runCount; i++) submitSomewhere(world, i)
  world.advance(random() * 2000)
  const faultCount = Math.floor(random() * 4)
  for (let i = 0; i < faultCount; i++) {
    faults.push(inject(world))
    world.advance(random() * 5000)
    checkers.noArrivalTwice()
  }
  settleDown(world)
  world.advanceUntil(() => over(world), 90_000)
  // What a partition or a restart has left behind is settled between peers a little later.
  world.advance(15_000)
  checkers.noArrivalTwice()
  if (survivors(world).length > 0) checkers.allEndedAlike()
  return { world, faults }
}

function submitSomewhere(world: World, number: number): void {
  const alive = survivors(world)
  const node = alive[Math.floor(world.random() * alive.length)]!
  const run = {
    runId: `r00000000-000000000${number}`,
    rate: 50,
    durationMs: 4000 + Math.floor(world.random() * 8) * 1000,
  }
  const onNodeLoss = (['redistribute', 'redistribute', 'continue', 'abort'] as const)[Math.floor(world.random() * 4)]!
  world.submit(node, run, { onNodeLoss, shares: world.random() < 0.3 ? 'weighted' : 'equal' })
}

export function survivors(world: World): SimNode[] {
  return world.nodes.filter((node) => node.alive && !node.gone)
}

function inject(world: World): string {
  const fault = FAULTS[Math.floor(world.random() * FAULTS.length)]!
  const alive = survivors(world)
  const pick = () => alive[Math.floor(world.random() * alive.length)]!
  switch (fault) {
    case 'kill':
      if (alive.length > 1) world.kill(pick())
      break
    case 'pause':
      world.pause(pick(), 500 + world.random() * 9000)
      break
    case 'partition': {
      const left = alive.filter(() => world.random() < 0.5)
      world.partition(
        left,
        alive.filter((node) => !left.includes(node)),
      )
      break
    }
    case 'one-way':
      if (alive.length > 1) world.cut(pick(), pick())
      break
    case 'join':
      world.addNode({ priority: Math.floor(world.random() * 3) })
      break
    case 'leave':
      if (alive.length > 1) pick().input({ kind: 'leave' })
      break
    case 'lossy':
      world.network = { ...world.network, loss: 0.05 + world.random() * 0.2 }
      break
    case 'slow':
      world.network = { ...world.network, maxDelayMs: 50 + world.random() * 300 }
      break
    case 'stop':
      for (const runId of world.runs.keys()) pick().input({ kind: 'stop', runId, stop: 'user', reason: 'enough' })
  }
  return fault
}

/** All faults that can be taken back are. */
function settleDown(world: World): void {
  world.heal()
  world.network = { loss: 0, minDelayMs: 0.1, maxDelayMs: 3 }
}

function over(world: World): boolean {
  const nodes = survivors(world)
  if (nodes.some((node) => node.paused)) return false
  return [...world.runs.keys()].every((runId) =>
    nodes.every((node) => {
      const table = node.state.runs.get(runId)?.table
      return table != null && isEnded(table.phase) && node.settled.has(runId)
    }),
  )
}
