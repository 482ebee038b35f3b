/** Plays a plan from beginning to end, and judges it. */

import { DEFAULT_TIMING } from '../../src/coordination/timing.ts'
import { Checkers } from './checkers.ts'
import { drawPlan } from './draw-plan.ts'
import { promisedGap } from './gaps.ts'
import { Injector } from './inject.ts'
import { type Fault, type Plan, runIdOf } from './plan.ts'
import type { Core } from './sim-node.ts'
import { Violation } from './violation.ts'
import { WITHSTANDS } from './withstands.ts'
import { World } from './world.ts'

export interface PlayOptions {
  readonly core?: Core
  readonly trace?: boolean
}

export interface Played {
  readonly plan: Plan
  readonly world: World
  /** What broke; null when everything held. */
  readonly violation: Violation | null
}

/** After healing, everything must be over within this time, in milliseconds. */
const LIVENESS_MS = 120_000
/** What nobody can decide about, because too many are gone unproven, must be given up within this. */
const GIVEN_UP_MS = DEFAULT_TIMING.abandonMs + 20_000
/** And then everybody must have heard of it, and agree on a coordinator, within this. */
const AGREEMENT_MS = 30_000

/** A setup or teardown of a simulated run may take this long. */
const CHORE_MS = 5000

/** Who wants to know of a run asks this often. */
const ASK_MS = 1000
/** After the verdicts, keepers have the windows of everybody within this: they look for them, and for keepers gone. */
const KEEPING_MS = 30_000

/** Plays the plan of a seed. */
export function playSeed(seed: number, options: PlayOptions = {}): Played {
  return playPlan(drawPlan(seed), options)
}

/** Plays a plan, up to the first violation. Errors that are no violations are thrown. */
export function playPlan(plan: Plan, options: PlayOptions = {}): Played {
  const { seed, slotCount, quality, aggregateAbove } = plan
  const world = new World({
    seed,
    slotCount,
    quality,
    ...(aggregateAbove !== undefined && { aggregateAbove }),
    ...options,
  })
  const checkers = new Checkers(world)
  try {
    play(world, checkers, plan)
    return { plan, world, violation: null }
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    world.note(`VIOLATION ${error.message}`)
    return { plan, world, violation: error }
  }
}

function play(world: World, checkers: Checkers, plan: Plan): void {
  const injector = new Injector(world, plan)
  if (plan.quality.loss > 0 || plan.quality.maxDelayMs > 100) world.disturb()
  for (const host of plan.hosts) {
    const added = world.addHost(host)
    if (host.bootsAt !== null) world.queue.schedule(host.bootsAt, () => void world.boot(added))
  }
  plan.runs.forEach((run, index) => {
    world.queue.schedule(run.at, () => submit(world, plan, index))
  })
  for (const { at, host, run, ms } of plan.asks ?? []) {
    const ask = () => world.hosts[host]?.node?.input({ kind: 'want', runId: runIdOf(run) })
    for (let after = 0; after <= ms; after += ASK_MS) world.queue.schedule(at + after, ask)
  }
  for (const fault of plan.faults) world.queue.schedule(fault.at, () => injector.inject(fault))
  world.advance(plan.healAt)
  injector.healAll()
  // Machines have power again, though nothing runs on them: they refuse.
  for (const host of world.hosts) host.powered = true
  world.note('everything heals')
  const { end } = checkers
  if (plan.aggregateAbove !== undefined) {
    world.advanceUntil(() => end.hasVerdicts(), LIVENESS_MS)
    world.advance(KEEPING_MS)
    end.isKept()
    askEverybody(world, plan)
    world.advance(2 * ASK_MS)
  }
  // Several times, because somebody may hear late of a run, or find a mesh again after a long pause.
  const over = () => end.isOver() && end.isUnited()
  if (!world.advanceUntil(over, LIVENESS_MS)) {
    end.late()
    world.advanceUntil(over, GIVEN_UP_MS - LIVENESS_MS)
  }
  world.advance(1000)
  world.advanceUntil(over, AGREEMENT_MS)
  end.judge(isGentle(plan))
  judgeGaps(world, checkers, plan)
}

/** What an aggregated run leaves at each node is a part; whoever is asked for the whole has to find the rest. */
function askEverybody(world: World, plan: Plan): void {
  world.note('everybody is asked')
  for (const node of world.survivors()) {
    for (const index of plan.runs.keys()) node.input({ kind: 'want', runId: runIdOf(index) })
  }
  world.queue.schedule(ASK_MS, () => askEverybody(world, plan))
}

/** Nothing that may cost load: nodes come and go by their own will, on a good network, with threads that have time. */
function isGentle({ quality, faults }: Plan): boolean {
  const leaving = faults.filter(({ kind }) => kind === 'leave').length
  if (leaving > 1 && !WITHSTANDS.commonLeaving) return false
  return quality.loss === 0 && quality.maxDelayMs <= 100 && faults.every(({ kind }) => GENTLE.has(kind))
}

const GENTLE: ReadonlySet<Fault['kind']> = new Set(
  WITHSTANDS.wallClocksApart ? ['leave', 'stop', 'scale', 'wall'] : ['leave', 'stop', 'scale'],
)

function submit(world: World, plan: Plan, index: number): void {
  const run = plan.runs[index]!
  const count = plan.hosts.length
  for (let step = 0; step < count; step++) {
    const node = world.hosts[(run.host + step) % count]!.node
    if (node?.stays !== true || node.blocked || node.state.leaving) continue
    const { durationMs, rate, onNodeLoss, shares, userRows, setup, teardown } = run
    const setupMs = setup ? CHORE_MS : null
    const teardownMs = teardown ? CHORE_MS : null
    const facts = { onNodeLoss, shares, setupMs, teardownMs, ...(userRows !== undefined && { userRows }) }
    return world.submit(node, runIdOf(index), { durationMs, rate }, facts)
  }
}

/**
 * With one fault in a history, what was promised about its gap can be measured. Nothing is promised of a run whose setup
 * has failed: it never starts.
 */
function judgeGaps(world: World, checkers: Checkers, plan: Plan): void {
  const spans = promisedGap(plan)
  if (spans === null) return
  for (const [index, run] of plan.runs.entries()) {
    const tables = world.survivors().map(({ state }) => state.runs.get(runIdOf(index))?.table)
    if (run.setup && tables.some((table) => table?.reason?.startsWith('SETUP_FAILED'))) continue
    checkers.firing.noGapOutside(runIdOf(index), spans, run.durationMs)
  }
}
