/** What a process uses, as Linux tells it in /proc. */

import { readFileSync } from 'node:fs'

/** Clock ticks a second in /proc; a constant of Linux's user interface on every platform Node.js runs on. */
const TICKS_PER_SECOND = 100

/** Positions in /proc/PID/stat after the name, which may hold blanks: utime and stime, proc(5). */
export const USER_TICKS = 11
const SYSTEM_TICKS = 12

/** The fields of /proc/PID/stat after the name. @throws Error when there is no such process */
export function statOf(pid: number | string): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Milliseconds of a number of clock ticks. */
export function ticksMs(ticks: number): number {
  return (ticks * 1000) / TICKS_PER_SECOND
}

/** CPU time used so far by all threads, in milliseconds. */
export function cpuMs(pid: number): number {
  const fields = statOf(pid)
  return ticksMs(Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS]))
}

/** Memory of the process that is in RAM, pages shared with others included, in megabytes (10^6). */
export function residentMb(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return (Number(kib) * 1024) / 1e6
}
