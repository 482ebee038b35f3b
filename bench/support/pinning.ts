/** Which CPU whom: so that a target and what fires at it do not take CPU time from each other. */

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Pinning {
  /** What to put before a command, so that it runs there. Empty where CPUs cannot be told apart. */
  readonly target: readonly string[]
  readonly generator: readonly string[]
  /** For people. */
  readonly text: string
}

/** The first CPU this process may use for the target, the last for the generator. */
export function choosePinning(): Pinning {
  const cpus = allowedCpus()
  if (cpus.length < 2) return { target: [], generator: [], text: 'not pinned: there is one CPU' }
  if (spawnSync('taskset', ['-c', String(cpus[0]), 'true']).status !== 0)
    return { target: [], generator: [], text: 'not pinned: taskset (package util-linux) is missing' }
  const [target, generator] = [cpus[0]!, cpus.at(-1)!]
  return {
    target: ['taskset', '-c', String(target)],
    generator: ['taskset', '-c', String(generator)],
    text: `target on CPU ${target}, generator on CPU ${generator}`,
  }
}

/** Puts this process where the target is: what it watches should not wait for it. */
export function joinTarget({ target }: Pinning): void {
  const cpu = target.at(-1)
  if (cpu !== undefined) spawnSync('taskset', ['-a', '-c', '-p', cpu, String(process.pid)], { stdio: 'ignore' })
}

function allowedCpus(): number[] {
  if (process.platform !== 'linux') return []
  const [, list = ''] = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return list.split(',').flatMap((span) => {
    const [from = 0, to = from] = span.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, i) => from + i)
  })
}
