/** What the user filters rows by, as a condition in SQL with its values. */
import type { ColumnDetails, Filter } from '../protocol.ts'
import { badRequest } from './failures.ts'
import { quoted } from './names.ts'

/** A piece of SQL and what is bound to its question marks, in their order. */
export interface Piece {
  readonly sql: string
  readonly values: readonly unknown[]
}

/** What WHERE says; without filters, that all rows pass. */
export function conditionOf(
  filters: readonly Filter[],
  columns: readonly ColumnDetails[],
): Piece | null {
  if (filters.length === 0) return null
  const pieces = filters.map((filter) => {
    const column = columns.find(({ name }) => name === filter.column)
    if (column === undefined) throw badRequest(`no such column: ${filter.column}`)
    return pieceOf(filter, column)
  })
  return {
    sql: pieces.map(({ sql }) => `(${sql})`).join(' AND '),
    values: pieces.flatMap(({ values }) => values),
  }
}

function pieceOf({ operator, value }: Filter, column: ColumnDetails): Piece {
  const name = `t.${quoted(column.name)}`
  switch (operator) {
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return { sql: `${name} ${operator} ?`, values: [operandFor(column, value)] }
    case 'contains':
      return { sql: `${name} LIKE ? ESCAPE '\\'`, values: [`%${escaped(value)}%`] }
    case 'begins with':
      return { sql: `${name} LIKE ? ESCAPE '\\'`, values: [`${escaped(value)}%`] }
    case 'is null':
      return { sql: `${name} IS NULL`, values: [] }
    case 'is not null':
      return { sql: `${name} IS NOT NULL`, values: [] }
    default:
      operator satisfies never
      throw badRequest('no such operator')
  }
}

/** What LIKE gives a meaning stands for itself. */
function escaped(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&')
}

/**
 * What looks like a number is one, except beside a column that holds texts. (Datatypes In SQLite §3.1 Determination Of Column Affinity)
 */
function operandFor({ type }: ColumnDetails, value: string): unknown {
  const text = value.trim()
  const isTextColumn = !/int/i.test(type) && /char|clob|text/i.test(type)
  if (isTextColumn) return value
  if (/^[-+]?\d{1,18}$/.test(text)) return BigInt(text.replace('+', ''))
  if (/^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(text)) return Number(text)
  return value
}
