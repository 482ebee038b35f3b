/**
 * JSON Schema of what is written, from a zod schema that also says what it becomes.
 */

import * as z from 'zod'

/** JSON Schema (draft 2020-12) of a zod schema's input. */
export function inputJsonSchema(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, {
    io: 'input',
    // zod leaves these out where values are transformed, taking them for values of the output. Here they are input.
    override: ({ zodSchema, jsonSchema }) => {
      const { examples, default: fallback } = z.globalRegistry.get(zodSchema) ?? {}
      if (examples !== undefined) jsonSchema.examples = examples as unknown[]
      if (fallback !== undefined) jsonSchema.default = fallback as string
    },
  }) as Record<string, unknown>
}
