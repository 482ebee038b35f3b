/** Rows on their way from a file into a table: headers and lengths are checked, whatever the format. */

import { LIMITS } from '../base/limits.ts'
import { DataTableBuilder } from '../journey/data-table.ts'

/** What is wrong with a file. Never quotes its rows, which may be credentials. */
export class FileProblem extends Error {
  /** From 1; null where no line can be told. */
  readonly line: number | null
  readonly hint: string

  constructor(line: number | null, message: string, hint: string) {
    super(message)
    this.name = 'FileProblem'
    this.line = line
    this.hint = hint
  }
}

/** What a column may be called: what looks different is more likely a row, whose texts must not be told. */
const COLUMN = /^[\p{L}_][\p{L}\p{N}_ .-]*$/u

export class RowSink {
  #table: DataTableBuilder | undefined

  get hasHeader(): boolean {
    return this.#table !== undefined
  }

  get columns(): readonly string[] {
    return this.#table?.columns ?? []
  }

  /** @throws FileProblem */
  header(names: readonly string[], line: number | null = 1): void {
    const columns = names.map((name) => name.trim())
    if (columns.length > LIMITS.dataColumns) {
      throw new FileProblem(
        line,
        `has ${columns.length} columns; at most ${LIMITS.dataColumns} are allowed`,
        'remove some',
      )
    }
    for (const [index, name] of columns.entries()) {
      if (name === '') throw new FileProblem(line, `column ${index + 1} has no name`, 'give each column a name')
      if (!COLUMN.test(name) || name.length > LIMITS.nameLength) {
        const hint = 'use letters, digits, _, - and no digit first; is the first line of the CSV file its header?'
        throw new FileProblem(line, `column ${index + 1} has a name that cannot be used`, hint)
      }
      const first = columns.indexOf(name)
      if (first !== index) {
        throw new FileProblem(line, `columns ${first + 1} and ${index + 1} are both called ${name}`, 'rename one')
      }
    }
    this.#table = new DataTableBuilder(columns)
  }

  /** @param cells one for each column */
  row(cells: readonly string[]): void {
    const table = this.#table!
    if (table.rows >= LIMITS.dataRows) {
      throw new FileProblem(null, `has more than ${LIMITS.dataRows} rows`, 'use fewer')
    }
    table.add(cells)
  }

  /** The table. @throws FileProblem for one without rows */
  table(): DataTableBuilder {
    if (this.#table === undefined) throw new FileProblem(null, 'is empty', 'give it a header and rows')
    if (this.#table.rows === 0) throw new FileProblem(null, 'has no rows', 'add one below the header')
    return this.#table
  }
}
