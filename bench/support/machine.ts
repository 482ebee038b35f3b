/** Where figures were measured: without it they say little. */

import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'

export interface Machine {
  /** What was run. */
  readonly program: string
  /** ISO 8601 */
  readonly date: string
  readonly cpu: string
  readonly cpus: number
  readonly memoryGb: number
  readonly system: string
  readonly node: string
  /** Of this project and of what its figures depend on most. */
  readonly versions: Readonly<Record<string, string>>
  /** Load averages over the last minute: over the number of CPUs means that others were at work too. */
  readonly load: { readonly before: number; readonly after: number }
}

export function describeMachine(loadBefore: number, program: string): Machine {
  const processors = cpus()
  return {
    program,
    date: new Date().toISOString(),
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cpus: processors.length,
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    versions: { 'vajra-mesh': versionIn('.'), ...versionsOf(['libp2p', '@libp2p/gossipsub', 'fastify', 'undici']) },
    load: { before: loadBefore, after: loadNow() },
  }
}

export function loadNow(): number {
  return Math.round(loadavg()[0]! * 10) / 10
}

/** One paragraph. */
export function machineText(machine: Machine): string {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`)
  return [
    `Measured: ${machine.program}, ${machine.date.slice(0, 16).replace('T', ' ')} UTC.`,
    `${machine.cpu}, ${machine.cpus} CPUs, ${machine.memoryGb} GB.`,
    `${machine.system}, Node.js ${machine.node}, ${versions.join(', ')}.`,
    `Load average ${machine.load.before} before, ${machine.load.after} after (the benchmark's own included).`,
  ].join('\n')
}

function versionsOf(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, versionIn(`node_modules/${name}`)]))
}

function versionIn(folder: string): string {
  const path = new URL(`../../${folder}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}
