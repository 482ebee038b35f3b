/** Modules that threads load, beside this file's folder: source or build output. */

const tasks = (name: string): URL => {
  return new URL(`../tasks/${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
}

/** What load threads fire. */
export const TASKS_URL = tasks('registry')
/** The thread that keeps credentials. */
export const CREDENTIALS_URL = tasks('credentials/keeper-main')
/** The thread that looks at targets before a run. */
export const PROBE_URL = tasks('preflight/probe-main')
