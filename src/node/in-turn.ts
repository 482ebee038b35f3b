import { messageOf } from '../base/errors.ts'
import type { Log } from './options.ts'

/** One after the other, each whatever became of those before it: a socket that will not close must not keep a file open. */
export async function inTurn(log: Log, steps: readonly (() => void | Promise<void>)[]): Promise<void> {
  for (const step of steps) {
    try {
      await step()
    } catch (error) {
      log('warn', `while closing: ${messageOf(error)}`)
    }
  }
}
