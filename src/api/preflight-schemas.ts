/** JSON Schemas of what pre-flight checks find; they describe `base/finding.ts`. */

import { CHECKS, LEVELS } from '../base/finding.ts'
import { list, milliseconds, object, type Schema, text } from './schema-parts.ts'

const level: Schema = {
  type: 'string',
  enum: LEVELS,
  description: 'WARN: it would run, but hardly give what is asked; FAIL: it could not run, or measure nothing',
}

export const preflight: Schema = object({
  level,
  tookMs: milliseconds,
  nodes: list(text),
  findings: list(
    object(
      {
        check: { type: 'string', enum: CHECKS },
        level,
        node: text,
        path: text,
        seen: text,
        hint: text,
      },
      ['path', 'hint'],
    ),
  ),
})
