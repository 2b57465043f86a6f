/** REINDEX: every index, those of a table, those that use a collation, or one. (REINDEX.) */
import { sqlError } from '../../base/error.ts'
import { collationByName } from '../../record/index.ts'
import { foldName, type Index, type Table } from '../../schema/index.ts'
import type { Reindex } from '../../sql/index.ts'
import type { BoundReindex, IndexFill } from '../plan-node.ts'
import type { Binder } from './binder.ts'
import { isMain } from './table-reference.ts'
import { indexTarget, targetScan } from './write-target.ts'

export function bindReindex(b: Binder, { schema, name }: Reindex): BoundReindex {
  if (!isMain(schema)) throw sqlError(`unknown database ${schema}`)
  const indexes = chosenIndexes(b, schema, name).map(([index, table]) => fill(b, index, table))
  return { kind: 'reindex', indexes }
}

/** How an index that exists is filled anew. */
function fill(b: Binder, index: Index, table: Table): IndexFill {
  const source = b.newSource()
  const reference = { schema: null, name: table.name, alias: null, indexedBy: false as const }
  const { scope, node } = targetScan(table, reference, source)
  const row = scope.sources[0]!
  return { index, target: indexTarget(b, table, index, row, row), table, input: node, source }
}

/** A collation's name comes before a table's, and that before an index's, as in SQLite. */
function chosenIndexes(b: Binder, schema: string | null, name: string | null): [Index, Table][] {
  const { tables, indexes } = b.schema
  const all = [...new Set(tables.values())].flatMap((table) =>
    table.indexes
      .filter((index) => index.root !== table.root)
      .map((index): [Index, Table] => [index, table]),
  )
  if (name === null) return all
  const folded = foldName(name)
  if (schema === null && collationByName(name, 'utf8') !== null) {
    const wanted = name.toUpperCase()
    return all.filter(([index]) => index.columns.some(({ collation }) => collation === wanted))
  }
  const table = tables.get(folded)
  if (table !== undefined) return all.filter(([, owner]) => owner === table)
  const index = indexes.get(folded)
  if (index !== undefined) return all.filter(([known]) => known === index)
  throw sqlError('unable to identify the object to be reindexed')
}
