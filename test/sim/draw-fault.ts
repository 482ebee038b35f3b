/** Draws one thing that goes wrong; some come as several faults that belong together. */

import type { Random } from '../../src/base/random.ts'
import { type Fault, GOOD_PACE, type Quality, type ThreadPace } from './plan.ts'
import { WITHSTANDS } from './withstands.ts'

const KINDS = [
  'crash',
  'crash',
  'restart',
  'restart',
  'pause',
  'stall',
  'partition',
  'partition',
  'flicker',
  'cut',
  'reset',
  'reset',
  'link',
  'link',
  'mute',
  'leave',
  'leave-return',
  'exodus',
  'stop',
  'wall',
  'slow',
  'slow',
  'unready',
] as const

type Kind = (typeof KINDS)[number]

/** Furthest jump of a wall clock drawn, in milliseconds. */
const WORST_JUMP_MS = WITHSTANDS.wallClocksApart ? 7_200_000 : 60_000

/** Longest one-way delay drawn, in milliseconds. */
const WORST_DELAY_MS = WITHSTANDS.longDelays ? 600 : 200

const between = (random: Random, from: number, to: number): number => Math.round(from + random() * (to - from))

/**
 * @param severity 0 to 1: how bad it may be
 */
export function drawQuality(random: Random, severity: number): Quality {
  const maxDelayMs =
    random() < 0.5 ? between(random, 1, 30) : between(random, 20, Math.max(20, WORST_DELAY_MS * severity))
  return {
    loss: random() < 0.5 ? 0 : random() * 0.3 * severity,
    minDelayMs: Math.min(maxDelayMs, random() < 0.5 ? 0.1 : between(random, 1, 20)),
    maxDelayMs,
    duplicate: random() < 0.5 ? 0 : random() * 0.3,
    reorder: random() < 0.5 ? 0 : random() * 0.3,
  }
}

/** @param at when it begins; what belongs to it comes later */
export function drawFault(random: Random, hosts: number, runs: number, at: number): Fault[] {
  const kind: Kind = KINDS[Math.floor(random() * KINDS.length)]!
  const host = between(random, 0, hosts - 1)
  const other = between(random, 0, hosts - 1)
  const power = random() < 0.25
  switch (kind) {
    case 'crash':
      return [{ at, kind: 'kill', host, power, disk: random() < 0.5 ? 'kept' : 'lost' }]
    case 'restart':
      return [
        { at, kind: 'kill', host, power, disk: random() < 0.75 ? 'kept' : 'lost' },
        { at: at + drawDowntime(random), kind: 'restart', host },
      ]
    case 'pause':
      return [{ at, kind: 'pause', host, ms: drawPause(random) }]
    case 'stall':
      return [{ at, kind: 'stall', host, ms: drawPause(random) }]
    case 'partition':
      return [drawPartition(random, hosts, at, between(random, 300, 15_000))]
    case 'flicker':
      // The same partition comes and goes.
      return drawFlicker(random, hosts, at)
    case 'cut':
      return [{ at, kind: 'cut', from: host, to: other, ms: between(random, 300, 15_000) }]
    case 'reset':
      return [
        {
          at,
          kind: 'reset',
          a: host,
          b: other,
          noticeMs: random() < 0.7 ? between(random, 0, 50) : between(random, 50, 3000),
        },
      ]
    case 'link':
      return [drawLink(random, host, other, at)]
    case 'mute':
      return [
        { at, kind: 'mute', host, ms: between(random, 1000, 10_000) },
        { at: at + between(random, 1, 200), kind: 'kill', host, power: false, disk: 'kept' },
      ]
    case 'leave':
      return [{ at, kind: 'leave', host }]
    case 'leave-return':
      return [
        { at, kind: 'leave', host },
        { at: at + between(random, 1500, 6000), kind: 'restart', host },
      ]
    case 'exodus':
      // Everybody goes, or nearly.
      return Array.from(
        { length: hosts },
        (_, index): Fault => ({ at: at + between(random, 0, 800), kind: 'leave', host: index }),
      ).filter(() => random() < 0.8)
    case 'stop':
      return [{ at, kind: 'stop', host, run: between(random, 0, runs - 1) }]
    case 'wall':
      return [{ at, kind: 'wall', host, byMs: between(random, -WORST_JUMP_MS, WORST_JUMP_MS) }]
    case 'slow':
      return [{ at, kind: 'slow', host, pace: drawPace(random), ms: between(random, 500, 10_000) }]
    case 'unready':
      return [{ at: Math.max(0, at - 3000), kind: 'unready', host }]
  }
}

function drawDowntime(random: Random): number {
  return random() < 0.4 ? between(random, 50, 500) : between(random, 500, 8000)
}

/** About as long as a lease, where it matters most, or anything. */
function drawPause(random: Random): number {
  return random() < 0.5 ? between(random, 2000, 3200) : between(random, 200, 16_000)
}

function drawSide(random: Random, hosts: number): number[] {
  return Array.from({ length: hosts }, (_, host) => host).filter(() => random() < 0.5)
}

function drawPartition(random: Random, hosts: number, at: number, ms: number): Fault {
  return { at, kind: 'partition', left: drawSide(random, hosts), ms }
}

function drawFlicker(random: Random, hosts: number, at: number): Fault[] {
  const left = drawSide(random, hosts)
  const faults: Fault[] = []
  let from = at
  for (let times = between(random, 2, 4); times > 0; times--) {
    const ms = between(random, 200, 4000)
    faults.push({ at: from, kind: 'partition', left, ms })
    from += ms + between(random, 50, 2000)
  }
  return faults
}

/** One direction, all from or to a host, or everything. */
function drawLink(random: Random, host: number, other: number, at: number): Fault {
  const kind = random()
  const from = kind < 0.7 ? host : null
  const to = kind < 0.35 || (kind >= 0.7 && kind < 0.85) ? other : null
  return { at, kind: 'link', from, to, quality: drawQuality(random, 1), ms: between(random, 500, 12_000) }
}

function drawPace(random: Random): ThreadPace {
  return {
    gapMs: random() < 0.5 ? GOOD_PACE.gapMs : between(random, 100, 3000),
    applyMs: random() < 0.5 ? GOOD_PACE.applyMs : between(random, 50, 4000),
    prepareMs: random() < 0.5 ? GOOD_PACE.prepareMs : between(random, 200, 5000),
  }
}
