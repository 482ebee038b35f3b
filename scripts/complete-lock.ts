/**
 * `npm run lock` after every change of dependencies: resolves package.json into package-lock.json, then puts back what
 * npm leaves out. Beside an installed `node_modules`, and where a registry has no packages for other platforms, npm
 * drops their entries from the lock file, and `npm ci` refuses what it has written (https://github.com/npm/cli/issues/4828).
 * The entries name version and platform only; npm adds the rest where it installs them.
 */

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface LockedPackage {
  readonly version?: string
  readonly dev?: boolean
  readonly license?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Packages of one platform end with it: `…-darwin-arm64`, `…-linux-x64-musl`. */
const PLATFORM = /-(?<os>[a-z0-9]+)-(?<cpu>[a-z0-9]+?)(?:-(?<libc>musl|gnu))?$/

function entryFor(name: string, version: string, parent: LockedPackage): object {
  const platform = PLATFORM.exec(name)?.groups
  if (platform === undefined || !/^\d/.test(version)) throw new Error(`cannot complete the entry of ${name}@${version}`)
  const { os, cpu, libc } = platform
  return {
    version,
    cpu: [cpu],
    ...(parent.dev === true && { dev: true }),
    ...(libc !== undefined && { libc: [libc === 'gnu' ? 'glibc' : libc] }),
    ...(parent.license !== undefined && { license: parent.license }),
    optional: true,
    os: [os],
  }
}

const root = join(import.meta.dirname, '..')
execFileSync('npm', ['install', '--package-lock-only', '--ignore-scripts'], { cwd: root, stdio: 'inherit' })

const file = join(root, 'package-lock.json')
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockedPackage> }
let added = 0
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`
    if (Object.keys(lock.packages).some((key) => key === path || key.endsWith(`/${path}`))) continue
    lock.packages[path] = entryFor(name, version, parent) as LockedPackage
    added++
  }
}
const compare = (a: string, b: string): number => a.localeCompare(b, 'en')
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => compare(a, b)))
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`package-lock.json: ${added} entries of other platforms put back`)
