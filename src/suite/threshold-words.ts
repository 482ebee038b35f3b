import type { Suite } from './spec.ts'
import { parseThresholdExpression } from './threshold.ts'
import { formatDuration } from './units.ts'

/** What each threshold of a suite asks for, in words: which of the two kinds it is shows when it is read again. */
export function thresholdWords({ thresholds }: Suite): string[] {
  return thresholds.map(({ metric, expression, abortOnFail, delayAbortEvalMs }) => {
    const parsed = parseThresholdExpression(expression)
    const seconds = 'error' in parsed ? undefined : parsed.forSeconds
    const condition = expression.trim()
    const asked =
      seconds === undefined
        ? `must be ${condition}`
        : `must not be ${condition.replace(/\bfor\b.*/, '').trim()} in ${seconds === 1 ? 'any second' : `${seconds} seconds in a row`}`
    const delay = delayAbortEvalMs > 0 ? `, not before ${formatDuration(delayAbortEvalMs)}` : ''
    return `${metric} ${asked}${abortOnFail ? `; else the run stops${delay}` : ''}`
  })
}
