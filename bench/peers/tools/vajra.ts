/** This project: a run in one process with one load thread, everything recorded. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Report } from '../../../src/metrics/report-document.ts'
import { type Command, jsonIn, type Task, type Tool } from '../tool.ts'

/** Seconds at the asked rate that are left out of the report: a part of the suite, which the others do not have. */
const WARM_UP = 1

/** @param flags further flags of `vajra run` */
function run(cli: string, task: Task, load: Readonly<Record<string, unknown>>, flags: readonly string[]): Command {
  const suite = join(task.folder, 'suite.json')
  const scenario = { name: 'only', load, http: task.url }
  writeFileSync(suite, JSON.stringify({ name: 'bench', scenarios: [scenario] }))
  return {
    args: [process.execPath, cli, 'run', suite, '--json', '--quiet', '--workers', '1', ...flags],
  }
}

function parse({ stdout }: { readonly stdout: string }): ReturnType<Tool['parse']> {
  const { sent, latency, lateness } = jsonIn<Report>(stdout).totals
  const late = { p50: lateness.p50, p99: lateness.p99 }
  return { requests: sent, p50: latency.p50, p99: latency.p99, max: latency.max, lateness: late }
}

const OURS = { binary: null, source: 'this repository', parse }

function version(cli: string): Tool['version'] {
  return { args: [process.execPath, cli, '--version'], pattern: /(\d\S+)/ }
}

/** A run at the task's rate, as long as the task says, its warm-up included. */
function atRate(cli: string, task: Task, warmup: number, flags: readonly string[]): Command {
  const load = { rate: `${task.rate}/s`, duration: `${task.seconds - warmup}s`, warmup: `${warmup}s` }
  return run(cli, task, load, flags)
}

/** @param cli the program: `bin/vajra.ts`, or what the build makes of it */
export function vajra(cli: string): Tool {
  return {
    ...OURS,
    name: 'vajra',
    version: version(cli),
    closed: (task) => run(cli, task, { users: task.connections, duration: `${task.seconds}s` }, []),
    open: (task) => atRate(cli, task, task.whole ? 0 : WARM_UP, []),
  }
}

/** The same from the first request on, as the others are measured: only where rates are kept. */
export function vajraCold(cli: string): Tool {
  const open = (task: Task): Command => atRate(cli, task, 0, [])
  return { ...OURS, name: 'vajra cold', version: version(cli), open, variant: true }
}

/** The same with the other settings of its pacing. */
export function vajraPaced(cli: string, pacing: 'precise' | 'eco'): Tool {
  const flags = ['--pacing', pacing]
  const open = (task: Task): Command => atRate(cli, task, WARM_UP, flags)
  return { ...OURS, name: `vajra ${pacing}`, version: version(cli), open, variant: true }
}
