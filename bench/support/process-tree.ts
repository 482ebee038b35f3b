/** What a command uses together with all that it has started, as Linux tells it in /proc. */

import { readdirSync, readFileSync } from 'node:fs'
import { statOf, ticksMs, USER_TICKS } from './process-usage.ts'

/** Bytes of a page: a constant of Linux's user interface on common platforms. */
const PAGE_BYTES = 4096

/** Positions in /proc/PID/stat after the name; proc(5). */
const GROUP = 2
const CHILDREN_SYSTEM_TICKS = 14
const RESIDENT_PAGES = 21

export interface TreeUsage {
  /** User and system time so far of all processes, those that have ended included, in milliseconds; 10 ms at a time. */
  readonly cpuMs: number
  /** In RAM now; pages that processes share count for each. Megabytes (10^6). */
  readonly residentMb: number
}

/** Usage of a process group: a command that was spawned `detached`, and what it has started since. */
export function groupUsage(group: number): TreeUsage {
  let ticks = 0
  let pages = 0
  for (const name of readdirSync('/proc')) {
    const fields = /^\d+$/.test(name) ? statIfThere(name) : null
    if (fields === null || Number(fields[GROUP]) !== group) continue
    for (let i = USER_TICKS; i <= CHILDREN_SYSTEM_TICKS; i++) ticks += Number(fields[i])
    pages += Number(fields[RESIDENT_PAGES])
  }
  return { cpuMs: ticksMs(ticks), residentMb: (pages * PAGE_BYTES) / 1e6 }
}

function statIfThere(pid: string): string[] | null {
  try {
    return statOf(pid)
  } catch {
    return null // It has just ended.
  }
}

/** User and system time of all children of this process that have ended, and theirs, in milliseconds. */
export function endedChildrenCpuMs(): number {
  const fields = statIfThere('self') ?? []
  return ticksMs(Number(fields[USER_TICKS + 2]) + Number(fields[CHILDREN_SYSTEM_TICKS]))
}

/** Time so far in which a CPU was not idle, whoever used it, in milliseconds; what the hypervisor took away included. */
export function busyMs(cpu: number): number {
  const [, fields = ''] = new RegExp(`^cpu${cpu} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'utf8')) ?? []
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields.split(' ').map(Number)
  return ticksMs(user + nice + system + irq + softirq + steal)
}
