/**
 * Rows as text, in the modes of the sqlite3 shell. What goes to a program (list, csv, tabs, json, line) is written
 * row by row, byte for byte as sqlite3 writes it; what goes to a reader (box, column) is collected first, for the
 * widths. There control characters are shown as `^X`, as sqlite3 does since 3.50, so that no text in a database
 * moves the cursor.
 *
 * INTEGERs come as bigints, REALs as numbers, BLOBs as bytes. The text of a REAL is the database's business.
 */

export const outputModes = ['box', 'column', 'csv', 'json', 'line', 'list', 'tabs'] as const
export type OutputMode = (typeof outputModes)[number]

export interface FormatOptions {
  readonly mode: OutputMode
  readonly headers: boolean
  readonly separator: string
  readonly rowSeparator: string
  readonly nullValue: string
}

export type Row = readonly unknown[]

/** The text of a REAL, as `CAST(x AS TEXT)` gives it. */
export type RealText = (value: number) => string

/** Where the text goes, in pieces. */
export type Write = (text: string) => void

/** Rows are handed on in pieces of about this many characters. */
const pieceSize = 16_384

/** Writes one result. */
export function formatRows(
  names: readonly string[],
  rows: Iterable<Row>,
  options: FormatOptions,
  realText: RealText,
  write: Write,
): void {
  const show = (value: unknown): string => showValue(value, options.nullValue, realText)
  switch (options.mode) {
    case 'box':
      writeBox(names, readCells(names, rows, show), write)
      return
    case 'column':
      writeColumns(names, readCells(names, rows, show), options, write)
      return
    case 'json':
      writeJson(names, rows, realText, write)
      return
    case 'line':
      writeLines(names, rows, options, show, write)
      return
    case 'csv':
      writeSeparated(names, rows, options, show, quoteCsv(options.separator), write)
      return
    case 'tabs':
    case 'list':
      writeSeparated(names, rows, options, show, String, write)
      return
    default:
      options.mode satisfies never
  }
}

/** One value as the shell shows it. Text ends at a NUL, as it does in C. */
function showValue(value: unknown, nullValue: string, realText: RealText): string {
  if (value === null) return nullValue
  if (typeof value === 'number') return realText(value)
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value)
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}

function writeInPieces(write: Write): { add: Write; end: () => void } {
  let piece = ''
  return {
    add: (text) => {
      piece += text
      if (piece.length < pieceSize) return
      write(piece)
      piece = ''
    },
    end: () => {
      if (piece !== '') write(piece)
    },
  }
}

function writeSeparated(
  names: readonly string[],
  rows: Iterable<Row>,
  { headers, separator, rowSeparator }: FormatOptions,
  show: (value: unknown) => string,
  quote: (text: string, value: unknown) => string,
  write: Write,
): void {
  const out = writeInPieces(write)
  let isFirst = headers
  for (const row of rows) {
    if (isFirst) out.add(names.map((name) => quote(name, name)).join(separator) + rowSeparator)
    isFirst = false
    out.add(row.map((value) => quote(show(value), value)).join(separator) + rowSeparator)
  }
  out.end()
}

/** Quotes what a reader could take apart, and empty text, which is not NULL. */
function quoteCsv(separator: string): (text: string, value: unknown) => string {
  // eslint-disable-next-line no-control-regex -- control characters are quoted too
  const unsafe = /[\u0000-\u0020"'\u007f-\uffff]/
  return (text, value) => {
    if (value === null) return text
    const isPlain = text !== '' && !unsafe.test(text) && !text.includes(separator)
    return isPlain ? text : `"${text.replaceAll('"', '""')}"`
  }
}

function writeJson(
  names: readonly string[],
  rows: Iterable<Row>,
  realText: RealText,
  write: Write,
): void {
  const out = writeInPieces(write)
  const keys = names.map((name) => `${JSON.stringify(name)}:`)
  let before = '['
  for (const row of rows) {
    const fields = row.map((value, i) => keys[i]! + jsonValue(value, realText))
    out.add(`${before}{${fields.join(',')}}`)
    before = ',\n'
  }
  if (before !== '[') out.add(']\n')
  out.end()
}

function jsonValue(value: unknown, realText: RealText): string {
  if (value === null) return 'null'
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return realText(value)
    return value > 0 ? '9.0e+999' : '-9.0e+999'
  }
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('utf8'))
  return JSON.stringify(String(value))
}

function writeLines(
  names: readonly string[],
  rows: Iterable<Row>,
  { rowSeparator }: FormatOptions,
  show: (value: unknown) => string,
  write: Write,
): void {
  const out = writeInPieces(write)
  let width = 5
  for (const name of names) width = Math.max(width, displayWidth(name))
  const labels = names.map((name) => `${padStart(name, width)} = `)
  let isFirst = true
  for (const row of rows) {
    if (!isFirst) out.add(rowSeparator)
    isFirst = false
    for (const [i, value] of row.entries()) out.add(labels[i]! + show(value) + rowSeparator)
  }
  out.end()
}

/** What box and column show: each cell as its lines, and how wide each column is. */
interface Cells {
  readonly rows: readonly (readonly (readonly string[])[])[]
  readonly widths: readonly number[]
  /** Some cell has several lines; rows are then kept apart. */
  readonly hasLines: boolean
}

function readCells(
  names: readonly string[],
  rows: Iterable<Row>,
  show: (value: unknown) => string,
): Cells {
  const widths = names.map(displayWidth)
  let hasLines = false
  const cells: string[][][] = []
  for (const row of rows) {
    const shown = row.map((value) => show(value).split(/\r?\n/).map(makeVisible))
    for (const [i, lines] of shown.entries()) {
      if (lines.length > 1) hasLines = true
      for (const line of lines) widths[i] = Math.max(widths[i]!, displayWidth(line))
    }
    cells.push(shown)
  }
  return { rows: cells, widths, hasLines }
}

/** The lines of one row, each with all columns. */
function linesOf(row: readonly (readonly string[])[], widths: readonly number[]): string[][] {
  let height = 1
  for (const cell of row) height = Math.max(height, cell.length)
  return Array.from({ length: height }, (_, line) =>
    row.map((cell, i) => padEnd(cell[line] ?? '', widths[i]!)),
  )
}

function writeBox(names: readonly string[], { rows, widths, hasLines }: Cells, write: Write): void {
  if (rows.length === 0) return
  const rule = (left: string, middle: string, right: string): string =>
    `${left}${widths.map((width) => '─'.repeat(width + 2)).join(middle)}${right}\n`
  const out = writeInPieces(write)
  out.add(rule('┌', '┬', '┐'))
  out.add(`│ ${names.map((name, i) => centre(name, widths[i]!)).join(' │ ')} │\n`)
  for (const [i, row] of rows.entries()) {
    if (i === 0 || hasLines) out.add(rule('├', '┼', '┤'))
    for (const line of linesOf(row, widths)) out.add(`│ ${line.join(' │ ')} │\n`)
  }
  out.add(rule('└', '┴', '┘'))
  out.end()
}

function writeColumns(
  names: readonly string[],
  { rows, widths, hasLines }: Cells,
  { headers, rowSeparator }: FormatOptions,
  write: Write,
): void {
  if (rows.length === 0) return
  const out = writeInPieces(write)
  if (headers) {
    out.add(names.map((name, i) => padEnd(name, widths[i]!)).join('  ') + rowSeparator)
    out.add(widths.map((width) => '-'.repeat(width)).join('  ') + rowSeparator)
  }
  for (const [i, row] of rows.entries()) {
    if (hasLines && i > 0) out.add(rowSeparator)
    for (const line of linesOf(row, widths)) out.add(line.join('  ') + rowSeparator)
  }
  out.end()
}

/** Tabs to the next multiple of eight, other control characters as `^X`. */
function makeVisible(line: string): string {
  // eslint-disable-next-line no-control-regex -- that is what is looked for
  if (!/[\u0000-\u001f\u007f]/.test(line)) return line
  let text = ''
  for (const character of line) {
    const code = character.codePointAt(0)!
    if (code === 9) text += ' '.repeat(8 - (displayWidth(text) % 8))
    else if (code < 32) text += `^${String.fromCharCode(code + 64)}`
    else if (code === 127) text += '^?'
    else text += character
  }
  return text
}

/** Columns on a terminal: combining marks take none, East Asian wide characters and emoji two. */
export function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length
  let width = 0
  for (const character of text) {
    if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(character)) continue
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1
  }
  return width
}

function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)))
}

function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text
}

function centre(text: string, width: number): string {
  const space = Math.max(0, width - displayWidth(text))
  const left = Math.floor(space / 2)
  return ' '.repeat(left) + text + ' '.repeat(space - left)
}
