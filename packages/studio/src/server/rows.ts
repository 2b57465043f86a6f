/**
 * Rows of a table, some at a time, from any place of it.
 *
 * A place is an anchor, the row next to it: `WHERE key > ?` finds that by the table's tree, however far down it is, where OFFSET would count all rows before it. What is
 * skipped from the anchor on is counted; the page asks from the nearest place that it knows.
 *
 * Long texts and BLOBs are not read: of these come the beginning and the size.
 */
import type { LocalConnection } from '../../../engine/src/index.ts'
import type {
  Anchor,
  CountAnswer,
  CountRequest,
  Row,
  RowsAnswer,
  RowsRequest,
} from '../protocol.ts'
import type { KnownTable } from './catalog.ts'
import { badRequest } from './failures.ts'
import { conditionOf, type Piece } from './filters.ts'
import { quoted, tableName } from './names.ts'
import { allRows, type NamedRow } from './read.ts'
import { cutSize, fromWire, printOf, toWire, wholeSize, type SqlValue } from './values.ts'

/** Rows of one answer. */
const mostRows = 1000

export async function readPage(
  connection: LocalConnection,
  table: KnownTable,
  request: RowsRequest,
  signal: AbortSignal,
): Promise<RowsAnswer> {
  const { sql, values } = pageQuery(table, request)
  const found = await allRows(connection, sql, values, signal)
  if (request.direction === 'before') found.reverse()
  const rows = found.map((row) => rowOf(table, row))
  const anchorAt = (index: number): Anchor | null => {
    const row = found.at(index)
    return row === undefined || table.keyNames.length === 0 ? null : anchorOf(table, row)
  }
  return { rows, first: anchorAt(0), last: anchorAt(-1) }
}

function pageQuery(table: KnownTable, request: RowsRequest): Piece {
  const { order, filters, direction, anchor, skip, limit } = request
  const isBefore = direction === 'before'
  const sort = order === null ? null : sortOf(table, order.column)
  const isDescending = order !== null && order.isDescending !== isBefore
  const terms = [
    ...(sort === null ? [] : [`${sort}${isDescending ? ' DESC' : ''}`]),
    ...keysOf(table).map((key) => `${key}${isBefore ? ' DESC' : ''}`),
  ]
  if (isBefore && terms.length === 0) throw badRequest('the rows have no order')
  const conditions = [
    conditionOf(filters, table.columns),
    anchor === null ? null : beyond(table, sort, isDescending, isBefore, anchor),
  ].filter((piece) => piece !== null)
  const where = conditions.map(({ sql }) => `(${sql})`).join(' AND ')
  return {
    sql: [
      `SELECT ${[...selected(table), ...(sort === null ? [] : [`${sort} AS s`])].join(', ')}`,
      `FROM ${tableName(table.name)} AS t`,
      ...(where === '' ? [] : [`WHERE ${where}`]),
      ...(terms.length === 0 ? [] : [`ORDER BY ${terms.join(', ')}`]),
      'LIMIT ? OFFSET ?',
    ].join(' '),
    values: [
      ...conditions.flatMap(({ values }) => values),
      BigInt(checkedCount(limit, mostRows)),
      BigInt(checkedCount(skip, Number.MAX_SAFE_INTEGER)),
    ],
  }
}

function checkedCount(count: unknown, most: number): number {
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 && count <= most) {
    return count
  }
  throw badRequest('no number of rows')
}

function sortOf({ columns }: KnownTable, name: string): string {
  if (!columns.some((column) => column.name === name)) throw badRequest(`no such column: ${name}`)
  return `t.${quoted(name)}`
}

function keysOf({ keyNames }: KnownTable): string[] {
  return keyNames.map((name) => `t.${quoted(name)}`)
}

/** Of column `i` come `v<i>` and, of a text or BLOB, its size in bytes `n<i>`. */
function selected(table: KnownTable): string[] {
  const columns = table.columns.flatMap(({ name }, i) => {
    const value = `t.${quoted(name)}`
    return [
      `CASE WHEN typeof(${value}) IN ('text', 'blob') AND octet_length(${value}) > ${wholeSize} THEN substr(${value}, 1, ${cutSize}) ELSE ${value} END AS v${i}`,
      `CASE WHEN typeof(${value}) IN ('text', 'blob') THEN octet_length(${value}) END AS n${i}`,
    ]
  })
  return [...keysOf(table).map((key, i) => `${key} AS k${i}`), ...columns]
}

function rowOf(table: KnownTable, row: NamedRow): Row {
  const values = table.columns.map((_, i) => {
    const size = row[`n${i}`]
    const isCut = typeof size === 'bigint' && size > wholeSize
    return toWire(row[`v${i}`]!, isCut ? Number(size) : null)
  })
  const { identity, can } = table
  // A row of a view that can be changed is known by its values.
  const isByValues = identity === 'values' && (can.update || can.delete)
  return { key: isByValues ? values : keyOf(table, row), print: printOf(values), values }
}

function keyOf({ keyNames }: KnownTable, row: NamedRow): Row['key'] {
  return keyNames.map((_, i) => toWire(row[`k${i}`]!))
}

/** Null: the value that rows are ordered by is too long to be sent back and forth. */
function anchorOf(table: KnownTable, row: NamedRow): Anchor | null {
  const sort = row['s'] ?? null
  const isLong = typeof sort === 'string' || sort instanceof Uint8Array
  if (isLong && sort.length > wholeSize) return null
  return { sort: toWire(sort), key: keyOf(table, row) }
}

/**
 * The rows behind an anchor. Those of one sort value are in the order of their keys; NULLs come before all values. The first comparison is
 * one that an index answers.
 */
function beyond(
  table: KnownTable,
  sort: string | null,
  isDescending: boolean,
  isBefore: boolean,
  anchor: Anchor,
): Piece {
  const keys = keysOf(table)
  const keyValues = anchor.key.map((value) => fromWire(value))
  if (keys.length === 0 || keyValues.length !== keys.length) throw badRequest('no such place')
  const marks = keys.map(() => '?').join(', ')
  const past =
    keys.length === 1
      ? `${keys[0]} ${isBefore ? '<' : '>'} ?`
      : `(${keys.join(', ')}) ${isBefore ? '<' : '>'} (${marks})`
  if (sort === null) return { sql: past, values: keyValues }
  const value: SqlValue = fromWire(anchor.sort)
  if (value === null) {
    return isDescending
      ? { sql: `${sort} IS NULL AND ${past}`, values: keyValues }
      : { sql: `${sort} IS NOT NULL OR ${past}`, values: keyValues }
  }
  return isDescending
    ? {
        sql: `${sort} < ? OR ${sort} IS NULL OR (${sort} = ? AND ${past})`,
        values: [value, value, ...keyValues],
      }
    : {
        sql: `${sort} >= ? AND (${sort} > ? OR ${past})`,
        values: [value, value, ...keyValues],
      }
}

export async function countRows(
  connection: LocalConnection,
  table: KnownTable,
  { filters }: CountRequest,
  signal: AbortSignal,
): Promise<CountAnswer> {
  const condition = conditionOf(filters, table.columns)
  const where = condition === null ? '' : ` WHERE ${condition.sql}`
  const sql = `SELECT count(*) AS n FROM ${tableName(table.name)} AS t${where}`
  const [row] = await allRows(connection, sql, condition?.values ?? [], signal)
  return { count: Number(row!['n']) }
}

/** One row, as it is now; null: it is not there. @param key of a table that has keys */
export async function readRow(
  connection: LocalConnection,
  table: KnownTable,
  key: readonly SqlValue[],
  signal: AbortSignal,
): Promise<Row | null> {
  const where = whereKey(table)
  const sql = `SELECT ${selected(table).join(', ')} FROM ${tableName(table.name)} AS t WHERE ${where}`
  const [row] = await allRows(connection, sql, key, signal)
  return row === undefined ? null : rowOf(table, row)
}

/** Meant is the row of a key; of a view, the rows with these values. */
export function whereKey(table: KnownTable, alias = 't.'): string {
  if (table.keyNames.length > 0) {
    return table.keyNames.map((name) => `${alias}${quoted(name)} = ?`).join(' AND ')
  }
  return table.columns.map(({ name }) => `${alias}${quoted(name)} IS ?`).join(' AND ')
}
