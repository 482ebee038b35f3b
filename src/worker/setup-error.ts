import { VajraError } from '../base/errors.ts'
import type { ErrorMessage } from './messages.ts'

/** What a thread said of its tasks' setup, as the error it is; null when all went well. */
export function setupError(error: ErrorMessage | null): VajraError | null {
  if (error === null) return null
  return new VajraError('TASK_SETUP_FAILED', error.message, error.hint === undefined ? {} : { hint: error.hint })
}
