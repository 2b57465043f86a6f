/**
 * The windows that a query defines. One that it does not use is bound by nobody, but SQLite expands the queries in it: the tables that
 * they name must be there. (`sqlite3WalkWinDefnDummyCallback`)
 */
import { sqlError } from '../../base/error.ts'
import { foldName } from '../../schema/index.ts'
import { syntaxVisitor, type Expression, type SelectClause } from '../../sql/index.ts'
import { Scope } from '../scope.ts'
import type { Binder } from './binder.ts'
import { findCommonTable, findTable, noSuchTable, tableReference } from './table-reference.ts'

export function checkWindowTables(b: Binder, { windows }: SelectClause): void {
  const look = (schema: string | null, name: string): void => {
    const folded = foldName(name)
    const common = schema === null ? findCommonTable(b, folded) : null
    if (common === null) {
      const found = findTable(b, schema, folded)
      if (found === null) throw noSuchTable(b, schema, name)
      if (found.kind === 'view') checkView(b, schema, name)
      return
    }
    if (!b.open.has(common.table)) return
    const recursion = b.recursions.get(common.table.select)
    throw sqlError(`${recursion?.selfReference ?? 'circular reference'}: ${common.table.name}`)
  }
  const visitor = syntaxVisitor({
    table: (table) => {
      if (table.kind === 'table') look(table.schema, table.name)
    },
    inTable: ({ schema, name }) => look(schema, name),
  })
  for (const { window } of windows) {
    const terms = [...window.partitionBy, ...window.orderBy.map(({ expression }) => expression)]
    for (const term of terms) if (!namesOwnTables(term)) visitor.expression(term)
  }
}

/** What is wrong in a view is told, too. */
function checkView(b: Binder, schema: string | null, name: string): void {
  const { writtenNames } = b
  b.writtenNames = null
  try {
    tableReference(
      b,
      { kind: 'table', schema, name, alias: null, indexedBy: null },
      new Scope(null),
    )
  } finally {
    b.writtenNames = writtenNames
  }
}

/** Whether a query in it has common tables of its own. */
function namesOwnTables(term: Expression): boolean {
  let found = false
  const see = (e: Expression): void => {
    if ((e.kind === 'exists' || e.kind === 'subquery') && e.select.with !== null) found = true
    if (e.kind === 'in' && e.source.kind === 'select' && e.source.select.with !== null) found = true
  }
  syntaxVisitor({ expression: see }).expression(term)
  return found
}
