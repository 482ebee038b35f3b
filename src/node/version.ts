/** The version of this program, as its package says. */

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

let cached: string | undefined

/** Reads the version from the nearest `package.json` above: the sources and the built files lie at different depths. */
export function programVersion(): string {
  cached ??= readVersion(import.meta.dirname)
  return cached
}

function readVersion(folder: string): string {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string; version: string }
    if (manifest.name === 'vajra-mesh') return manifest.version
  } catch {
    // Not in this folder: look above.
  }
  const parent = dirname(folder)
  return parent === folder ? 'unknown' : readVersion(parent)
}
