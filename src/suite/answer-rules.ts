/** What the keys that look at answers go with: one request. They read raw input. */

import type { Problem } from '../base/errors.ts'
import type { RawMap } from './raw.ts'
import { formatPath } from './show.ts'

/** Problems of `extract` and `expect` where they stand. */
export function answerKeyProblems(entry: RawMap, path: readonly PropertyKey[]): Problem[] {
  const isList = entry.steps !== undefined || entry.mix !== undefined
  return (['extract', 'expect'] as const).flatMap((key) => {
    if (entry[key] === undefined) return []
    if (isList) {
      const message = `${key} goes with a single step, not with a list of them`
      return [{ path: formatPath([...path, key]), message, hint: `give the steps an \`${key}\` of their own` }]
    }
    if (entry.http !== undefined) return []
    const hint = 'remove it; other tasks say themselves what failed'
    return [{ path: formatPath([...path, key]), message: `${key} goes with \`http\` only`, hint }]
  })
}
