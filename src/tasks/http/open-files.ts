/** Whether this process may open as many files as connections are needed. A socket is a file to the kernel. */

/** Files that a node has open without any load: libraries, its database, the mesh, the API. */
const RESERVE = 64

/** What to do about it, for people. */
export const FILES_HINT =
  'raise the limit (ulimit -n, or LimitNOFILE of a service), use fewer users, or share the load among more nodes'

/**
 * Files that the process may have open; undefined where the system does not say.
 *
 * @param limits text of `/proc/self/limits` (Linux). Node.js has raised the soft limit to the hard one at its start.
 */
export function openFilesLimit(limits: string = readLimits()): number | undefined {
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1]
  return soft === undefined ? undefined : Number(soft)
}

function readLimits(): string {
  try {
    // Once before the start, when nobody waits for it any more: all that belongs to it is loaded with it.
    return process.getBuiltinModule('node:fs').readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return ''
  }
}

/** Says so when connections will not all find a file; undefined when they will, or nobody knows. */
export function filesProblem(connections: number, limit: number | undefined = openFilesLimit()): string | undefined {
  if (limit === undefined || connections + RESERVE <= limit) return undefined
  return (
    `about ${connections} connections are needed on one load thread, and this process may open ${limit} files: ` +
    `requests that find none fail as exhausted; ${FILES_HINT}`
  )
}
