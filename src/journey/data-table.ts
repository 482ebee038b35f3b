/**
 * The rows of a data file, in memory that threads share: all texts one after the other as UTF-8, and where each begins.
 * A text is made when it is asked for, so that a large file costs its own size once, and not once for each thread.
 */

/** What threads are given. */
export interface DataMemory {
  readonly columns: readonly string[]
  readonly rows: number
  /** UTF-8 of all cells, row by row. */
  readonly text: Uint8Array
  /** Where cell i begins in it, and in the end where the last one ends. */
  readonly offsets: Uint32Array
}

export class DataTable {
  readonly columns: readonly string[]
  readonly rows: number
  readonly #text: Uint8Array
  readonly #offsets: Uint32Array
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })

  constructor({ columns, rows, text, offsets }: DataMemory) {
    this.columns = columns
    this.rows = rows
    this.#text = text
    this.#offsets = offsets
  }

  /** The text of a cell. @param column index in `columns` */
  cell(row: number, column: number): string {
    const at = row * this.columns.length + column
    return this.#decoder.decode(this.#text.subarray(this.#offsets[at], this.#offsets[at + 1]))
  }
}

const FIRST_BYTES = 64 * 1024
const FIRST_CELLS = 1024

/** Puts a table together, row by row. */
export class DataTableBuilder {
  readonly columns: readonly string[]
  rows = 0
  #text = new Uint8Array(FIRST_BYTES)
  #used = 0
  #offsets = new Uint32Array(FIRST_CELLS)
  #cells = 0
  readonly #encoder = new TextEncoder()

  constructor(columns: readonly string[]) {
    this.columns = columns
  }

  /** @param cells a text for each column */
  add(cells: readonly string[]): void {
    for (const cell of cells) this.#append(cell)
    this.rows++
  }

  #append(cell: string): void {
    // A character of UTF-16 has three bytes in UTF-8 at most.
    if (this.#used + cell.length * 3 > this.#text.length) this.#text = grown(this.#text, this.#used + cell.length * 3)
    if (this.#cells + 2 > this.#offsets.length) {
      const larger = new Uint32Array(this.#offsets.length * 2)
      larger.set(this.#offsets)
      this.#offsets = larger
    }
    this.#used += this.#encoder.encodeInto(cell, this.#text.subarray(this.#used)).written
    this.#offsets[++this.#cells] = this.#used
  }

  /** The table, in memory of its own that can be shared. */
  build(): DataMemory {
    const text = new Uint8Array(new SharedArrayBuffer(this.#used))
    text.set(this.#text.subarray(0, this.#used))
    const offsets = new Uint32Array(new SharedArrayBuffer((this.#cells + 1) * Uint32Array.BYTES_PER_ELEMENT))
    offsets.set(this.#offsets.subarray(0, this.#cells + 1))
    return { columns: this.columns, rows: this.rows, text, offsets }
  }
}

function grown(bytes: Uint8Array, least: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(bytes.length * 2, least))
  larger.set(bytes)
  return larger
}
