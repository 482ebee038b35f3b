/** What nodes say to each other about pre-flight, on the control channel beside what the core is told. */

import { z } from 'zod'
import { VajraError } from '../base/errors.ts'
import { CHECKS, LEVELS, type LocalFinding } from '../base/finding.ts'
import { LIMITS } from '../base/limits.ts'
import { sourceSchema } from '../coordination/message-schema.ts'
import type { SuiteText } from '../suite/document.ts'

/** Findings of one node that are told; the worst of them. */
export const MOST_FINDINGS = 300

export type PreflightMessage =
  /** The sender wants to know whether the receiver could fire its share. */
  | {
      readonly kind: 'preflight'
      readonly id: string
      readonly source: SuiteText
      readonly share: number
      readonly nodes: number
    }
  | { readonly kind: 'findings'; readonly id: string; readonly findings: readonly LocalFinding[] }

const id = z.string().regex(/^[0-9a-f]{16}$/)
const text = z.string().max(LIMITS.sentenceLength)
const finding = z.strictObject({
  check: z.enum(CHECKS),
  level: z.enum(LEVELS),
  path: text.optional(),
  seen: text,
  hint: text.optional(),
})

const message = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('preflight'),
    id,
    source: sourceSchema,
    share: z.number().min(0).max(1),
    nodes: z
      .int()
      .min(1)
      .max(4 * LIMITS.nodes),
  }),
  z.strictObject({ kind: z.literal('findings'), id, findings: z.array(finding).max(MOST_FINDINGS) }),
])

/** Whether a message is meant for pre-flight, well-formed or not. */
export function isPreflightMessage(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { kind } = value as { readonly kind?: unknown }
  return kind === 'preflight' || kind === 'findings'
}

/** @throws VajraError `MESSAGE_INVALID` */
export function checkPreflightMessage(value: unknown): PreflightMessage {
  const result = message.safeParse(value)
  if (result.success) return result.data
  throw new VajraError('MESSAGE_INVALID', "a peer's message about pre-flight is malformed")
}
