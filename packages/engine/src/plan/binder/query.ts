/** A SELECT as a statement: the plan, and what its columns are called and come from. */
import type { Select } from '../../sql/index.ts'
import type { BoundQuery, OutputColumn } from '../statement.ts'
import type { Binder, SelectColumn } from './binder.ts'
import type { ResultItem } from './result-column.ts'
import { bindSelect } from './select.ts'

/** The query, and its columns as a table made of it would have them. */
export interface QueryWithColumns {
  readonly query: BoundQuery
  readonly columns: readonly SelectColumn[]
}

export function bindQuery(b: Binder, select: Select): QueryWithColumns {
  const { plan, source, items, columns } = bindSelect(b, select, b.outer)
  return { query: { kind: 'query', plan, source, columns: items.map(outputColumn) }, columns }
}

/** A column of an answer, as applications see it. */
export function outputColumn({ name, origin }: ResultItem): OutputColumn {
  if (origin === null) return { name, column: null, table: null, database: null, type: null }
  const { column, table, database, type } = origin
  return { name, column, table, database, type }
}
