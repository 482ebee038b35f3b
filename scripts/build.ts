/**
 * `npm run build`: compiles `src` and `bin` into `dist`, as the package publishes them. Nothing is copied: what the
 * program reads beside its code (the manifest, for its version) lies above `dist` in the package too.
 */

import { spawnSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

// Files of sources that are gone would be published otherwise.
rmSync(join(root, 'dist'), { recursive: true, force: true })
const compiler = join(root, 'node_modules/typescript/bin/tsc')
const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
if (status === 0) chmodSync(join(root, 'dist/bin/vajra.js'), 0o755)
else process.exitCode = status ?? 1
