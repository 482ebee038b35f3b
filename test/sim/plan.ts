/**
 * A history as a plan: plain data, drawn from a seed and then played. What happens is all in here; the randomness of
 * the network comes from other generators, so that a plan with one fault less is otherwise the same history.
 */

import type { OnNodeLoss, ShareStrategy } from '../../src/suite/spec.ts'

/** How one direction of a connection treats messages. */
export interface Quality {
  /** Chance that a message is lost although the connection stays. */
  readonly loss: number
  readonly minDelayMs: number
  readonly maxDelayMs: number
  /** Chance that a message comes a second time, later. */
  readonly duplicate: number
  /** Chance that a message is overtaken by those after it. */
  readonly reorder: number
}

export const GOOD_QUALITY: Quality = Object.freeze({
  loss: 0,
  minDelayMs: 0.1,
  maxDelayMs: 3,
  duplicate: 0,
  reorder: 0,
})

/** A machine with a node on it. It keeps its name, its clocks and perhaps its disk when the node starts again. */
export interface HostPlan {
  /** When its node boots; null for never. */
  readonly bootsAt: number | null
  readonly capacity: number
  readonly priority: number
  /** How much faster its clocks go, in parts per million. */
  readonly driftPpm: number
  /** Reading of its monotonic clock at the beginning. */
  readonly offsetMs: number
  /** How far its wall clock is off. */
  readonly wallOffsetMs: number
}

export interface RunPlan {
  readonly at: number
  /** Where it is submitted, or at the next host that has a node then. */
  readonly host: number
  readonly durationMs: number
  /** Arrivals per second. */
  readonly rate: number
  readonly onNodeLoss: OnNodeLoss
  readonly shares: ShareStrategy
  /** Its users split so many rows of data; left out for none. */
  readonly userRows?: number
  /** It has a setup, or a teardown, that one node runs. */
  readonly setup?: boolean
  readonly teardown?: boolean
}

/** How long threads take; the worse of a saturated node. */
export interface ThreadPace {
  /** Between two turns of a thread: it fires what has become due, that late. */
  readonly gapMs: number
  /** Longest time until a thread takes on what the main thread tells it. */
  readonly applyMs: number
  /** Longest time for setting up tasks. */
  readonly prepareMs: number
}

export const GOOD_PACE: ThreadPace = Object.freeze({ gapMs: 50, applyMs: 5, prepareMs: 120 })

/** What goes wrong. One that names a host without a node does nothing. Lasting ones end with the healing. */
export type Fault = { readonly at: number } & (
  | {
      /** The process is gone; with `power`, its machine as well: nothing refuses, everything is silent. */
      readonly kind: 'kill'
      readonly host: number
      readonly power: boolean
      readonly disk: 'kept' | 'lost'
    }
  /** A host whose node is gone starts one again, with a new boot id. */
  | { readonly kind: 'restart'; readonly host: number }
  /** The whole process stands still. */
  | { readonly kind: 'pause'; readonly host: number; readonly ms: number }
  /** The main thread stands still, load threads go on. */
  | { readonly kind: 'stall'; readonly host: number; readonly ms: number }
  | { readonly kind: 'partition'; readonly left: readonly number[]; readonly ms: number }
  | { readonly kind: 'cut'; readonly from: number; readonly to: number; readonly ms: number }
  /** A connection breaks without a death; the two sides notice up to `noticeMs` apart, and dial again. */
  | { readonly kind: 'reset'; readonly a: number; readonly b: number; readonly noticeMs: number }
  /** Links from and to the given hosts (null: any) are of this quality. */
  | {
      readonly kind: 'link'
      readonly from: number | null
      readonly to: number | null
      readonly quality: Quality
      readonly ms: number
    }
  /** Probes of the host are answered by nobody, although its connections work. */
  | { readonly kind: 'mute'; readonly host: number; readonly ms: number }
  | { readonly kind: 'leave'; readonly host: number }
  | { readonly kind: 'stop'; readonly host: number; readonly run: number }
  /** The rate is to be another one. */
  | { readonly kind: 'scale'; readonly host: number; readonly run: number; readonly rate: number }
  /** The wall clock jumps; the monotonic one never does. */
  | { readonly kind: 'wall'; readonly host: number; readonly byMs: number }
  | { readonly kind: 'slow'; readonly host: number; readonly pace: ThreadPace; readonly ms: number }
  /** The next set-up of tasks on the host fails. */
  | { readonly kind: 'unready'; readonly host: number }
)

export type FaultOf<K extends Fault['kind']> = Extract<Fault, { kind: K }>

/** Somebody asks a node for all of a run, once a second for so long. */
export interface AskPlan {
  readonly at: number
  readonly host: number
  readonly run: number
  readonly ms: number
}

export interface Plan {
  /** Of all randomness that the plan does not fix: delays, losses, jitter. */
  readonly seed: number
  readonly slotCount: number
  /** Runs of more nodes are aggregated; as in real meshes when left out. */
  readonly aggregateAbove?: number
  readonly asks?: readonly AskPlan[]
  readonly hosts: readonly HostPlan[]
  readonly quality: Quality
  readonly runs: readonly RunPlan[]
  readonly faults: readonly Fault[]
  /** When everything that can be taken back is. */
  readonly healAt: number
}

/** The id of the plan's run `index`. */
export function runIdOf(index: number): string {
  return `r00000000-${String(index).padStart(10, '0')}`
}
