/**
 * Rows as text, in the ways of the sqlite3 shell, byte for byte. What goes to a program (list, csv, json, …) is written row by row; what
 * goes to a reader (box, column, …) is collected first ({@link columnsWriter}).
 */
import { columnsWriter, type Measure } from './columns.ts'
import { isColumnar, type Format, type RowWriter, type Write } from './mode.ts'
import {
  cText,
  csvText,
  fitted,
  htmlText,
  jsonText,
  sqlBlob,
  sqlText,
  sqlTextOnOneLine,
} from './quote.ts'
import { longRealText } from './real.ts'
import { byteLength, characterCount, padBytes, textOfBytes, untilNul } from './text.ts'
import { valueText } from './value.ts'
import { nameIfPlain } from './names.ts'

/** What takes the rows of a result with these columns. */
export function rowWriter(
  names: readonly string[],
  format: Format,
  write: Write,
  measure: Measure,
): RowWriter {
  if (isColumnar(format.mode)) return columnsWriter(names, format, write, measure)
  const shown = names.map(untilNul)
  switch (format.mode) {
    case 'line':
      return linesWriter(shown, format, write)
    case 'html':
      return htmlWriter(shown, format, write)
    case 'json':
      return jsonWriter(shown, write)
    case 'insert':
      return insertWriter(shown, format, write)
    case 'explain':
      return explainWriter(shown, format, write)
    case 'count':
      return countWriter(write)
    case 'off':
      return { row: () => {}, end: () => {} }
    default:
      return separatedWriter(shown, format, write)
  }
}

/** A title before the first row, then row by row. */
function withTitle(title: () => void, row: (values: readonly unknown[]) => void): RowWriter {
  let isFirst = true
  return {
    row: (values) => {
      if (isFirst) title()
      isFirst = false
      row(values)
    },
    end: () => {},
  }
}

/** list, csv, tcl, quote, ascii: values with something between them. */
function separatedWriter(names: readonly string[], format: Format, write: Write): RowWriter {
  const { columnSeparator, rowSeparator, headers } = format
  const [title, show] = cellsOf(format)
  return withTitle(
    () => {
      if (headers) write(names.map(title).join(columnSeparator) + rowSeparator)
    },
    (values) => {
      let line = ''
      for (let i = 0; i < values.length; i++) {
        if (i > 0) line += columnSeparator
        line += show(values[i])
      }
      write(line + rowSeparator)
    },
  )
}

/** How a name and a value are written. */
function cellsOf({
  mode,
  nullValue,
  columnSeparator,
}: Format): [(name: string) => string, (value: unknown) => string] {
  const plain = (value: unknown): string => valueText(value) ?? nullValue
  switch (mode) {
    case 'csv': {
      const quote = (text: string): string => csvText(text, columnSeparator)
      return [quote, (value) => (value === null ? nullValue : quote(valueText(value)!))]
    }
    case 'tcl':
      return [cText, (value) => cText(plain(value))]
    case 'quote':
      return [sqlText, sqlValue]
    default:
      return [String, plain]
  }
}

/** A value as an SQL literal for programs. */
function sqlValue(value: unknown): string {
  if (value === null) return 'NULL'
  if (typeof value === 'string') return sqlText(untilNul(value))
  if (typeof value === 'number') return longRealText(value)
  if (value instanceof Uint8Array) return sqlBlob(value, 'X')
  return String(value)
}

function linesWriter(names: readonly string[], format: Format, write: Write): RowWriter {
  const width = Math.max(5, ...names.map(byteLength))
  const labels = names.map((name) => `${padBytes(name, -width)} = `)
  let isFirst = true
  return {
    row: (values) => {
      if (!isFirst) write(format.rowSeparator)
      isFirst = false
      for (const [i, value] of values.entries()) {
        write(labels[i]! + (valueText(value) ?? format.nullValue) + format.rowSeparator)
      }
    },
    end: () => {},
  }
}

function htmlWriter(names: readonly string[], format: Format, write: Write): RowWriter {
  const line = (cells: readonly string[], tag: string): string =>
    `<TR>${cells.map((cell) => `<${tag}>${htmlText(cell)}</${tag}>\n`).join('')}</TR>\n`
  return withTitle(
    () => {
      if (format.headers) write(line(names, 'TH'))
    },
    (values) =>
      write(
        line(
          values.map((value) => valueText(value) ?? format.nullValue),
          'TD',
        ),
      ),
  )
}

function jsonWriter(names: readonly string[], write: Write): RowWriter {
  const keys = names.map((name) => `${jsonText(name)}:`)
  let before = '['
  return {
    row: (values) => {
      write(`${before}{${values.map((value, i) => keys[i]! + jsonValue(value)).join(',')}}`)
      before = ',\n'
    },
    end: () => {
      if (before !== '[') write(']\n')
    },
  }
}

function jsonValue(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'number') {
    return Number.isFinite(value) ? longRealText(value) : `${value < 0 ? '-' : ''}1e999`
  }
  if (typeof value === 'string') return jsonText(untilNul(value))
  if (value instanceof Uint8Array) return jsonText(textOfBytes(value))
  return String(value)
}

function insertWriter(names: readonly string[], format: Format, write: Write): RowWriter {
  const columns = format.headers ? `(${names.map(nameIfPlain).join(',')})` : ''
  const head = `INSERT INTO ${format.table}${columns} VALUES(`
  const text = format.newlines ? sqlText : sqlTextOnOneLine
  return {
    row: (values) => {
      let line = head
      for (let i = 0; i < values.length; i++) {
        if (i > 0) line += ','
        line += insertedValue(values[i], text)
      }
      write(`${line});\n`)
    },
    end: () => {},
  }
}

/** A value as `insert` writes it. */
export function insertedValue(value: unknown, text: (text: string) => string): string {
  if (typeof value === 'string') return text(untilNul(value))
  if (typeof value !== 'number') return sqlValue(value)
  if (!Number.isFinite(value)) return value > 0 ? '1e999' : '-1e999'
  const isWhole = Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63
  return isWhole ? `${BigInt(value)}.0` : longRealText(value)
}

const explainWidths = [4, 13, 4, 4, 4, 13, 2, 13]

/** EXPLAIN: columns of fixed widths, which a long value breaks. */
function explainWriter(names: readonly string[], format: Format, write: Write): RowWriter {
  const columns = names.slice(0, explainWidths.length)
  const last = columns.length - 1
  return withTitle(
    () => {
      write(`${columns.map((name, i) => fitted(name, explainWidths[i]!)).join('  ')}\n`)
      write(`${columns.map((_, i) => '-'.repeat(explainWidths[i]!)).join('  ')}\n`)
    },
    (values) => {
      const cells = values.slice(0, columns.length).map((value, i) => {
        const text = valueText(value)
        const least = i === last ? 0 : explainWidths[i]!
        return fitted(
          text ?? format.nullValue,
          text === null ? least : Math.max(least, characterCount(text)),
        )
      })
      write(`${cells.join('  ')}\n`)
    },
  )
}

function countWriter(write: Write): RowWriter {
  let count = 0
  return {
    row: () => void count++,
    end: () => {
      if (count > 0) write(`${count} row${count === 1 ? '' : 's'}\n`)
    },
  }
}
