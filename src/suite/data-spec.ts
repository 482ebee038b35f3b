/**
 * Sources of data: files whose rows fill in templates, `{{users.email}}`. A file travels with its suite, or lies on the
 * nodes; what matters of its contents is in the run's record, so that every node plans with the same rows.
 */

export const DATA_FORMATS = ['csv', 'json', 'ndjson'] as const
export type DataFormat = (typeof DATA_FORMATS)[number]

/** One row after the other, each round in another order, or any row each time. */
export const DATA_ORDERS = ['sequential', 'shuffled', 'random'] as const
export type DataOrder = (typeof DATA_ORDERS)[number]

/** Each row for one node and thread, or all rows for every node. */
export const DATA_SHARES = ['split', 'copy'] as const
export type DataShare = (typeof DATA_SHARES)[number]

/** After the last row comes the first again, or the load ends. */
export const DATA_ENDS = ['recycle', 'stop'] as const
export type DataEnd = (typeof DATA_ENDS)[number]

/** What is known of a source's file. */
export interface DataContent {
  /** SHA-256 of the file, in hex. */
  readonly sha256: string
  readonly bytes: number
  readonly rows: number
  readonly columns: readonly string[]
}

/** The contents of one source, as they are kept with the suite's text. */
export interface DataFile extends DataContent {
  /** The source's {@link DataSource.key}. */
  readonly key: string
  /** Whether it lies on every node, rather than being kept with the run. */
  readonly onNodes: boolean
}

export interface DataSource {
  /** Unique in the suite: its name, or for a scenario's own source the scenario's name, a slash and `data`. */
  readonly key: string
  /** What templates call it. */
  readonly name: string
  /** Path as the suite has it. */
  readonly file: string
  /** Whether the file lies on every node, rather than travelling with the suite. */
  readonly onNodes: boolean
  readonly format: DataFormat
  /** Between the fields of a CSV file: one character. */
  readonly delimiter: string
  readonly order: DataOrder
  readonly share: DataShare
  readonly onEnd: DataEnd
  /** Null as long as nobody has read the file: such a suite can be checked, not run. */
  readonly content: DataContent | null
  /** Where the suite has it, for problems. */
  readonly path: readonly PropertyKey[]
}

/** A source that a scenario's templates name. Scenarios that split the rows of one source divide them. */
export interface DataUse {
  /** Index in the suite's `data`. */
  readonly source: number
  /** Rows r with r mod `parts` = `part` are the scenario's. */
  readonly part: number
  readonly parts: number
}

/** Name of a source that is given without one. */
export const OWN_SOURCE = 'data'

/** How many rows of a source are a scenario's; 0 as long as nobody has read the file. */
export function rowsOfUse({ content }: DataSource, { part, parts }: DataUse): number {
  return Math.max(0, Math.ceil(((content?.rows ?? 0) - part) / parts))
}
