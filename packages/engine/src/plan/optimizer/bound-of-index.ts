/** What an index says of its rows, bound over a scan of its table. */
import { SqliteError } from '../../base/error.ts'
import type { Catalog } from '../../runtime/index.ts'
import type { Index, Table } from '../../schema/index.ts'
import type { Expression } from '../../sql/index.ts'
import { Binder } from '../binder/binder.ts'
import { bindExpression } from '../binder/expression.ts'
import { bindSelect } from '../binder/select.ts'
import { bindStored } from '../binder/stored.ts'
import type { BoundExpression, SourceId } from '../expression.ts'
import { tableSource } from '../scope.ts'

/** A key or the condition of an index over a scan; null: it names a function or a collation that is not known here. */
export function boundOfIndex(
  catalog: Catalog,
  table: Table,
  index: Index,
  expression: Expression,
  source: SourceId,
  place: 'index' | 'partial-index',
): BoundExpression | null {
  const sql = index.sql ?? ''
  const binder = new Binder(catalog, sql, bindExpression, bindSelect)
  binder.doubleQuotedStrings = true
  try {
    const row = tableSource(source, table, table.name)
    return bindStored(binder, expression, sql, row, place, table.database)
  } catch (error) {
    if (error instanceof SqliteError) return null
    throw error
  }
}
