/**
 * Colours of a terminal, or none; and text from elsewhere made harmless for one.
 */

/** Wraps a text in the codes of its style. */
export interface Style {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly warn: (text: string) => string
  readonly name: (text: string) => string
}

const ESCAPE = '\u001b['

const code = (number: number) => (text: string) => (text === '' ? '' : `${ESCAPE}${number}m${text}${ESCAPE}0m`)
const same = (text: string) => text

const COLOURED: Style = { bold: code(1), dim: code(2), good: code(32), bad: code(31), warn: code(33), name: code(36) }
const PLAIN: Style = { bold: same, dim: same, good: same, bad: same, warn: same, name: same }

/** ANSI codes, or texts as they are when `colour` is false. */
export function styleFor(colour: boolean): Style {
  return colour ? COLOURED : PLAIN
}

/**
 * A text without control characters: names, messages and error kinds come from suites, tasks and peers, and must not
 * steer the terminal they are shown on.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '\ufffd')
}
