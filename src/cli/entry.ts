/** Joins the program to its process: runs it, lets its output leave, and exits. */

import { main } from './main.ts'
import { flushed, processContext } from './process-context.ts'

/** Runs the program in this process, which ends with it: nothing that is still open may keep it alive. */
export async function start(): Promise<void> {
  const code = await main(processContext())
  await flushed()
  process.exit(code)
}
