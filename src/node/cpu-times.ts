import { machineTimes } from '../system/machine-times.ts'
import type { CpuTimes } from './self-load.ts'

/** CPU times of this machine since it booted, and of this process. */
export function cpuTimes(): CpuTimes {
  const { idle, total } = machineTimes()
  const { user, system } = process.cpuUsage()
  return { machineIdle: idle, machineTotal: total, process: (user + system) / 1000 }
}
