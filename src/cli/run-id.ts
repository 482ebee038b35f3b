import { VajraError } from '../base/errors.ts'
import { RUN_ID_PATTERN, type RunId } from '../base/ids.ts'

/** A run id from the command line. @throws VajraError OPTION_INVALID for what cannot be one */
export function runIdOf(word: string | undefined): RunId {
  if (word !== undefined && RUN_ID_PATTERN.test(word)) return word
  throw new VajraError('OPTION_INVALID', `${JSON.stringify(word ?? '')} is not the id of a run`, {
    hint: 'vajra runs lists them; they look like rmi5k2x9a-0f3k9d8s7q',
  })
}
