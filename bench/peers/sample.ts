/** What one run of one tool gives. */

import type { ToolReport } from './tool.ts'

/** What is compared: flat out over HTTP and HTTPS, rates, and a target that stalls. */
export type Part = 'http' | 'https' | 'rate' | 'stall'

/** What identifies a run: a collection holds each once. */
export interface SampleKey {
  readonly part: Part
  readonly tool: string
  /** Requests a second that were asked for; null for as many as it can. */
  readonly rate: number | null
  readonly round: number
}

export interface Quantiles {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface Measured {
  /** At the target, over the measured span, a second. */
  readonly arrived: number
  /** CPU time of the tool and its children over that span, per request that arrived, in µs. */
  readonly cpuMicros: number
  /** CPU time before and after: to start, to warm up, to report; in ms. */
  readonly aroundCpuMs: number
  readonly peakMb: number
  /** Part of the generator's CPU that somebody else used meanwhile, in per cent; null where it is not pinned to one. */
  readonly othersPercent?: number | null
  /** Part of the span in which the target could have run and waited for its CPU, in per cent. */
  readonly targetWaitedPercent?: number
  readonly report: ToolReport
  /** What the target says it took itself; null where it keeps no log. Milliseconds. */
  readonly known: Quantiles | null
  /** Time between two arrivals at the target, 99th percentile, in µs; null where it keeps no log. */
  readonly gapP99Micros: number | null
}

export interface Sample extends SampleKey {
  readonly version: string
  readonly measured: Measured | null
  /** What somebody felt who came at the asked rate, whatever the target did; only where it stalls. Milliseconds. */
  readonly expected: Quantiles | null
  /** Why there is nothing measured. */
  readonly failure: string | null
}

/** More of a CPU used by others than this, and the figures say little. In per cent. */
const OTHERS_LIMIT = 5
/** The target shares its CPU with what measures, which takes some of it. */
const WAITED_LIMIT = 10

/** What disturbed a measurement; null for nothing. */
export function disturbanceOf({ othersPercent, targetWaitedPercent = 0 }: Measured): string | null {
  if ((othersPercent ?? 0) > OTHERS_LIMIT) return `others had ${othersPercent!.toFixed(0)} % of the generator's CPU`
  if (targetWaitedPercent <= WAITED_LIMIT) return null
  return `the target waited for its CPU ${targetWaitedPercent.toFixed(0)} % of the time`
}

export function keyOf({ part, tool, rate, round }: SampleKey): string {
  return `${part} ${tool} ${rate} ${round}`
}
