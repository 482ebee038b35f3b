/** CPU time of each thread of a process, as Linux's scheduler counts it: to the nanosecond, not by ticks. */

import { readdirSync, readFileSync } from 'node:fs'

/** CPU time so far by name of the thread, in milliseconds; threads of one name together. */
export type ThreadUsage = ReadonlyMap<string, number>

export function threadUsage(pid: number): ThreadUsage {
  const usage = new Map<string, number>()
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${thread}`
    try {
      const name = readFileSync(`${folder}/comm`, 'utf8').trim()
      const [nanoseconds = '0'] = readFileSync(`${folder}/schedstat`, 'utf8').split(' ')
      usage.set(name, (usage.get(name) ?? 0) + Number(nanoseconds) / 1e6)
    } catch {
      // It has just ended.
    }
  }
  return usage
}

/** How long the main thread of a process could have run so far and waited for a CPU, in milliseconds. */
export function runDelayMs(pid: number): number {
  const [, nanoseconds = '0'] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
  return Number(nanoseconds) / 1e6
}

/** What was used between two readings, in milliseconds. */
export function usedBetween(before: ThreadUsage, after: ThreadUsage): Map<string, number> {
  return new Map([...after].map(([name, ms]) => [name, Math.max(0, ms - (before.get(name) ?? 0))]))
}
