/**
 * Credential references: `env:NAME` and `file:/path`. A suite carries references only; they are resolved on the node
 * that fires, kept in memory, and never appear in a message: errors name the reference.
 */

import { readFileSync } from 'node:fs'
import { VajraError } from '../base/errors.ts'

/** A whole value that is a reference, optionally after an authorization scheme: `env:TOKEN`, `Bearer env:TOKEN`. */
const REFERENCE = /^(?:(?<scheme>[A-Za-z][A-Za-z0-9-]*) )?(?<reference>env:[A-Za-z_][A-Za-z0-9_]*|file:\/.+)$/

/** Secrets are short; a larger file is most likely the wrong one. */
const FILE_LIMIT = 64 * 1024

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The text with its reference replaced by the secret; other text unchanged. One line break at the end of a file is
 * not part of the secret.
 *
 * @throws VajraError `TASK_SETUP_FAILED`, naming the reference and never the value
 */
export function resolveReference(text: string, environment: Environment): string {
  const groups = REFERENCE.exec(text)?.groups
  if (groups === undefined) return text
  const reference = groups.reference as string
  const secret = reference.startsWith('env:')
    ? fromEnvironment(reference, environment)
    : fromFile(reference, reference.slice('file:'.length))
  return groups.scheme === undefined ? secret : `${groups.scheme} ${secret}`
}

/** Whether the text is a reference, alone or after an authorization scheme. */
export function isReference(text: string): boolean {
  return REFERENCE.test(text)
}

function fromEnvironment(reference: string, environment: Environment): string {
  const name = reference.slice('env:'.length)
  const value = environment[name]
  if (value === undefined || value === '') {
    throw unresolved(reference, 'the environment variable is not set', `set ${name} in the environment of every node`)
  }
  return value
}

function fromFile(reference: string, path: string): string {
  let content: Buffer
  try {
    content = readFileSync(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    throw unresolved(reference, `the file cannot be read (${code})`, 'put the file on every node, readable by vajra')
  }
  if (content.length > FILE_LIMIT) {
    throw unresolved(reference, `the file is larger than ${FILE_LIMIT} bytes`, 'check that the path is the secret')
  }
  const value = content.toString('utf8').replace(/\r?\n$/, '')
  if (value === '') throw unresolved(reference, 'the file is empty', 'write the secret to the file')
  return value
}

function unresolved(reference: string, why: string, hint: string): VajraError {
  return new VajraError('TASK_SETUP_FAILED', `credential reference ${reference} cannot be resolved: ${why}`, { hint })
}
