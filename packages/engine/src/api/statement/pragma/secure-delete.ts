/** PRAGMA secure_delete: whether what is deleted is overwritten with zeros. */
import type { SecureDelete } from '../../../storage/index.ts'
import type { Session } from '../../connection/session.ts'
import type { PragmaDefinition, PragmaPlace, PragmaValue, Rows } from './definition.ts'
import { booleanOf } from './values.ts'

/** Without a name it is set for all databases, and for those to come; the answer is about one. */
function secureDelete(
  { databases }: Session,
  value: PragmaValue,
  { database, isNamed }: PragmaPlace,
): Rows {
  if (value !== null) {
    const wanted = wantedBy(value)
    for (const { pager } of isNamed ? [database] : databases.all) pager.secureDelete = wanted
  }
  return [[database.pager.secureDelete]]
}

function wantedBy(value: PragmaValue): SecureDelete {
  if (String(value).toLowerCase() === 'fast') return 2
  return booleanOf(value) ? 1 : 0
}

export const secureDeletePragmas: readonly (readonly [string, PragmaDefinition])[] = [
  ['secure_delete', { columns: ['secure_delete'], needs: 'nothing', answer: secureDelete }],
]
