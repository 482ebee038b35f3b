/** The shape of `data`: one source, or several by name. */

import * as z from 'zod'
import { LIMITS } from '../base/limits.ts'
import { DATA_ENDS, DATA_FORMATS, DATA_ORDERS, DATA_SHARES } from './data-spec.ts'
import { issueText } from './issues.ts'
import { show } from './show.ts'

/** What a source may be called. */
export const DATA_NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/

const file = z.string().min(1).max(LIMITS.pathLength)

const sourceMap = z
  .strictObject({
    file: file.optional().meta({
      title: 'File',
      description: 'CSV, JSON or NDJSON file that travels with the suite; relative to the suite.',
      examples: ['users.csv'],
    }),
    path: file.optional().meta({
      title: 'Path',
      description: 'The same file on every node, by its absolute path.',
      examples: ['/srv/users.csv'],
    }),
    format: z.enum(DATA_FORMATS).optional().meta({
      title: 'Format',
      description: 'Told by the extension unless it is given: .csv, .tsv, .json, .ndjson, .jsonl.',
    }),
    delimiter: z
      .string()
      .regex(/^[^"\r\n]$/u, {
        error: ({ input }) => issueText([`${show(input)} is not a delimiter`], 'use one character, as ";"'),
      })
      .optional()
      .meta({ title: 'Delimiter', description: 'Between the fields of a CSV file.', default: ',', examples: [';'] }),
    order: z.enum(DATA_ORDERS).optional().meta({
      title: 'Order',
      description: 'Row by row, each round in another order, or any row each time.',
      default: 'sequential',
    }),
    share: z.enum(DATA_SHARES).optional().meta({
      title: 'Share',
      description:
        'Rows are split, so that no two nodes and threads use the same row, or every node goes through all of them. Random order takes copies.',
      default: 'split',
    }),
    onEnd: z.enum(DATA_ENDS).optional().meta({
      title: 'On end',
      description: 'After the last row comes the first again, or the load ends.',
      default: 'recycle',
    }),
  })
  .meta({
    title: 'Source of data',
    description: 'A file whose rows fill in templates. It has a `file` or a `path`.',
    examples: [{ file: 'users.csv' }],
  })

/** A file's name, or a map. */
export const sourceSchema = z.union([file, sourceMap])

/** `data` of a scenario: one source, called `data` in templates. */
export const scenarioDataSchema = sourceSchema.optional().meta({
  title: 'Data',
  description: 'A file whose rows fill in templates of this scenario, as {{data.email}}.',
  examples: ['users.csv', { file: 'users.csv', order: 'shuffled' }],
})

/** `data` of a suite: sources by name. */
export const suiteDataSchema = z
  .record(
    z.string().regex(DATA_NAME, {
      error: ({ input }) => issueText([`${show(input)} is not a name`], 'use letters, digits, _ and -'),
    }),
    sourceSchema,
  )
  .optional()
  .meta({
    title: 'Data',
    description: 'Files whose rows fill in templates, by name: {{users.email}} is the column email of `users`.',
    examples: [{ users: { file: 'users.csv' } }],
  })

export type ShapedSource = z.output<typeof sourceSchema>
