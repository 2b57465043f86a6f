/** ALTER TABLE … RENAME: of a table, and of a column. (`sqlite3AlterRenameTable`, `sqlite3AlterRenameColumn`) */
import { sqlError } from '../../../base/error.ts'
import { withRenamedColumn, withRenamedTable } from '../../../plan/index.ts'
import {
  checkObjectName,
  foldName,
  readStoredRows,
  renameInRows,
  replaceSchemaRow,
  sameName,
} from '../../../schema/index.ts'
import type { Table, VirtualDefinition } from '../../../schema/index.ts'
import type { Environment } from '../../../runtime/index.ts'
import { quoteName, quoteText, type AlterTable } from '../../../sql/index.ts'
import type { Session } from '../../connection/session.ts'
import { checkAlterable, columnPlace, ordinaryTable, type Found, type Planned } from './found.ts'
import type { Alteration } from './alteration.ts'

export function renameTable(session: Session, found: Found, to: string): Planned {
  const { schema, object } = found
  const folded = foldName(to)
  const { tables, views, virtualTables, indexes } = schema
  const isTaken =
    tables.has(folded) || views.has(folded) || virtualTables.has(folded) || indexes.has(folded)
  if (isTaken) throw sqlError(`there is already another table or index with this name: ${to}`)
  checkAlterable(found)
  const { environment } = session.context.catalog
  if (!environment.settings.writableSchema) checkObjectName(to)
  if (object.kind === 'view') throw sqlError(`view ${object.name} may not be altered`)
  const table = object.kind === 'table' ? object : virtualTable(environment, object.definition!)
  const { database } = schema
  return { database, change: (alteration) => rename(alteration, table, to) }
}

/** A virtual table has its name in its definition, and its module is not asked. */
function virtualTable(environment: Environment, definition: VirtualDefinition): Table {
  const table = environment.virtualTable(definition)
  if (table === null) throw sqlError(`no such module: ${definition.module}`)
  return table
}

function rename(alteration: Alteration, table: Table, to: string): void {
  const { database, temporary, catalog, isLegacy } = alteration
  const withReferences = !isLegacy || alteration.session.foreignKeys
  const renaming = { table, to, isLegacy, withReferences }
  alteration.edit(
    database,
    ({ type, tableName }) => type !== 'index' || sameName(tableName, table.name),
    (row) => withRenamedTable(row, catalog, true, renaming),
  )
  renameRows(alteration, table, to)
  renameInSequence(alteration, table.name, to)
  if (temporary !== null) {
    for (const row of alteration.rows(temporary)) renameTemporary(alteration, row, renaming)
  }
  alteration.reload(to, ' after rename')
  alteration.checkNames(' after rename')
}

/** Whatever kind of table `sqlite_sequence` is. (`sqlite3AlterRenameTable` writes an UPDATE.) */
function renameInSequence({ database, session }: Alteration, from: string, to: string): void {
  const sequence = database.schema.tables.get('sqlite_sequence')
  if (sequence === undefined) return
  if (!sequence.withoutRowid && sequence.indexes.length === 0) {
    renameInRows(database, sequence.root, from, to)
    return
  }
  const name = quoteName(database.name)
  const sql = `UPDATE ${name}.sqlite_sequence SET name = ${quoteText(to)} WHERE name = ${quoteText(from)}`
  session.prepareOwn(sql).run([])
}

const automatic = 'sqlite_autoindex'

/** The names in the rows of the table and of what belongs to it. */
function renameRows({ database }: Alteration, table: Table, to: string): void {
  for (const { rowid, values } of readStoredRows(database)) {
    const [type, name, tableName, root, sql] = values
    if (type === 'view' || typeof tableName !== 'string' || typeof name !== 'string') continue
    if (!sameName(tableName, table.name)) continue
    const isAutomatic = type === 'index' && foldName(name).startsWith(automatic)
    const rest = name.slice(table.name.length + automatic.length + 1)
    const newName = type === 'table' ? to : isAutomatic ? `${automatic}_${to}${rest}` : name
    replaceSchemaRow(database, rowid, [type!, newName, to, root!, sql!])
  }
}

/** A temporary view or trigger, which may be on the table. */
function renameTemporary(
  alteration: Alteration,
  row: ReturnType<Alteration['rows']>[number],
  renaming: Parameters<typeof withRenamedTable>[3],
): void {
  if (row.type !== 'view' && row.type !== 'trigger') return
  const { catalog } = alteration
  const temporary = alteration.temporary!
  const { table, to } = renaming
  const isOnTable = sameName(row.tableName, table.name) && row.type === 'trigger'
  // SQLite asks first whether one that is on such a table holds, as it does when all is renamed.
  alteration.edit(
    temporary,
    ({ rowid }) => rowid === row.rowid,
    () => withRenamedTable(row, catalog, true, renaming),
    isOnTable ? ' after rename' : '',
  )
  if (!isOnTable) return
  const [edited] = alteration.rows(temporary).filter(({ rowid }) => rowid === row.rowid)
  // Its text has the new name where the trigger is on this table and not on another one that is called the same.
  if (edited !== undefined && edited.sql !== row.sql) {
    alteration.replace(temporary, edited, edited.sql, undefined, to)
  }
}

export function renameColumn(
  found: Found,
  { from, to, fromPlace, toPlace }: AlterTable['action'] & { readonly kind: 'rename-column' },
  sql: string,
): Planned {
  checkAlterable(found)
  const table = ordinaryTable(found, 'cannot rename columns of')
  const column = columnPlace(table, from, `"${sql.slice(fromPlace.start, fromPlace.end)}"`)
  const isQuoted = /["'`[]/.test(sql[toPlace.start]!)
  const renaming = { table, column, to, isQuoted }
  const isTemporary = foldName(found.schema.database) === 'temp'
  return {
    database: found.schema.database,
    change: (alteration) => {
      const { database, temporary, catalog } = alteration
      alteration.checkNames('')
      alteration.fixQuotes()
      alteration.edit(
        database,
        ({ type, tableName }) => type !== 'index' || tableName === table.name,
        (row) => withRenamedColumn(row, catalog, true, renaming),
      )
      // Where the table is a temporary one itself, its views and triggers are edited once more, as in SQLite: what names the column is
      // refused then.
      const around = temporary ?? (isTemporary ? database : null)
      if (around !== null) {
        alteration.edit(
          around,
          ({ type }) => type === 'view' || type === 'trigger',
          (row) => withRenamedColumn(row, catalog, true, renaming),
        )
      }
      alteration.reload(table.name, ' after rename')
      alteration.checkNames(' after rename', false)
    },
  }
}
