/**
 * Text in columns and lines. Widths count code points: names are short and mostly Latin.
 */

export type Alignment = 'left' | 'right'

export function widthOf(text: string): number {
  return [...text].length
}

export function pad(text: string, width: number, alignment: Alignment = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)))
  return alignment === 'left' ? text + space : space + text
}

/** The text, or its beginning and an ellipsis. */
export function truncate(text: string, width: number): string {
  const points = [...text]
  return points.length <= width ? text : `${points.slice(0, Math.max(0, width - 1)).join('')}…`
}

/** Cells padded to the widest of their column, ready to be styled and joined. Rows may be short. */
export function alignColumns(rows: readonly (readonly string[])[], alignments: readonly Alignment[]): string[][] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(cell))
  }
  return rows.map((row) => row.map((cell, column) => pad(cell, widths[column]!, alignments[column] ?? 'left')))
}

/** Lines of at most `width`, broken at spaces; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/ +/)) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && widthOf(longer) > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line]
}
