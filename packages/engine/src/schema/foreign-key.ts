/** FOREIGN KEY and REFERENCES, as written: which columns, and what they refer to. (SQLite Foreign Key Support) */
import { sqlError } from '../base/error.ts'
import type { CreateTable, ForeignKeyReference } from '../sql/index.ts'
import { foldName } from './name.ts'
import type { ForeignKey } from './table.ts'

/** All foreign keys of a table, those of columns first. */
export function foreignKeysOf(
  definition: CreateTable,
  places: ReadonlyMap<string, number>,
): ForeignKey[] {
  const keys: ForeignKey[] = []
  definition.columns.forEach((column, place) => {
    for (const constraint of column.constraints) {
      if (constraint.kind !== 'references') continue
      const { reference } = constraint
      if (reference.columns.length > 1) {
        throw sqlError(
          `foreign key on ${column.name} should reference only one column of table ${reference.table}`,
        )
      }
      keys.push({ columns: [place], reference })
    }
  })
  for (const constraint of definition.constraints) {
    if (constraint.kind !== 'foreign-key') continue
    keys.push(tableForeignKey(constraint.columns, constraint.reference, places))
  }
  return keys
}

function tableForeignKey(
  names: readonly string[],
  reference: ForeignKeyReference,
  places: ReadonlyMap<string, number>,
): ForeignKey {
  if (reference.columns.length > 0 && reference.columns.length !== names.length) {
    throw sqlError(
      'number of columns in foreign key does not match the number of columns in the referenced table',
    )
  }
  const columns = names.map((name) => {
    const place = places.get(foldName(name))
    if (place === undefined) throw sqlError(`unknown column "${name}" in foreign key definition`)
    return place
  })
  return { columns, reference }
}
