/** From the syntax of CREATE INDEX to an `Index`. (CREATE INDEX; Indexes On Expressions; Partial Indexes) */
import { sqlError } from '../base/error.ts'
import { limits } from '../base/limits.ts'
import type { CreateIndex, Expression, OrderingTerm } from '../sql/index.ts'
import { readBuiltIn, type CollationReader } from './collation-name.ts'
import { foldName } from './name.ts'
import type { Index, IndexColumn, Table } from './table.ts'

/** The index that a CREATE INDEX describes. Expressions in it are taken as they are: the binder checks them. */
export function indexFromDefinition(
  definition: CreateIndex,
  table: Table,
  sql: string,
  root: number,
  readCollation: CollationReader = readBuiltIn,
): Index {
  if (definition.columns.length > limits.current.column) throw sqlError('too many columns in index')
  return {
    kind: 'index',
    name: definition.name,
    table: table.name,
    root,
    columns: definition.columns.map((term) => indexColumn(term, table, readCollation)),
    unique: definition.unique,
    origin: 'c',
    onConflict: 'ABORT',
    where: definition.where,
    statistics: null,
    samples: null,
    sql,
  }
}

function indexColumn(
  term: OrderingTerm,
  table: Table,
  readCollation: CollationReader,
): IndexColumn {
  if (term.nulls !== null) throw sqlError(`unsupported use of NULLS ${term.nulls}`)
  let { expression } = term
  let collation: string | null = null
  while (expression.kind === 'collate') {
    collation ??= readCollation(expression.collation)
    expression = expression.operand
  }
  const { descending } = term
  const column = indexedColumn(expression, table)
  if (column === -2) {
    return { column, expression, collation: collation ?? 'BINARY', descending }
  }
  const own = column === -1 ? 'BINARY' : table.columns[column]!.collation
  return { column, expression: null, collation: collation ?? own, descending }
}

/** The column that an index expression is; -1: the rowid; -2: none, it is a true expression. */
function indexedColumn(expression: Expression, table: Table): number {
  const name = bareName(expression)
  if (name === null) return -2
  const folded = foldName(name)
  const column = table.columns.findIndex((c) => foldName(c.name) === folded)
  if (column >= 0) return column === table.rowidAlias ? -1 : column
  if (expression.kind === 'boolean') return -2
  // A name in double quotes that no column has was, in older schemas, meant as a string.
  if (expression.kind === 'column' && expression.quoted) return -2
  // The rowid cannot be indexed under its own names.
  throw sqlError(`no such column: ${name}`)
}

/** A string where an index wants a column is its name. */
function bareName(expression: Expression): string | null {
  switch (expression.kind) {
    case 'column':
      return expression.table === null ? expression.column : null
    case 'text':
      return expression.value
    case 'boolean':
      return expression.name
    default:
      return null
  }
}
