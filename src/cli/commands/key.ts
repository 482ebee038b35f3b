import { chmodSync, existsSync, linkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { messageOf, VajraError } from '../../base/errors.ts'
import { formatKeyFile, KEY_FILE, loadClusterKey, newClusterKey, userConfigDir } from '../../node/cluster-key.ts'
import { makeFolder } from '../../system/make-folder.ts'
import { type CommandInput, defineCommand } from '../command.ts'
import type { ProcessContext } from '../process-context.ts'
import { jsonText } from '../report-output.ts'

const KEY_FLAGS = ['cluster-key-file', 'stdout', 'force', 'json'] as const

type Input = CommandInput<(typeof KEY_FLAGS)[number]>

export const key = defineCommand({
  name: 'key',
  summary: "the cluster's key",
  description:
    "Only nodes with the same key form a mesh. A node without one creates its user's own, so that nodes of one user on one machine just work; for other machines, copy the file or set VAJRA_CLUSTER_KEY.",
  positionals: [
    { name: 'action', describe: 'make a new key, or print the one a node would use', choices: ['create', 'show'] },
  ],
  flags: KEY_FLAGS,
  examples: [
    ['vajra key create', "in the user's configuration folder"],
    ['vajra key create --cluster-key-file ./cluster.key', 'in a file of its own'],
    ['vajra key create --stdout', 'for a secret store'],
    ['vajra key show', 'where it is, and what'],
  ],
  async run(input, context) {
    return input.positionals[0] === 'create' ? create(input, context) : show(input, context)
  },
})

function create({ settings }: Input, context: ProcessContext): number {
  const text = formatKeyFile(newClusterKey())
  if (settings.stdout) {
    context.stdout.write(text)
    return 0
  }
  const path = pathOf(settings['cluster-key-file'], context)
  writeKey(path, text, settings.force)
  context.stdout.write(settings.json ? jsonText({ file: path }) : `${path}\n`)
  return 0
}

function pathOf(file: string | undefined, context: ProcessContext): string {
  return resolve(file ?? join(userConfigDir(context.environment), KEY_FILE))
}

/** Written under another name first: a node that starts meanwhile sees a whole key or none. */
function writeKey(path: string, text: string, force: boolean): void {
  const temporary = `${path}.${process.pid}`
  try {
    makeFolder(dirname(path))
    writeFileSync(temporary, text, { mode: 0o600 })
    chmodSync(temporary, 0o600)
    if (force) renameSync(temporary, path)
    else linkSync(temporary, path)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new VajraError('OPTION_INVALID', `there is a key already in ${path}`, {
        hint: '--force replaces it; nodes that go on with the old one will be a mesh of their own',
      })
    }
    throw new VajraError('CLUSTER_KEY_INVALID', `cannot write the key to ${path}: ${messageOf(cause)}`, {
      hint: 'name another file with --cluster-key-file',
      cause,
    })
  } finally {
    rmSync(temporary, { force: true })
  }
}

function show({ settings }: Input, context: ProcessContext): number {
  const named = settings['cluster-key-file']
  const path = pathOf(named, context)
  const fromEnvironment = named === undefined && Boolean(context.environment.VAJRA_CLUSTER_KEY)
  // Loading would create it; who asks to be shown a key does not ask for that.
  if (!fromEnvironment && named === undefined && !existsSync(path)) {
    throw new VajraError('CLUSTER_KEY_INVALID', `there is no key in ${path} yet`, {
      hint: 'vajra key create makes one, and so does the first vajra node',
    })
  }
  const loaded = loadClusterKey({
    ...(named !== undefined && { file: named }),
    configDir: userConfigDir(context.environment),
    env: context.environment,
  })
  if (loaded.warning !== null) context.stderr.write(`vajra: ${loaded.warning}\n`)
  const file = fromEnvironment ? null : path
  const where = file ?? 'environment variable VAJRA_CLUSTER_KEY'
  const text = settings.json ? jsonText({ file, key: loaded.key }) : `file  ${where}\nkey   ${loaded.key}\n`
  context.stdout.write(text)
  return 0
}
