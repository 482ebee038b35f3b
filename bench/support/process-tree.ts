/** What a command uses together with all that it has started, as Linux tells it in /proc. */

import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks a second in /proc, and the bytes of a page: constants of Linux's user interface on common platforms. */
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4096

/** Positions in /proc/PID/stat after the name, which may hold blanks; proc(5). */
const GROUP = 2
const USER_TICKS = 11
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
    const fields = /^\d+$/.test(name) ? statOf(name) : null
    if (fields === null || Number(fields[GROUP]) !== group) continue
    for (let i = USER_TICKS; i <= CHILDREN_SYSTEM_TICKS; i++) ticks += Number(fields[i])
    pages += Number(fields[RESIDENT_PAGES])
  }
  return { cpuMs: (ticks * 1000) / TICKS_PER_SECOND, residentMb: (pages * PAGE_BYTES) / 1e6 }
}

function statOf(pid: string): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null // It has just ended.
  }
}

/** User and system time of all children of this process that have ended, and theirs, in milliseconds. */
export function endedChildrenCpuMs(): number {
  const fields = statOf('self') ?? []
  return ((Number(fields[USER_TICKS + 2]) + Number(fields[CHILDREN_SYSTEM_TICKS])) * 1000) / TICKS_PER_SECOND
}

/** Time so far in which a CPU was not idle, whoever used it, in milliseconds; what the hypervisor took away included. */
export function busyMs(cpu: number): number {
  const [, fields = ''] = new RegExp(`^cpu${cpu} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'utf8')) ?? []
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields.split(' ').map(Number)
  return ((user + nice + system + irq + softirq + steal) * 1000) / TICKS_PER_SECOND
}
