/** Writes docs/cli.md. `npm run docs:cli` after every change of a command or flag; a test holds the two together. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { cliReference } from '../src/cli/reference.ts'

const folder = new URL('../docs/', import.meta.url)
mkdirSync(folder, { recursive: true })
writeFileSync(new URL('cli.md', folder), await cliReference())
