/** Errors as people read them on stderr: what, where, what to do; every problem of several. */

import { EXIT, messageOf, type Problem, VajraError } from '../base/errors.ts'
import { printable } from '../report/style.ts'

/** The text for anything that was thrown, ending with a line break. */
export function errorText(thrown: unknown): string {
  if (!(thrown instanceof VajraError)) {
    const details = thrown instanceof Error ? (thrown.stack ?? '') : ''
    return `vajra: a defect: ${messageOf(thrown)}\n${details}\n`
  }
  const lines = [`vajra: ${printable(thrown.message)}`]
  for (const problem of thrown.problems) lines.push(...problemLines(problem))
  if (thrown.hint !== undefined) lines.push(`  hint: ${printable(thrown.hint)}`)
  return `${lines.join('\n')}\n`
}

/** One problem, indented, its hint below it. */
export function problemLines({ path, message, hint }: Problem): readonly string[] {
  // A message about a key begins with it, as the path ends.
  const key = `${path.split('.').at(-1)}: `
  const what = message.startsWith(key) ? message.slice(key.length) : message
  const lines = [printable(`  ${path === '' ? '' : `${path}: `}${what}`)]
  if (hint !== undefined) lines.push(printable(`    hint: ${hint}`))
  return lines
}

export function exitCodeOf(thrown: unknown): number {
  return thrown instanceof VajraError ? thrown.exitCode : EXIT.failure
}
