/**
 * CPU times of the machine. `os.cpus()` has them, but asks for much more: on Linux it opens a file or two for each CPU, and
 * the kernel may interrupt every CPU for its frequency, while the sum of all is the first line of one file.
 */

import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** Since the machine booted, in milliseconds, summed over its CPUs. */
export interface MachineTimes {
  readonly idle: number
  /** Idle time included; of what waits for disks and of what other machines of the same host took, nothing. */
  readonly total: number
}

const STAT = '/proc/stat'
/** Linux counts in hundredths of a second, whatever the kernel's own interval is (proc(5), `USER_HZ`). */
const TICK_MS = 10

export function machineTimes(): MachineTimes {
  if (process.platform !== 'linux') return fromCpus()
  try {
    return fromStat(readFileSync(STAT, 'latin1'))
  } catch {
    // It may be out of sight in a sandbox.
    return fromCpus()
  }
}

/** @param stat text of `/proc/stat`: `cpu user nice system idle iowait irq softirq …`, then the same for each CPU */
export function fromStat(stat: string): MachineTimes {
  const [user = 0, nice = 0, system = 0, idle = 0, , irq = 0] = stat
    .slice('cpu'.length, stat.indexOf('\n'))
    .trim()
    .split(/\s+/)
    .map((ticks) => Number(ticks) * TICK_MS)
  return { idle, total: user + nice + system + idle + irq }
}

/** The same from what Node.js knows. */
export function fromCpus(): MachineTimes {
  let idle = 0
  let total = 0
  for (const { times } of cpus()) {
    idle += times.idle
    total += times.user + times.nice + times.sys + times.idle + times.irq
  }
  return { idle, total }
}
