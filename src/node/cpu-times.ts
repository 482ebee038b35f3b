import { cpus } from 'node:os'
import type { CpuTimes } from './self-load.ts'

/** CPU times of this machine since it booted, and of this process. */
export function cpuTimes(): CpuTimes {
  let machineIdle = 0
  let machineTotal = 0
  for (const { times } of cpus()) {
    machineIdle += times.idle
    machineTotal += times.user + times.nice + times.sys + times.idle + times.irq
  }
  const usage = process.cpuUsage()
  return { machineIdle, machineTotal, process: (usage.user + usage.system) / 1000 }
}
