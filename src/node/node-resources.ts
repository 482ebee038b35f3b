/** What this machine has for a run, as its system tells. */

import { readdirSync, readFileSync } from 'node:fs'
import type { NodeResources } from '../preflight/judge-node.ts'
import { openFilesLimit } from '../tasks/http/open-files.ts'

/** @param known what the node knows of itself */
export function nodeResources(known: Pick<NodeResources, 'cpus' | 'loadThreads' | 'headroom'>): NodeResources {
  return { ...known, freeBytes: process.availableMemory(), files: files(), ports: ports() }
}

function files(): NodeResources['files'] {
  const limit = openFilesLimit()
  try {
    return limit === undefined ? null : { limit, open: readdirSync('/proc/self/fd').length }
  } catch {
    return null
  }
}

function ports(): NodeResources['ports'] {
  const range = numbers(read('/proc/sys/net/ipv4/ip_local_port_range'))
  const [first, last] = range
  if (first === undefined || last === undefined) return null
  const [, inUse = '0', waiting = '0'] = /^TCP: inuse (\d+).* tw (\d+)/m.exec(read('/proc/net/sockstat')) ?? []
  return { range: last - first + 1, used: Number(inUse) + Number(waiting) }
}

function numbers(text: string): number[] {
  return text
    .trim()
    .split(/\s+/)
    .filter((word) => /^\d+$/.test(word))
    .map(Number)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
