/** Draws a plan from a seed. Most are small; some are big, some are storms, and some have one fault alone. */

import { deriveSeed, type Random, seededRandom } from '../../src/base/random.ts'
import { drawFault, drawQuality } from './draw-fault.ts'
import { type Fault, GOOD_QUALITY, type HostPlan, type Plan, type Quality, type RunPlan } from './plan.ts'
import { WITHSTANDS } from './withstands.ts'

/** What the generator of plans is derived with: the network's are derived from names. */
const PLAN_STREAM = 1
/** Changes of the load have a generator of their own: a history without any is as it was. */
const SCALE_STREAM = 3
/** So have setups and teardowns. */
const CHORE_STREAM = 4

const HOUR_MS = 3_600_000

export function drawPlan(seed: number): Plan {
  const random = seededRandom(deriveSeed(seed, PLAN_STREAM))
  return random() < 0.25 ? drawSingleFault(seed, random) : drawTurmoil(seed, random)
}

const between = (random: Random, from: number, to: number): number => Math.round(from + random() * (to - from))

function oneOf<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)]!
}

/** Mostly one to seven; one in four hundred goes up to fifty. */
function drawSize(random: Random): number {
  const kind = random()
  if (kind < 0.935) return between(random, 1, 7)
  if (kind < 0.99) return between(random, 8, 12)
  return kind < 0.998 ? between(random, 13, 20) : between(random, 21, 50)
}

function drawHosts(random: Random, size: number, bootsWithin: number): HostPlan[] {
  // Some meshes have clocks as bad as is allowed for, and wall clocks hours apart.
  const worst = random() < 0.5 ? 50 : 1000
  const wall = random() < 0.1 && WITHSTANDS.wallClocksApart ? 5 * HOUR_MS : 60_000
  return Array.from({ length: size }, () => ({
    bootsAt: between(random, 0, bootsWithin),
    capacity: between(random, 1, 4),
    priority: random() < 0.2 ? between(random, 1, 3) : 0,
    driftPpm: random() < 0.3 ? oneOf(random, [-worst, worst]) : between(random, -worst, worst),
    offsetMs: random() < 0.1 ? between(random, 0, 1e12) : between(random, 0, 1e6),
    wallOffsetMs: between(random, -wall, wall),
  }))
}

function drawRun(random: Random, size: number, at: number): RunPlan {
  return {
    at,
    host: between(random, 0, size - 1),
    durationMs: 1000 * between(random, 3, 10) + (random() < 0.3 ? between(random, 1, 999) : 0),
    rate: size > 12 ? 40 : oneOf(random, [20, 50, 50, 97]),
    onNodeLoss: oneOf(random, ['redistribute', 'redistribute', 'redistribute', 'continue', 'abort']),
    shares: random() < 0.3 ? 'weighted' : 'equal',
  }
}

function drawSlots(random: Random, size: number): number {
  return size > 12 ? 60 : oneOf(random, [24, 24, 12, 7])
}

/** One thing goes wrong, or none: then what is promised about gaps is judged. */
function drawSingleFault(seed: number, random: Random): Plan {
  const size = Math.min(12, drawSize(random))
  const hosts = drawHosts(random, size, 1000)
  const at = between(random, 5000, 8000)
  const run: RunPlan = { ...drawRun(random, size, at), onNodeLoss: 'redistribute' }
  const faultAt = between(random, at, at + run.durationMs + 1000)
  const kind = random()
  const host = between(random, 0, size - 1)
  const faults: Fault[] = []
  if (kind < 0.4) faults.push({ at: faultAt, kind: 'kill', host, power: random() < 0.4, disk: 'kept' })
  else if (kind < 0.6) faults.push({ at: faultAt, kind: 'pause', host, ms: between(random, 500, 15_000) })
  else if (kind < 0.7) faults.push({ at: faultAt, kind: 'leave', host })
  else if (kind < 0.93) {
    const left = hosts.map((_, index) => index).filter(() => random() < 0.35)
    faults.push({ at: faultAt, kind: 'partition', left, ms: between(random, 1000, 20_000) })
  }
  const quality = { ...GOOD_QUALITY, maxDelayMs: between(random, 1, 20) }
  const healAt = Math.max(at + run.durationMs, ...faults.map((fault) => fault.at + ('ms' in fault ? fault.ms : 0)))
  return { seed, slotCount: drawSlots(random, size), hosts, quality, runs: [run], faults, healAt }
}

function drawTurmoil(seed: number, random: Random): Plan {
  const size = drawSize(random)
  const isBig = size > 12
  const early = WITHSTANDS.separateMeshes ? between(random, 0, 5000) : between(random, 0, 200)
  const hosts = drawHosts(random, size, early)
  const runCount = isBig ? 1 : oneOf(random, [1, 1, 1, 1, 2, 2, 3])
  const firstRun = WITHSTANDS.separateMeshes ? between(random, early / 2, early + 3000) : between(random, 3000, 6000)
  const runs = Array.from({ length: runCount }, () => drawRun(random, size, firstRun + between(random, 0, 4000)))
  runs[0] = { ...runs[0]!, at: firstRun }
  const end = Math.max(...runs.map((run) => run.at + run.durationMs)) + 3000
  const faults: Fault[] = []
  for (let left = drawFaultCount(random); left > 0; left--) {
    faults.push(...drawFault(random, hosts.length, runs.length, between(random, Math.max(0, firstRun - 1500), end)))
  }
  hosts.push(...drawNewcomers(random, firstRun, end, faults))
  if (!WITHSTANDS.goneMajorities) keepMajority(faults, size)
  if (!WITHSTANDS.secondRuns && faults.some(isDividing)) runs.splice(1)
  faults.sort((a, b) => a.at - b.at)
  const quality: Quality = random() < 0.6 ? GOOD_QUALITY : drawQuality(random, 0.3)
  const healAt = Math.max(end, (faults.at(-1)?.at ?? 0) + 1000) + between(random, 0, 4000)
  drawChores(seed, runs)
  faults.push(...drawScales(seed, runs, size, end))
  faults.sort((a, b) => a.at - b.at)
  return { seed, slotCount: drawSlots(random, size), hosts, quality, runs, faults, healAt }
}

/** In three of ten histories the runs have a setup or a teardown, or both. */
function drawChores(seed: number, runs: RunPlan[]): void {
  const random = seededRandom(deriveSeed(seed, CHORE_STREAM))
  if (random() >= 0.3) return
  runs.forEach((run, index) => {
    const kind = random()
    runs[index] = { ...run, ...(kind < 0.8 && { setup: true }), ...(kind > 0.2 && { teardown: true }) }
  })
}

/** In four of ten histories. */
function drawScales(seed: number, runs: readonly RunPlan[], size: number, end: number): Fault[] {
  const random = seededRandom(deriveSeed(seed, SCALE_STREAM))
  if (random() >= 0.4) return []
  return Array.from({ length: oneOf(random, [1, 1, 2, 3]) }, (): Fault => {
    const run = between(random, 0, runs.length - 1)
    const at = between(random, runs[run]!.at + 500, end)
    return { at, kind: 'scale', host: between(random, 0, size - 1), run, rate: oneOf(random, [0, 7, 20, 60, 150]) }
  })
}

const DIVIDING: ReadonlySet<Fault['kind']> = new Set(['partition', 'cut', 'link', 'pause', 'stall'])

function isDividing(fault: Fault): boolean {
  return DIVIDING.has(fault.kind) || (fault.kind === 'kill' && fault.power)
}

/** Where somebody may be cut off, fewer than half of the nodes die or leave. */
function keepMajority(faults: Fault[], size: number): void {
  if (!faults.some(isDividing)) return
  let left = Math.floor((size - 1) / 2)
  const kept = faults.filter(({ kind }) => (kind !== 'kill' && kind !== 'leave') || left-- > 0)
  faults.splice(0, faults.length, ...kept)
}

/** Alone or in a storm. */
function drawNewcomers(random: Random, from: number, to: number, faults: readonly Fault[]): HostPlan[] {
  if (random() >= 0.3) return []
  const at = between(random, from, to)
  const count = random() < 0.2 ? between(random, 3, 6) : 1
  const hosts = drawHosts(random, count, 500).map((host) => ({ ...host, bootsAt: at + host.bootsAt! }))
  if (WITHSTANDS.separateMeshes) return hosts
  // One after the other, and none where it could meet another before the rest.
  const mayDivide = faults.some(({ kind }) => kind === 'partition' || kind === 'cut' || kind === 'link')
  return mayDivide ? [] : hosts.map((host, i) => ({ ...host, bootsAt: at + 2000 * i }))
}

function drawFaultCount(random: Random): number {
  const kind = random()
  if (kind < 0.1) return 0
  if (kind < 0.7) return between(random, 1, 3)
  return kind < 0.95 ? between(random, 4, 7) : between(random, 8, 14)
}
