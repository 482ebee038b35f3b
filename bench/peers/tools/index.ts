/** All tools the comparison knows, ours first. */

import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Tool } from '../tool.ts'
import { ab } from './ab.ts'
import { artillery } from './artillery.ts'
import { autocannon } from './autocannon.ts'
import { fortio } from './fortio.ts'
import { h2load } from './h2load.ts'
import { hey } from './hey.ts'
import { k6 } from './k6.ts'
import { locust } from './locust.ts'
import { nodeNet } from './node-net.ts'
import { oha } from './oha.ts'
import { vajra, vajraCold, vajraPaced } from './vajra.ts'
import { vegeta } from './vegeta.ts'
import { wrk, wrk2 } from './wrk.ts'

export const PEERS: readonly Tool[] = [
  wrk,
  wrk2,
  h2load,
  hey,
  oha,
  vegeta,
  k6,
  fortio,
  autocannon,
  locust,
  artillery,
  ab,
]

export interface FoundTool {
  readonly tool: Tool
  readonly version: string
}

/** @param cli our program. @returns ours in each of its settings, what `node:net` takes, and what is on the PATH of the others */
export function findTools(cli: string): { readonly found: readonly FoundTool[]; readonly missing: readonly Tool[] } {
  const ours = [
    vajra(cli),
    vajraCold(cli),
    ...(hasPacing(cli) ? [vajraPaced(cli, 'precise'), vajraPaced(cli, 'eco')] : []),
  ]
  const found = [...ours, nodeNet, ...PEERS.filter(({ binary }) => isOnPath(binary!))]
  return {
    found: found.map((tool) => ({ tool, version: versionOf(tool) })),
    missing: PEERS.filter((tool) => !found.includes(tool)),
  }
}

function hasPacing(cli: string): boolean {
  const { stdout } = spawnSync(process.execPath, [cli, 'run', '--help'], { encoding: 'utf8' })
  return stdout.includes('--pacing')
}

function isOnPath(binary: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, binary), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function versionOf({ binary, version }: Tool): string {
  const [command = '', ...args] = binary === null ? version.args : [binary, ...version.args]
  if (version.args.length > 0) {
    const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000 })
    const [, told] = version.pattern.exec(`${stdout}\n${stderr}`) ?? []
    if (told !== undefined) return told
  }
  // Of what cannot tell: as Debian's package manager has it, `hey<tab>0.1.4-2`.
  const { stdout } = spawnSync('dpkg-query', ['--show', command], { encoding: 'utf8' })
  return stdout?.trim().split('\t')[1] ?? 'unknown'
}
