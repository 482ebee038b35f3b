import assert from 'node:assert/strict'
import { hasTotals, isAggregated, isWhole, keepersIn } from '../../src/coordination/keeping.ts'
import { step } from '../../src/coordination/step.ts'
import { AGGREGATE_ABOVE } from '../../src/run/keepers.ts'
import { drawAggregated } from './draw-aggregated.ts'
import { playPlan } from './history.ts'
import { RUN_ID, Scene } from './scene.ts'
import type { Core, SimNode } from './sim-node.ts'
import { RULES } from './violation.ts'

const SIZE = 12
const LOAD = { rate: 60, durationMs: 12_000 }

/** A set that is always the same; `npm run soak -- --aggregated` plays others. */
const FIXED_FROM = 200
const FIXED = 300
/** Within which a broken core is found out. */
const MOST_SEEDS = 30

describe('simulated aggregation', () => {
  it('keeps every invariant, over a fixed set of random histories', function () {
    this.timeout(60_000)
    for (let seed = FIXED_FROM; seed < FIXED_FROM + FIXED; seed++) {
      const { violation } = playPlan(drawAggregated(seed))
      if (violation !== null) throw violation
    }
  })

  for (const [what, gathers, rule] of [
    ['keepers ask for nothing that has not come', false, RULES.neverLost],
    ['nothing is gathered when somebody asks', true, RULES.equalReports],
  ] as const) {
    it(`finds out a core in which ${what}`, () => {
      const broken: Core = (state, input, now) => {
        const { state: next, effects } = step(state, input, now)
        const isAsked = (runId: string) => next.runs.get(runId)!.gathering !== null
        const heard = effects.filter((effect) => {
          if (effect.kind !== 'send' || effect.message.kind !== 'pull-batches') return true
          const { runId } = effect.message
          return !isAggregated(next, next.runs.get(runId)!) || isAsked(runId) !== gathers
        })
        return { state: next, effects: heard }
      }
      for (let seed = 1; seed <= MOST_SEEDS; seed++) {
        const { violation } = playPlan(drawAggregated(seed), { core: broken })
        if (violation === null) continue
        return assert.equal(violation.rule, rule)
      }
      assert.fail(`not within ${MOST_SEEDS} seeds`)
    })
  }

  it('sends windows to two keepers and the coordinator, and to nobody else', () => {
    const scene = aggregated(301)
    const { world } = scene
    world.advance(1000)
    const before = world.published
    world.advance(5000)
    const sent = (world.published - before) / 5 / SIZE
    assert.ok(sent > 1.8 && sent <= 3.1, `${sent} copies of a window`)
    const plain = world.nodes.filter((node) => holdsOf(node) < SIZE)
    assert.ok(plain.length >= SIZE - 1, 'only the coordinator has everything')
  })

  it('tells totals at any node that is asked, of the second that is just over, and stops sending when nobody asks', () => {
    const scene = aggregated(302)
    const { world } = scene
    const asked = world.nodes.find((node) => node !== scene.coordinator && holdsOf(node) <= 1)!
    const totals = () => hasTotals(asked.state, RUN_ID, asked.local(world.now))
    world.advance(3300)
    assert.equal(totals(), false)
    asked.input({ kind: 'want', runId: RUN_ID })
    scene.expect(totals, 300, 'it has gathered what there is')
    assertFresh(scene, asked, 1500)
    for (let second = 0; second < 4; second++) {
      world.advance(1000)
      asked.input({ kind: 'want', runId: RUN_ID })
      assert.ok(totals())
      assertFresh(scene, asked, 1500)
    }
    world.advance(7000)
    assert.equal(asked.state.runs.get(RUN_ID)!.gathering, null)
    assert.equal(totals(), false)
  })

  it('has two keepers again when one is killed during the run, and when two are right after it', () => {
    for (let seed = 310; seed < 316; seed++) {
      const scene = aggregated(seed)
      const { world } = scene
      world.advance(4000)
      world.kill(keeperOf(scene, world.nodes[3]!, 0))
      scene.expect(() => scene.checkers.end.hasVerdicts(), 30_000, 'a verdict')
      world.kill(keeperOf(scene, world.survivors()[2]!, 0))
      world.advance(8000)
      scene.checkers.end.isKept()
      world.kill(keeperOf(scene, world.survivors()[2]!, 1))
      world.advance(20_000)
      scene.checkers.end.isKept()
      judgeAsked(scene)
    }
  })

  it('finds windows of a node that is gone at the only one that has them, whoever that is', () => {
    for (let seed = 350; seed < 362; seed++) {
      const scene = aggregated(seed)
      const { world } = scene
      scene.expect(() => scene.checkers.end.hasVerdicts(), 30_000, 'a verdict')
      world.advance(3000)
      const { coordinator } = scene
      const owner = world.survivors().find((node) => node !== coordinator)!
      const doomed = new Set([owner, keeperOf(scene, owner, 0), keeperOf(scene, owner, 1), coordinator])
      const asked = world.survivors().findLast((node) => !doomed.has(node))!
      asked.input({ kind: 'want', runId: RUN_ID })
      scene.expect(() => asked.settled.has(RUN_ID), 2000, 'it has gathered everything')
      for (const node of doomed) world.kill(node)
      // However many are left: nobody's turn to be asked may fall on somebody else each time.
      const others = world.survivors().filter((node) => node !== asked)
      for (const node of others.slice(0, seed % 6)) world.kill(node)
      world.advance(20_000)
      scene.checkers.end.isKept()
    }
  })

  it('hands over what it holds before it leaves, however many leave together, and whoever stays', () => {
    for (let seed = 370; seed < 376; seed++) {
      const scene = aggregated(seed)
      const { world } = scene
      const staying = new Set(world.nodes.slice(0, 1 + (seed % 3)))
      if (seed % 2 === 0) scene.expect(() => scene.checkers.end.hasVerdicts(), 30_000, 'a verdict')
      world.advance(seed % 2 === 0 ? 3000 : 0)
      for (const node of world.nodes) {
        if (staying.has(node)) continue
        node.input({ kind: 'leave' })
        world.advance(1)
      }
      scene.expect(() => world.survivors().length === staying.size, 5000, 'the others have left')
      scene.expect(() => scene.checkers.end.hasVerdicts(), 30_000, 'a verdict')
      judgeAsked(scene)
      for (const node of staying) {
        const run = node.state.runs.get(RUN_ID)!
        assert.ok(!run.table!.degraded && isWhole(run), `${node.bootId} has everything`)
      }
    }
  })

  it('leaves within ten seconds when nobody takes what it hands over', () => {
    const deaf: Core = (state, input, now) => {
      if (input.kind === 'message' && input.message.kind === 'hand-over') return { state, effects: [] }
      return step(state, input, now)
    }
    const scene = aggregated(380, 5, deaf)
    const { world } = scene
    scene.expect(() => scene.checkers.end.hasVerdicts(), 30_000, 'a verdict')
    world.advance(3000)
    const going = world.nodes[3]!
    going.input({ kind: 'leave' })
    world.advance(9000)
    assert.ok(going.alive)
    scene.expect(() => !going.alive, 1500, 'it goes all the same')
  })

  it('finds windows with whoever came after their owners, when everybody was started again', () => {
    const scene = aggregated(320)
    const { world } = scene
    scene.expect(() => scene.checkers.end.hasVerdicts(), 30_000, 'a verdict')
    world.advance(3000)
    for (const node of world.survivors()) world.kill(node)
    for (const host of world.hosts) world.boot(host)
    world.advance(5000)
    judgeAsked(scene)
  })

  it('begins by itself in a mesh of more than 64 nodes', function () {
    this.timeout(90_000)
    const scene = Scene.formed(AGGREGATE_ABOVE + 1, 340, { trace: false, slotCount: 130 })
    const { world } = scene
    world.submit(world.nodes[7]!, RUN_ID, { rate: 65, durationMs: 4000 })
    scene.expect(() => scene.checkers.end.hasVerdicts(), 30_000, 'a verdict')
    // Its own, two copies and the coordinator's: 65 nodes of 4 s, where all would have had 65 each.
    assert.ok(world.published <= 65 * 4 * 3, `${world.published} windows sent`)
    world.advance(3000)
    scene.checkers.end.isKept()
    const asked = world.nodes.filter((node) => holdsOf(node) < world.nodes.length).slice(0, 3)
    assert.equal(asked.length, 3)
    for (const node of asked) node.input({ kind: 'want', runId: RUN_ID })
    scene.expect(() => asked.every(({ settled }) => settled.has(RUN_ID)), 2000, 'who is asked has everything')
    for (const node of asked) assert.equal(holdsOf(node), world.nodes.length)
  })

  it('is not begun where a run has no more nodes than everybody can hear', () => {
    const scene = aggregated(330, SIZE)
    const { world } = scene
    world.advance(4000)
    for (const node of world.nodes) assert.equal(holdsOf(node), SIZE)
    scene.finish(30_000, true)
  })
})

/** A run of {@link SIZE} nodes, going on. */
function aggregated(seed: number, aggregateAbove = 5, core: Core = step): Scene {
  const scene = Scene.formed(SIZE, seed, { aggregateAbove, core })
  scene.world.submit(scene.world.nodes[0]!, RUN_ID, LOAD)
  scene.expect(() => scene.isRunning(), 5000, 'the run starts')
  scene.world.advance(2000)
  return scene
}

/** Of how many nodes it has windows. */
function holdsOf(node: SimNode): number {
  return node.state.runs.get(RUN_ID)!.held.size
}

function keeperOf(scene: Scene, owner: SimNode, which: 0 | 1): SimNode {
  const keepers = keepersIn(owner.state, owner.state.runs.get(RUN_ID)!.table!)(owner.bootId)
  return scene.world.byBootId.get(keepers[which]!)!
}

/** Has the windows of everybody up to a time ago. */
function assertFresh(scene: Scene, node: SimNode, ageMs: number): void {
  const run = node.state.runs.get(RUN_ID)!
  const due = Math.floor((node.local(scene.world.now) - run.startAt! - ageMs) / 1000)
  for (const { bootId } of run.table!.members) {
    assert.ok((run.held.get(bootId)?.at(-1)?.[1] ?? -1) >= due, `${bootId} up to ${due}`)
  }
}

/** Everybody is asked for the report; all have the same, and it adds up. */
function judgeAsked(scene: Scene): void {
  const { world } = scene
  const ask = () => {
    for (const node of world.survivors()) node.input({ kind: 'want', runId: RUN_ID })
    world.queue.schedule(1000, ask)
  }
  ask()
  scene.expect(() => scene.isOver(), 5000, 'everybody has everything')
  scene.checkers.end.judge(false)
}
