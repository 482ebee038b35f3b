/** Whether a node has what its share of a run needs. */

import type { LocalFinding } from '../base/finding.ts'
import { formatBytes, formatCount } from '../report/format.ts'
import type { NodeLoad } from './node-load.ts'
import type { TargetSeen } from './observed.ts'

/** What a node has; null for what its system does not tell. */
export interface NodeResources {
  /** CPUs that its process may use. */
  readonly cpus: number
  readonly loadThreads: number
  /** Free CPU time of the machine, smoothed, 0 to 1. */
  readonly headroom: number
  /** Memory that can still be had, in bytes. */
  readonly freeBytes: number
  readonly files: { readonly limit: number; readonly open: number } | null
  /** Local ports for connections to one address, and connections of the machine that have one now. */
  readonly ports: { readonly range: number; readonly used: number } | null
}

/** Of what is there, this much may be used: the rest is for everything else. */
const USABLE = 0.9
/** Less free CPU time than this is a busy machine, on which much of a CPU cannot be had. */
const BUSY_HEADROOM = 0.1
const MUCH_OF_A_CPU = 0.25
/** Memory that a connection with a request in flight takes, in bytes. */
const CONNECTION_BYTES = 25_000
/** Files that libraries, the mesh and the API open in the course of a run. */
const RESERVED_FILES = 64
/** One finding for each kind of resource that the system tells of. */
export function judgeNode(resources: NodeResources, load: NodeLoad, targets: readonly TargetSeen[]): LocalFinding[] {
  const { files, ports } = resources
  return [
    judgeCpu(resources, load),
    judgeMemory(resources, load),
    ...(files === null ? [] : [judgeFiles(files, load)]),
    ...(ports === null ? [] : [judgePorts(ports, load, targets)]),
  ]
}

function judgeCpu({ cpus, loadThreads, headroom }: NodeResources, { cores }: NodeLoad): LocalFinding {
  const has = Math.min(cpus, loadThreads)
  const needed = `about ${cores.toFixed(cores < 0.095 ? 2 : 1)} CPUs are needed at the least`
  const threads = `${loadThreads} load ${loadThreads === 1 ? 'thread' : 'threads'} on ${cpus} ${cpus === 1 ? 'CPU' : 'CPUs'}`
  if (cores > has * USABLE) {
    const hint = 'add nodes, give this one more load threads (--workers) where it has the CPUs, or lower the rate'
    return { check: 'cpu', level: 'WARN', seen: `${needed}, and there are ${threads}`, hint }
  }
  if (headroom < BUSY_HEADROOM && cores > MUCH_OF_A_CPU) {
    const seen = `${needed}, and the machine is busy: ${Math.round(headroom * 100)} % of its CPU time is free`
    return { check: 'cpu', level: 'WARN', seen, hint: 'end what else runs there, or add nodes on other machines' }
  }
  return { check: 'cpu', level: 'PASS', seen: `${threads}, ${Math.round(headroom * 100)} % free; ${needed}` }
}

function judgeMemory({ freeBytes }: NodeResources, { atOnce }: NodeLoad): LocalFinding {
  const needed = atOnce * CONNECTION_BYTES
  const seen = `${formatCount(atOnce)} requests in flight take about ${formatBytes(needed)}; ${formatBytes(freeBytes)} are free`
  if (needed <= freeBytes * USABLE) return { check: 'memory', level: 'PASS', seen }
  return { check: 'memory', level: 'WARN', seen, hint: 'use fewer users or a lower rate, or add nodes' }
}

function judgeFiles(
  { limit, open }: { readonly limit: number; readonly open: number },
  { atOnce }: NodeLoad,
): LocalFinding {
  const seen = `about ${formatCount(atOnce)} connections at once, ${formatCount(open)} files open, ${formatCount(limit)} allowed`
  if (atOnce + open + RESERVED_FILES <= limit) return { check: 'files', level: 'PASS', seen }
  const hint = 'raise the limit (ulimit -n, or LimitNOFILE of a service), use fewer users, or add nodes'
  return { check: 'files', level: 'WARN', seen, hint }
}

function judgePorts(
  { range, used }: { readonly range: number; readonly used: number },
  { atOnce }: NodeLoad,
  targets: readonly TargetSeen[],
): LocalFinding {
  const room = `${formatCount(range)} local ports, ${formatCount(used)} connections now`
  // An address of a target has the whole range for itself.
  if (atOnce > range * USABLE * Math.max(1, targets.length)) {
    const hint = 'use fewer users, add nodes, or widen net.ipv4.ip_local_port_range'
    return { check: 'ports', level: 'WARN', seen: `about ${formatCount(atOnce)} connections at once; ${room}`, hint }
  }
  return { check: 'ports', level: 'PASS', seen: room }
}
