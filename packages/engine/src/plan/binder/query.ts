/** A SELECT as a statement: the plan, and what its columns are called and come from. */
import type { Select } from '../../sql/index.ts'
import type { BoundQuery, OutputColumn } from '../plan-node.ts'
import type { Binder } from './binder.ts'
import { bindNamedSelect } from './select.ts'

export function bindQuery(b: Binder, select: Select): BoundQuery {
  const { plan, source, items } = bindNamedSelect(b, select, null)
  const columns = items.map(({ name, origin }): OutputColumn => ({
    name,
    column: origin === null ? null : origin.column,
    table: origin === null ? null : origin.table,
    database: origin === null ? null : 'main',
    type: origin === null ? null : origin.type,
  }))
  return { kind: 'query', plan, source, columns }
}
