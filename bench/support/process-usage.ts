/** What a process uses, as Linux tells it in /proc. */

import { readFileSync } from 'node:fs'

/** Clock ticks a second in /proc; a constant of Linux's user interface on every platform Node.js runs on. */
const TICKS_PER_SECOND = 100

/** Positions in /proc/PID/stat after the name, which may hold blanks: utime and stime, proc(5). */
const USER_TICKS = 11
const SYSTEM_TICKS = 12

/** CPU time used so far by all threads, in milliseconds. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) * 1000) / TICKS_PER_SECOND
}

/** Memory of the process that is in RAM, pages shared with others included, in megabytes (10^6). */
export function residentMb(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return (Number(kib) * 1024) / 1e6
}
