/**
 * The suite's JSON Schema, for editors and for those who write suites by program. Describes what is written (`500/s`),
 * not what it becomes.
 */

import { inputJsonSchema } from './input-schema.ts'
import { suiteShape, type TaskShape, usableTasks } from './shape.ts'

/** JSON Schema (draft 2020-12) of a suite document. */
export function suiteJsonSchema(tasks: readonly TaskShape[] = []): object {
  return inputJsonSchema(suiteShape(usableTasks(tasks)))
}
