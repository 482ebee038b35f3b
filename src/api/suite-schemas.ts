/** Schemas of what a suite comes in. */

import type { Schema } from './schema-parts.ts'

export const SuiteForm: Schema = {
  type: 'object',
  description:
    'A suite with data files: the part `suite`, and one part for each file, whose name is the path that the suite has for it.',
  properties: { suite: { type: 'string', contentMediaType: 'application/yaml' } },
  required: ['suite'],
  additionalProperties: { type: 'string', contentMediaType: 'application/octet-stream' },
}

export const Suite: Schema = {
  type: 'object',
  description: 'a suite; its own JSON Schema is published as schema/suite.schema.json of the package vajra-mesh',
}
