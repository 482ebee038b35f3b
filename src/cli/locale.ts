/** Which characters the user's terminal can show. */

import type { Environment } from './settings.ts'

/**
 * Whether the locale's character set is UTF-8: `LC_ALL`, else `LC_CTYPE`, else `LANG` (POSIX.1-2017, 8.2). None of them
 * is the POSIX locale, which is ASCII; only on Windows they are not how it is said.
 */
export function usesUnicode(environment: Environment): boolean {
  const { LC_ALL, LC_CTYPE, LANG, OS } = environment
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== '')
  return locale === undefined ? OS === 'Windows_NT' : /utf-?8/i.test(locale)
}
