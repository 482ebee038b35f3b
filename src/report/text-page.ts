/**
 * The parts every section of the summary is made of.
 */

import { pad, widthOf, wrap } from './layout.ts'
import type { Style } from './style.ts'

/** Where a summary is written to. */
export interface Page {
  readonly style: Style
  readonly width: number
}

/** Columns by which the lines of a section are moved in. */
export const INDENT = 2

/** Columns of a label with its dots. */
const LABEL_WIDTH = 16

/** A headed block followed by an empty line; nothing at all without lines. */
export function section({ style }: Page, title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [style.bold(`█ ${title.toUpperCase()}`), '', ...lines, '']
}

/** `requests........: ` */
export function label({ style }: Page, text: string): string {
  return `${text}${style.dim(pad('', LABEL_WIDTH - widthOf(text)).replaceAll(' ', '.'))}: `
}

/** Blanks as wide as a label. */
export const NO_LABEL = ' '.repeat(LABEL_WIDTH + 2)

export function indent(line: string, by = INDENT): string {
  return ' '.repeat(by) + line
}

/** A text over several lines, those after the first moved in under it. */
export function paragraph({ width }: Page, mark: string, text: string, style: (text: string) => string): string[] {
  const hang = widthOf(mark) + 1
  return wrap(text, width - hang).map((line, index) => style(index === 0 ? `${mark} ${line}` : indent(line, hang)))
}
