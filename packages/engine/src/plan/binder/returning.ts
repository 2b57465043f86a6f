/**
 * RETURNING: result columns over the row that has been changed, under the name of its table. (RETURNING; `codeReturningTrigger`,
 * `sqlite3ExpandReturning`)
 *
 * SQLite looks at them twice, first as the result of a SELECT from the table, in which aggregates may stand, then as what they are.
 */
import { sqlError } from '../../base/error.ts'
import type { Table } from '../../schema/index.ts'
import type { ResultColumn } from '../../sql/index.ts'
import type { SourceId } from '../expression.ts'
import { Scope, tableSource, type ScopeSource } from '../scope.ts'
import type { Returning } from '../statement.ts'
import type { Binder } from './binder.ts'
import { outputColumn } from './query.ts'
import { bindResultColumns, type ResultItem } from './result-column.ts'

/** @param row the row as it is stored, or as it was where it has been deleted; null: there is no such clause */
export function bindReturning(
  b: Binder,
  columns: readonly ResultColumn[],
  table: Table,
  row: SourceId,
): Returning | null {
  return bindReturningOf(b, columns, tableSource(row, table, table.name), table)
}

/** @param changing the table that the row is of; null: a view's */
export function bindReturningOf(
  b: Binder,
  columns: readonly ResultColumn[],
  row: ScopeSource,
  changing: Table | null,
): Returning | null {
  if (columns.length === 0) return null
  const items = bindColumns(b, columns, row, changing)
  return {
    source: b.newSource(),
    columns: items.map(outputColumn),
    expressions: items.map(({ bound }) => bound),
  }
}

function bindColumns(
  b: Binder,
  columns: readonly ResultColumn[],
  source: ScopeSource,
  changing: Table | null,
): readonly ResultItem[] {
  if (columns.some(({ kind }) => kind === 'table-star')) {
    throw sqlError('RETURNING may not use "TABLE.*" wildcards')
  }
  const scope = new Scope(null)
  scope.isRow = true
  // The name of its database is not known here.
  scope.sources.push({ ...source, database: null })
  b.changing = changing
  try {
    return bindResultColumns(b, columns, scope)
  } catch (error) {
    bindAsSelect(b, columns, source)
    throw error
  } finally {
    b.changing = null
  }
}

/** What a SELECT refuses is refused first. */
function bindAsSelect(b: Binder, columns: readonly ResultColumn[], source: ScopeSource): void {
  const scope = new Scope(null)
  // Aggregates are no mistakes there.
  b.mistakes.calls = new WeakMap()
  scope.aggregateMode = 'allowed'
  scope.sources.push(source)
  bindResultColumns(b, columns, scope)
}
