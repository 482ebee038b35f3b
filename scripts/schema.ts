/**
 * Writes schema/suite.schema.json. `npm run schema` after every change of the suite's shape; a test holds the two
 * together.
 */

import { writeFileSync } from 'node:fs'
import { suiteJsonSchema } from '../src/suite/json-schema.ts'

const file = new URL('../schema/suite.schema.json', import.meta.url)
writeFileSync(file, `${JSON.stringify(suiteJsonSchema(), null, 2)}\n`)
