import assert from 'node:assert/strict'
import { isEnded } from '../../src/run/share-table.ts'
import { Checkers } from './checkers.ts'
import { type SimNode, World } from './world.ts'

const RUN = { runId: 'r00000000-0000000001', rate: 100, durationMs: 10_000 }

function coordinatorOf(world: World): SimNode {
  const leader = world.nodes.find((node) => node.alive && node.state.reign !== null && !node.state.election.term.solo)
  assert.ok(leader, 'somebody coordinates')
  return leader
}

function formed(world: World): boolean {
  const alive = world.nodes.filter((node) => node.alive)
  const leaders = new Set(
    alive.map((node) => (node.state.election.following ? node.state.election.term.coordinator : null)),
  )
  return leaders.size === 1 && !leaders.has(null)
}

/** A mesh of `size` nodes that has formed, under watch. */
function mesh(size: number, seed: number, options: Partial<ConstructorParameters<typeof World>[0]> = {}) {
  const world = new World({ seed, trace: true, ...options })
  const checkers = new Checkers(world)
  for (let i = 0; i < size; i++) world.addNode()
  assert.ok(
    world.advanceUntil(() => formed(world), 5000),
    'one coordinator within 5 s',
  )
  return { world, checkers }
}

function startOf(world: World, runId: string): number {
  const node = world.nodes.find((other) => other.alive && other.state.runs.get(runId)?.startAt != null)
  assert.ok(node)
  return (node.state.runs.get(runId)!.startAt! - node.offset) / (1 + node.drift)
}

function running(world: World, runId: string): boolean {
  return world.nodes.some((node) => node.state.runs.get(runId)?.table?.phase === 'running')
}

function ended(world: World, runId: string): boolean {
  return world.nodes
    .filter((node) => node.alive && !node.gone)
    .every((node) => {
      const table = node.state.runs.get(runId)?.table
      return table != null && isEnded(table.phase) && node.settled.has(runId)
    })
}

describe('simulated mesh', () => {
  for (const size of [1, 2, 3, 5, 12]) {
    it(`of ${size} runs a suite and agrees about it`, () => {
      const { world, checkers } = mesh(size, 100 + size)
      world.submit(world.nodes[size - 1]!, RUN)
      assert.ok(
        world.advanceUntil(() => ended(world, RUN.runId), 30_000),
        world.trace.slice(-30).join('\n'),
      )
      checkers.noArrivalTwice()
      checkers.noGapOutside(RUN.runId, [], RUN.durationMs)
      checkers.allEndedAlike()
      assert.equal(world.nodes[0]!.state.runs.get(RUN.runId)!.table!.phase, 'completed')
      assert.equal(world.nodes[size - 1]!.accepted.get(RUN.runId), true)
    })
  }

  for (const who of ['coordinator', 'other'] as const) {
    it(`restores the load within 2 s when the ${who} is killed`, () => {
      for (let seed = 1; seed <= 20; seed++) {
        const { world, checkers } = mesh(5, seed)
        world.submit(world.nodes[0]!, RUN)
        world.advanceUntil(() => running(world, RUN.runId), 5000)
        world.advance(1000 + 4000 * world.random())
        const leader = coordinatorOf(world)
        const victim = who === 'coordinator' ? leader : world.nodes.find((node) => node !== leader)!
        world.kill(victim)
        const at = world.now
        assert.ok(
          world.advanceUntil(() => ended(world, RUN.runId), 40_000),
          world.trace.slice(-40).join('\n'),
        )
        const start = startOf(world, RUN.runId)
        checkers.noArrivalTwice()
        checkers.noGapOutside(RUN.runId, [[at - start - 150, at - start + 2000]], RUN.durationMs)
        checkers.allEndedAlike()
      }
    })
  }

  it('gives a joining node a share and takes a leaving one out without losing an arrival', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { world, checkers } = mesh(3, seed)
      world.submit(world.nodes[0]!, RUN)
      world.advanceUntil(() => running(world, RUN.runId), 5000)
      world.advance(2000)
      const joined = world.addNode()
      world.advance(3000)
      assert.ok([...world.fired.get(RUN.runId)!.values()].some((shots) => shots[0]!.node === joined.bootId))
      const leader = coordinatorOf(world)
      const leaver = seed % 2 === 0 ? leader : world.nodes.find((node) => node !== leader && node !== joined)!
      leaver.input({ kind: 'leave' })
      assert.ok(
        world.advanceUntil(() => leaver.gone, 5000),
        `leaves\n${world.trace.slice(-40).join('\n')}`,
      )
      assert.ok(
        world.advanceUntil(() => ended(world, RUN.runId), 40_000),
        world.trace.slice(-40).join('\n'),
      )
      checkers.noArrivalTwice()
      checkers.noGapOutside(RUN.runId, [], RUN.durationMs)
      checkers.allEndedAlike()
      const table = joined.state.runs.get(RUN.runId)!.table!
      assert.equal(table.degraded, false)
    }
  })

  it('does not depose a healthy coordinator when a higher-ranked node joins', () => {
    const { world } = mesh(3, 7)
    const leader = coordinatorOf(world)
    const term = leader.state.election.term
    world.addNode({ bootId: 'z9', priority: 100, capacity: 64 })
    world.advance(10_000)
    assert.equal(coordinatorOf(world), leader)
    assert.deepEqual(leader.state.election.term, term)
  })

  it('stops a run from any node', () => {
    const { world, checkers } = mesh(3, 9)
    world.submit(world.nodes[0]!, RUN)
    world.advanceUntil(() => running(world, RUN.runId), 5000)
    world.advance(3000)
    world.nodes[2]!.input({ kind: 'stop', runId: RUN.runId, stop: 'user', reason: 'enough' })
    assert.ok(
      world.advanceUntil(() => ended(world, RUN.runId), 5000),
      world.trace.slice(-40).join('\n'),
    )
    checkers.noArrivalTwice()
    checkers.allEndedAlike()
    assert.equal(world.nodes[0]!.state.runs.get(RUN.runId)!.table!.phase, 'stopped')
  })
})
