/** From a text of the schema to what its names mean. */
import { sqlError } from '../../base/error.ts'
import type { Catalog } from '../../runtime/index.ts'
import { Binder } from '../binder/binder.ts'
import { bindExpression } from '../binder/expression.ts'
import { bindSelect } from '../binder/select.ts'
import { StoredNames, type StoredObject } from './stored-names.ts'
import { bindStoredIndex, bindStoredTable, bindStoredView } from './stored-objects.ts'
import { bindStoredTrigger } from './stored-trigger.ts'

/**
 * Reads what the names of an object's text mean.
 * @param doubleQuotedStrings what nothing knows in double quotes is a text
 * @throws SqliteError where the text does not hold against the schemas
 */
export function readStoredNames(
  object: StoredObject,
  catalog: Catalog,
  doubleQuotedStrings: boolean,
): StoredNames {
  const names = new StoredNames(object.sql)
  const { statement } = names
  const b = new Binder(catalog, object.sql, bindExpression, bindSelect)
  b.doubleQuotedStrings = doubleQuotedStrings
  b.writtenNames = names
  b.looksOnly = true
  switch (statement.kind) {
    case 'create-table':
      bindStoredTable(b, names, statement, object)
      break
    case 'create-index':
      bindStoredIndex(b, names, statement, object)
      break
    case 'create-view':
      bindStoredView(b, statement, object)
      break
    case 'create-trigger':
      bindStoredTrigger(b, names, statement, object)
      break
    case 'create-virtual-table':
      break
    default:
      throw sqlError('SQL logic error')
  }
  return names
}
