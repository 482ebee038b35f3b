/** package.json declares what is imported and nothing else, and package-lock.json serves every platform. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { others, packageOf, program, root, type SourceFile } from './support/sources.ts'

interface Manifest {
  readonly name: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
}

/** Used by their command or for their types, not imported. */
const TOOLS = ['@biomejs/biome', '@types/mocha', '@types/node', 'c8', 'node', 'typescript']

describe('dependencies', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest

  function packagesOf(files: readonly SourceFile[]): ReadonlySet<string> {
    const specifiers = files.flatMap(({ imports }) => imports.map(({ specifier }) => specifier))
    const outside = specifiers.filter((specifier) => /^(?!node:)[@\w]/.test(specifier))
    return new Set(outside.map(packageOf).filter((name) => name !== manifest.name))
  }

  it('of the program are declared, and what is declared is used', () => {
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
    assert.deepEqual([...packagesOf(program)].sort(), declared.sort())
  })

  it('of tests and tools are declared, and what is declared is used', () => {
    const declared = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)]
    const used = packagesOf(others)
    assert.deepEqual(
      [...used].filter((name) => !declared.includes(name)),
      [],
    )
    const idle = Object.keys(manifest.devDependencies).filter((name) => !used.has(name) && !TOOLS.includes(name))
    assert.deepEqual(idle, [])
  })

  it('are locked for every platform, without the address of a registry (npm run lock)', () => {
    const text = readFileSync(join(root, 'package-lock.json'), 'utf8')
    assert.doesNotMatch(text, /"resolved"/)
    const { packages } = JSON.parse(text) as { packages: Record<string, Partial<Manifest>> }
    const paths = Object.keys(packages)
    const missing = Object.values(packages)
      .flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}))
      .filter((name) => !paths.some((path) => path.endsWith(`node_modules/${name}`)))
    assert.deepEqual(missing, [])
  })
})
