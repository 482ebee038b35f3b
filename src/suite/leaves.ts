/**
 * Leaves of the suite's schema: quantities that come in as text and go out as numbers. zod sees a transformation; the
 * JSON Schema sees what an author writes.
 */

import * as z from 'zod'
import { issueText } from './issues.ts'
import { DURATION_PATTERN, formatDuration, type Parsed, parseDuration, parseRate, RATE_PATTERN } from './units.ts'

/** What editors show of a leaf, and its bounds, both inclusive. */
interface LeafOptions {
  readonly title: string
  readonly description: string
  readonly examples?: readonly string[]
  readonly default?: string
  readonly least: number
  readonly most: number
}

/** A duration, in milliseconds after parsing. */
export function durationLeaf(options: LeafOptions) {
  return leaf(options, parseDuration, formatDuration, DURATION_PATTERN, '30s')
}

/** A rate, in arrivals per second after parsing. */
export function rateLeaf(options: LeafOptions) {
  return leaf(options, parseRate, (rate) => `${rate}/s`, RATE_PATTERN, '500/s')
}

function leaf(
  { least, most, examples, ...about }: LeafOptions,
  parse: (input: unknown) => Parsed<number>,
  format: (value: number) => string,
  pattern: string,
  example: string,
) {
  // The number 0 is the one quantity that may be written without a unit.
  const type = least > 0 ? 'string' : ['string', 'number']
  return z
    .unknown()
    .transform((input, context): number => {
      const refuse = (message: string, hint: string): number => {
        // Where a map would do as well, what is wrong within it is what should be told.
        const params = { otherKind: typeof input === 'object' && input !== null }
        context.addIssue({ code: 'custom', message: issueText([message], hint), params })
        return z.NEVER
      }
      if (input === undefined) return refuse('missing', `for example ${example}`)
      const parsed = parse(input)
      if (!parsed.ok) return refuse(parsed.message, parsed.hint)
      const allowed = `allowed are ${format(least)} to ${format(most)}`
      if (parsed.value === 0 && least > 0) return refuse(`${input} is not allowed: it must be above 0`, allowed)
      if (parsed.value < least) return refuse(`${input} is too small`, allowed)
      if (parsed.value > most) return refuse(`${input} is too large`, allowed)
      return parsed.value
    })
    .meta({
      ...about,
      type,
      pattern,
      ...(type === 'string' ? {} : { maximum: 0, minimum: 0 }),
      examples: examples ?? [example],
    })
}
