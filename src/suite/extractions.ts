/** `extract`: values that are taken out of an answer, for the templates of what comes later. */

import * as z from 'zod'
import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { parseAnswerPart } from './answer-part.ts'
import type { Extraction } from './journey-spec.ts'
import { isMap } from './raw.ts'
import { formatPath, show } from './show.ts'
import { VALUE_NAME } from './template.ts'

const from = z.string().meta({
  title: 'From',
  description:
    'Part of the answer: `json:` and a JSONPath, `header:NAME`, `cookie:NAME`, `regex:` and a pattern for the body (its first group; no looking around, no back references), `status`, `body` or `duration`.',
  examples: ['json:$.token'],
})

/** Values by name. */
export const extractSchema = z
  .record(
    z.string(),
    z.union([
      from,
      z.strictObject({
        from,
        default: z
          .union([z.string(), z.number(), z.boolean()])
          .optional()
          .meta({ title: 'Default', description: 'What it is where nothing is found; without it, that is a failure.' }),
        secret: z.boolean().optional().meta({
          title: 'Secret',
          description:
            'Of a setup: it stays on the node that runs the setup, and only the teardown may name it. Other values of a setup go to all nodes, and onto their disks.',
          default: false,
        }),
      }),
    ]),
  )
  .meta({
    id: 'extract',
    title: 'Extract',
    description:
      'Values taken out of the answer, by name, for `{{name}}` in later steps. Where nothing is found the request has failed, as `extract:NAME`.',
    examples: [{ token: 'json:$.token' }],
  })

/** Extractions that were read, and what is wrong with the others. */
export interface ReadExtractions {
  readonly extractions: readonly Extraction[]
  readonly problems: readonly Problem[]
}

/** Reads `extract` as it is written; skips what its shape has refused. */
export function readExtractions(raw: unknown, path: readonly PropertyKey[]): ReadExtractions {
  if (!isMap(raw)) return { extractions: [], problems: [] }
  const extractions: Extraction[] = []
  const problems: Problem[] = []
  for (const [name, given] of Object.entries(raw)) {
    const at = [...path, name]
    const wrong = valueNameProblem(name)
    if (wrong !== undefined) problems.push({ path: formatPath(at), ...wrong })
    const map = isMap(given) ? given : { from: given }
    if (typeof map.from !== 'string') continue
    const part = parseAnswerPart(map.from)
    if (part.ok) {
      const fallback = map.default === undefined ? null : String(map.default)
      extractions.push({ name, part: part.value, default: fallback, secret: map.secret === true })
    } else {
      const place = isMap(given) ? [...at, 'from'] : at
      problems.push({ path: formatPath(place), message: part.message, hint: part.hint })
    }
  }
  if (extractions.length > LIMITS.extractions) {
    const message = `${extractions.length} values; at most ${LIMITS.extractions} are allowed`
    problems.push({ path: formatPath(path), message, hint: 'remove some' })
  }
  return { extractions, problems }
}

/** Names that every suite has of itself. */
export const BUILTIN_NAMES: readonly string[] = Object.freeze([
  'iteration',
  'user',
  'node',
  'random',
  'uuid',
  'now',
  'env',
  'setup',
])

/** What is wrong with the name of a value; undefined when it can be used. */
export function valueNameProblem(name: string): { readonly message: string; readonly hint: string } | undefined {
  if (!VALUE_NAME.test(name) || name === '__proto__' || name.length > LIMITS.nameLength) {
    const hint = `use letters, digits, dashes and underscores, at most ${LIMITS.nameLength}`
    return { message: `${show(name)} cannot be the name of a value`, hint }
  }
  if (!BUILTIN_NAMES.includes(name)) return undefined
  return { message: `\`${name}\` is there already in every suite`, hint: 'choose another name' }
}
