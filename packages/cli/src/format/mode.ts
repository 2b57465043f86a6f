/** How rows are shown, and what each way brings with it. */

/** The ways that have a name, in the order of sqlite3. */
export type OutputMode =
  | 'line'
  | 'column'
  | 'list'
  | 'html'
  | 'insert'
  | 'quote'
  | 'tcl'
  | 'csv'
  | 'explain'
  | 'ascii'
  | 'json'
  | 'markdown'
  | 'table'
  | 'box'
  | 'count'
  | 'off'

/** What the ways with columns may be told. */
export interface ColumnOptions {
  /** Longest line of a cell, in characters; 0: any. */
  readonly wrap: number
  readonly wordWrap: boolean
  /** Values as SQL literals. */
  readonly quote: boolean
}

/** What decides how rows look. */
export interface Format {
  mode: OutputMode
  headers: boolean
  columnSeparator: string
  rowSeparator: string
  nullValue: string
  columns: ColumnOptions
  /** Least width of each column; negative: right-justified; 0: as its values need. Grows with what is shown. */
  widths: number[]
  /** The table of `insert`, quoted where it must be. */
  table: string
  /** Line ends stand in literals of `insert` as they are. */
  newlines: boolean
}

/** Text goes here, in pieces. */
export type Write = (text: string) => void

/** Takes the rows of one result. INTEGERs are bigints, REALs numbers, BLOBs bytes. */
export interface RowWriter {
  row(values: readonly unknown[]): void
  /** There are no more, also because of an error. */
  end(): void
}

/** Those that need all rows before the first can be written. */
export function isColumnar(mode: OutputMode): boolean {
  return mode === 'column' || mode === 'table' || mode === 'markdown' || mode === 'box'
}
