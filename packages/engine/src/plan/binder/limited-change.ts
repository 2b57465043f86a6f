/**
 * UPDATE and DELETE with ORDER BY and LIMIT: the rows that a SELECT with them finds. (`sqlite3LimitWhere`; a build with
 * SQLITE_ENABLE_UPDATE_DELETE_LIMIT)
 */
import { sqlError } from '../../base/error.ts'
import { primaryIndex, type Table } from '../../schema/index.ts'
import type {
  ColumnName,
  Delete,
  Expression,
  InExpression,
  QualifiedTable,
  Select,
  Update,
} from '../../sql/index.ts'

/** The condition by which the rows are found; null: all are meant. */
export function rowsMeant(table: Table, statement: Update | Delete): Expression | null {
  const { orderBy, limit, where } = statement
  if (limit !== null) return amongThem(table, statement)
  if (orderBy.length === 0) return where
  throw sqlError(`ORDER BY without LIMIT on ${statement.kind.toUpperCase()}`)
}

/** The table as the statement looks it up: an index that is asked for serves the SELECT. */
export function hinted({ table, limit }: Update | Delete): QualifiedTable {
  return limit === null ? table : { ...table, indexedBy: null }
}

/** `rowid IN (SELECT rowid …)`, or so with the columns of a primary key. */
function amongThem(table: Table, statement: Update | Delete): InExpression {
  const { where, orderBy, limit, offset, start, end } = statement
  const span = { start, end }
  const columns = keyOf(table).map((part): ColumnName => ({
    kind: 'column',
    schema: null,
    table: null,
    quoted: false,
    ...part,
    ...span,
  }))
  const first = {
    kind: 'select-core' as const,
    distinct: false,
    columns: columns.map((expression) => ({
      kind: 'expression' as const,
      expression,
      alias: null,
      textStart: start,
      textEnd: start,
    })),
    from: { first: { kind: 'table' as const, ...itself(table, statement.table) }, joins: [] },
    where,
    groupBy: [],
    having: null,
    windows: [],
    ...span,
  }
  const select: Select = {
    kind: 'select',
    with: null,
    first,
    compounds: [],
    orderBy,
    limit,
    offset,
    ...span,
  }
  const operand: Expression =
    columns.length === 1 ? columns[0]! : { kind: 'row', items: columns, ...span }
  return { kind: 'in', operand, negated: false, source: { kind: 'select', select }, ...span }
}

/** The name with its database: a common table of that name is not meant. */
function itself({ database, name }: Table, reference: QualifiedTable): QualifiedTable {
  if (reference.schema !== null) return reference
  return { ...reference, schema: database, alias: reference.alias ?? name }
}

function keyOf(table: Table): readonly Pick<ColumnName, 'column' | 'isRowid'>[] {
  const key = primaryIndex(table)
  if (key === null) return [{ column: 'rowid', isRowid: true }]
  return key.columns.map(({ column }) => ({ column: table.columns[column]!.name }))
}
