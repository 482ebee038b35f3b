/**
 * Flags: how their text is read. Flags, environment variables and configuration files all give text, and all go
 * through the same reading, so that a mistake is told the same way wherever it was made.
 */

import { parseDuration } from '../suite/units.ts'

/** What is wrong with a flag's text. The reader of settings adds where it was found. */
export class Mistake extends Error {
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

export interface Flag<T> {
  /** One sentence for help texts. */
  readonly describe: string
  /** What stands for the value in help texts; undefined for a switch. */
  readonly placeholder: string | undefined
  /** One letter. */
  readonly short: string | undefined
  readonly aliases: readonly string[]
  /** May be given more than once. */
  readonly repeatable: boolean
  /** The default, as help texts show it. */
  readonly shownDefault: string | undefined
  readonly fallback: T
  /** @throws Mistake */
  readonly read: (texts: readonly string[]) => T
}

interface Basics {
  readonly describe: string
  readonly placeholder?: string
  readonly short?: string
  readonly aliases?: readonly string[]
  readonly shownDefault?: string
}

function flag<T>(basics: Basics, rest: Pick<Flag<T>, 'placeholder' | 'repeatable' | 'fallback' | 'read'>): Flag<T> {
  return {
    describe: basics.describe,
    short: basics.short,
    aliases: basics.aliases ?? [],
    shownDefault: basics.shownDefault,
    ...rest,
  }
}

/** Quotes what a user wrote, cut to a length that fits a line. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}

function single(texts: readonly string[]): string {
  if (texts.length > 1) throw new Mistake('given more than once', 'give it once')
  return texts[0] ?? ''
}

/** One value, read by `read`. */
export function valueFlag<T>(
  basics: Basics & { readonly placeholder: string },
  read: (text: string) => T,
): Flag<T | undefined> {
  const { placeholder } = basics
  return flag<T | undefined>(basics, {
    placeholder,
    repeatable: false,
    fallback: undefined,
    read: (texts) => read(single(texts)),
  })
}

/** Any text but an empty one. */
export function textFlag(basics: Basics & { readonly placeholder: string }): Flag<string | undefined> {
  return valueFlag(basics, (text) => {
    if (text === '') throw new Mistake('is empty', `give a ${basics.placeholder}`)
    return text
  })
}

/** A yes or no; the flag alone means yes. */
export function switchFlag(basics: Basics): Flag<boolean> {
  return flag(basics, {
    placeholder: undefined,
    repeatable: false,
    fallback: false,
    read: (texts) => {
      const text = (texts.at(-1) ?? '').toLowerCase()
      if (['true', '1', 'yes', 'on'].includes(text)) return true
      if (['false', '0', 'no', 'off'].includes(text)) return false
      throw new Mistake(`${quote(text)} is neither true nor false`, 'write true or false')
    },
  })
}

export function wholeFlag(
  basics: Basics & { readonly placeholder: string; readonly least: number; readonly most: number },
): Flag<number | undefined> {
  const { least, most } = basics
  return valueFlag(basics, (text) => {
    const value = Number(text)
    if (!/^[+-]?\d+$/.test(text.trim()) || !Number.isSafeInteger(value)) {
      throw new Mistake(`${quote(text)} is not a whole number`, `give a number from ${least} to ${most}`)
    }
    if (value < least || value > most)
      throw new Mistake(`${value} is out of range`, `give a number from ${least} to ${most}`)
    return value
  })
}

/** A duration with its unit, in milliseconds. */
export function durationFlag(basics: Basics & { readonly most: number }): Flag<number | undefined> {
  return valueFlag({ placeholder: 'DURATION', ...basics }, (text) => {
    const parsed = parseDuration(text)
    if (!parsed.ok) throw new Mistake(parsed.message, parsed.hint)
    if (parsed.value > basics.most)
      throw new Mistake(`${quote(text)} is longer than ${basics.most / 1000}s`, 'give less')
    return parsed.value
  })
}

export function choiceFlag<const C extends string>(
  basics: Basics & { readonly choices: readonly C[] },
): Flag<C | undefined> {
  const { choices } = basics
  return valueFlag({ placeholder: choices.join('|'), ...basics }, (text) => {
    const chosen = choices.find((choice) => choice === text)
    if (chosen === undefined)
      throw new Mistake(`${quote(text)} is not one of the choices`, `choose one of: ${choices.join(', ')}`)
    return chosen
  })
}

/** Values that may be given by several flags, or in one text with `separator` between them. */
export function listFlag<T>(
  basics: Basics & { readonly placeholder: string; readonly separator: ',' | '\n' },
  read: (text: string) => T,
): Flag<readonly T[]> {
  const { placeholder, separator } = basics
  return flag<readonly T[]>(basics, {
    placeholder,
    repeatable: true,
    fallback: [],
    read: (texts) =>
      texts
        .flatMap((text) => text.split(separator))
        .map((text) => text.trim())
        .filter((text) => text !== '')
        .map(read),
  })
}
