/** A SELECT as a statement: the plan, and what its columns are called and come from. */
import type { Select } from '../../sql/index.ts'
import type { BoundQuery, OutputColumn } from '../statement.ts'
import type { Binder, SelectColumn } from './binder.ts'
import { bindSelect } from './select.ts'

/** The query, and its columns as a table made of it would have them. */
export interface QueryWithColumns {
  readonly query: BoundQuery
  readonly columns: readonly SelectColumn[]
}

export function bindQuery(b: Binder, select: Select): QueryWithColumns {
  const { plan, source, items, columns } = bindSelect(b, select, null)
  const output = items.map(({ name, origin }): OutputColumn => ({
    name,
    column: origin === null ? null : origin.column,
    table: origin === null ? null : origin.table,
    database: origin === null ? null : origin.database,
    type: origin === null ? null : origin.type,
  }))
  return { query: { kind: 'query', plan, source, columns: output }, columns }
}
