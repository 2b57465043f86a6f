/** REINDEX: every index, those of a table, those that use a collation, or one. (REINDEX.) */
import { sqlError } from '../../base/error.ts'
import { schemaNamed } from '../../runtime/index.ts'
import { foldName, type Index, type Schema, type Table } from '../../schema/index.ts'
import { writtenWord, type Reindex } from '../../sql/index.ts'
import type { BoundReindex, IndexFill } from '../statement.ts'
import type { Binder } from './binder.ts'
import { schemasFor } from './table-reference.ts'
import { indexTarget, targetScan } from './write-target.ts'

export function bindReindex(b: Binder, { schema, name, start }: Reindex): BoundReindex {
  if (schema !== null && schemaNamed(b.catalog, schema) === null) {
    throw sqlError(`unknown database ${writtenWord(b.text, start, 1)}`)
  }
  const chosen = chosenIndexes(b, schemasFor(b, schema), schema, name)
  for (const [, table] of chosen) b.uses.writes.add(table.database)
  // What would be filled anew for a table without rowids is the table itself.
  const indexes = chosen
    .filter(([index, table]) => index.root !== table.root)
    .map(([index, table]) => fill(b, index, table))
  return { kind: 'reindex', writes: chosen.length > 0, indexes }
}

/** How an index that exists is filled anew. */
function fill(b: Binder, index: Index, table: Table): IndexFill {
  const source = b.newSource()
  const reference = { schema: null, name: table.name, alias: null, indexedBy: false as const }
  const { scope, node } = targetScan(b, table, reference, source)
  const row = scope.sources[0]!
  return { index, target: indexTarget(b, table, index, row, row), table, input: node, source }
}

/** A collation's name comes before a table's, and that before an index's, as in SQLite. */
function chosenIndexes(
  b: Binder,
  schemas: readonly Schema[],
  database: string | null,
  name: string | null,
): [Index, Table][] {
  if (name === null) return schemas.flatMap(allIndexes)
  const folded = foldName(name)
  const known = database === null ? b.catalog.environment.collation(name) : null
  if (known !== null) {
    const uses = ([index]: [Index, Table]): boolean =>
      index.columns.some(({ collation }) => collation === known.name)
    return schemas.flatMap(allIndexes).filter(uses)
  }
  for (const schema of schemas) {
    const table = schema.tables.get(folded)
    if (table !== undefined) return allIndexes(schema).filter(([, owner]) => owner === table)
    if (schema.views.has(folded) || schema.virtualTables.has(folded)) return []
  }
  for (const schema of schemas) {
    const index = schema.indexes.get(folded)
    if (index !== undefined) return allIndexes(schema).filter(([other]) => other === index)
  }
  throw sqlError('unable to identify the object to be reindexed')
}

function allIndexes({ tables }: Schema): [Index, Table][] {
  return [...new Set(tables.values())].flatMap((table) =>
    table.indexes.map((index): [Index, Table] => [index, table]),
  )
}
