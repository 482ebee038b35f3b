/** The files of the project, and what they import. */

import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'

export const root = join(import.meta.dirname, '../..')

export interface Import {
  readonly specifier: string
  /** Erased when types are stripped. */
  readonly typeOnly: boolean
  /** Done when it is reached, if at all. */
  readonly dynamic: boolean
}

export interface SourceFile {
  readonly path: string
  /** Without comments. */
  readonly code: string
  readonly lines: number
  readonly imports: readonly Import[]
}

/** Comments go, texts and regular expressions stay: enough of a lexer for code that a formatter has laid out. */
export function withoutComments(text: string): string {
  return text.replace(/('(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|(^|\s)\/\/[^\n]*/g, '$1$2')
}

export function importsOf(code: string): Import[] {
  const statement = /(?:^|\n)(import|export)(\s+type)?\s[^'`;]*?from\s*'([^']+)'/g
  const found = [...code.matchAll(statement)].map(([, , type, specifier]) => ({
    specifier: specifier!,
    typeOnly: type !== undefined,
    dynamic: false,
  }))
  const others = [...code.matchAll(/(?:^|\n)import\s*'([^']+)'|\bimport\(\s*'([^']+)'/g)].map(([, bare, asked]) => ({
    specifier: (bare ?? asked)!,
    typeOnly: false,
    dynamic: asked !== undefined,
  }))
  return [...found, ...others]
}

function readSources(pattern: string): SourceFile[] {
  return globSync(pattern, { cwd: root }).map((name) => {
    const text = readFileSync(join(root, name), 'utf8')
    const code = withoutComments(text)
    const lines = text.split('\n').length - 1
    return { path: name.split(sep).join('/'), code, lines, imports: importsOf(code) }
  })
}

/** The file a relative import names. */
export function resolve(from: string, specifier: string): string {
  return normalize(join(dirname(from), specifier))
    .split(sep)
    .join('/')
}

export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

export function isRelative({ specifier }: Import): boolean {
  return specifier.startsWith('.')
}

/** What is published. */
export const program = [...readSources('src/**/*.ts'), ...readSources('bin/*.ts')]

/** Tests and tools. */
export const others = ['test', 'examples', 'bench', 'scripts'].flatMap((folder) => readSources(`${folder}/**/*.ts`))
