/** Names that authors give: in reports, and in the selectors of thresholds. */

import * as z from 'zod'
import { LIMITS } from '../base/limits.ts'
import { hasControlCharacters } from './characters.ts'
import { issueText } from './issues.ts'
import { show } from './show.ts'

/** Words with single spaces between them, without what would be in the way in selectors: braces, quotes, commas. */
const NAME_PATTERN = /^[^\s{}"',\\]+( [^\s{}"',\\]+)*$/

/** What a name cannot have; for making one of other text. */
export const NOT_IN_NAMES = /[\s{}"',\\\p{Cc}]+/gu

const refuseName = {
  error: ({ input }: { readonly input?: unknown }) => {
    if (typeof input === 'string' && input.includes('{{')) {
      const hint = 'write the name without {{…}}: results are counted under one name, whatever the values are'
      return issueText([`${show(input)} has a template, but a name is the same for all iterations`], hint)
    }
    return issueText(
      [`${show(input)} is not a name`],
      'use words with single spaces between them, without braces, quotes, commas and backslashes',
    )
  },
}

export const nameLeaf = () =>
  z
    .string()
    .min(1)
    .max(LIMITS.nameLength)
    .regex(NAME_PATTERN, refuseName)
    .refine((text) => !hasControlCharacters(text), refuseName)
