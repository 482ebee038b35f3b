#!/usr/bin/env node
// Checks the Node.js version before anything is loaded that an old one could not even read. Plain syntax only.

const OLDEST_MAJOR = 24
const EXIT_INVALID = 104

if (Number(process.versions.node.split('.')[0]) < OLDEST_MAJOR) {
  process.stderr.write(
    `vajra needs Node.js ${OLDEST_MAJOR} or newer; this is ${process.versions.node} (${process.execPath}). ` +
      'Install a newer one from https://nodejs.org or with your version manager.\n',
  )
  process.exitCode = EXIT_INVALID
} else {
  import('../src/cli/entry.ts').then(({ start }) => start())
}
