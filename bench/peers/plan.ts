/** Which runs a comparison is made of, in which order. */

import type { DelayShape } from '../support/delay-shape.ts'
import type { Part, SampleKey } from './sample.ts'
import type { FoundTool } from './tools/index.ts'

export const RATES = [1000, 5000, 20_000] as const

/** Short enough for 64 connections at the highest rate, long enough to be told from none. */
export const RATE_SHAPE: Partial<DelayShape> = { delayMs: 1 }

/** A run at 1,000 a second, ten seconds long, of which the target does nothing for two. */
export const STALL_SHAPE: Partial<DelayShape> = { delayMs: 1, stallAfterMs: 4000, stallMs: 2000 }
export const STALL_RATE = 1000
export const STALL_SECONDS = 10

export interface PlannedRun extends SampleKey {
  readonly found: FoundTool
}

/** Round by round, and in each part one tool after the other: what changes with time changes for all of them. */
export function planRuns(found: readonly FoundTool[], parts: readonly Part[], rounds: number): PlannedRun[] {
  const runs: PlannedRun[] = []
  for (let round = 1; round <= rounds; round++) {
    for (const part of parts) {
      for (const rate of part === 'rate' ? RATES : [part === 'stall' ? STALL_RATE : null]) {
        for (const one of found) {
          const run = runOf(one, part, rate, round)
          if (run !== null) runs.push(run)
        }
      }
    }
  }
  return runs
}

function runOf(found: FoundTool, part: Part, rate: number | null, round: number): PlannedRun | null {
  const { name, closed, open, mostRate = Number.POSITIVE_INFINITY } = found.tool
  if (part === 'http' || part === 'https')
    return closed === undefined ? null : { part, tool: name, rate: null, round, found }
  if (part === 'rate') return open === undefined || rate! > mostRate ? null : { part, tool: name, rate, round, found }
  // What a stall does needs no repetition. Tools without a rate fire as fast as they can.
  if (round > 1 || found.tool.variant === true) return null
  return { part, tool: name, rate: open === undefined ? null : rate, round, found }
}
