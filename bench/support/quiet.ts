/** A machine that is shared is seldom quiet for long: what is short is best begun when it is. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Pinning } from './pinning.ts'
import { busyMs } from './process-tree.ts'

/** A CPU is quiet when no more of this time is used than this part. */
const LOOK_MS = 400
const QUIET_PART = 0.1
const LONGEST_MS = 15_000

/** Waits until the CPUs of both sides are quiet, for a quarter of a minute at most. */
export async function untilQuiet({ target, generator }: Pinning): Promise<void> {
  const cpus = [target.at(-1), generator.at(-1)].flatMap((cpu) => (cpu === undefined ? [] : [Number(cpu)]))
  const deadline = performance.now() + LONGEST_MS
  let busy = true
  while (busy && performance.now() < deadline) {
    const before = cpus.map(busyMs)
    await sleep(LOOK_MS)
    busy = cpus.some((cpu, i) => busyMs(cpu) - before[i]! > LOOK_MS * QUIET_PART)
  }
}
