/**
 * ALTER TABLE. The rows of `sqlite_schema` are read, their texts edited and written back, and everything that names what has changed is
 * looked at again under the new schema: the statement happens whole or, where something does not hold any more, not at all.
 * (ALTER TABLE; alter.c of SQLite)
 *
 * | file | holds |
 * |---|---|
 * | `alteration.ts` | the state of one run: rows of the schema, checks before and after |
 * | `found.ts` | what a statement names, and what it may be |
 * | `rename.ts` | RENAME TO, RENAME COLUMN |
 * | `columns.ts` | ADD COLUMN, DROP COLUMN |
 * | `constraints.ts` | ADD and DROP CONSTRAINT, SET and DROP NOT NULL |
 */
import { sqlError } from '../../../base/error.ts'
import { DatabaseNames, type DatabaseUses } from '../../../plan/index.ts'
import { schemaNamed, type Slice, type Work } from '../../../runtime/index.ts'
import { foldName } from '../../../schema/index.ts'
import type { AlterTable, ParameterTable } from '../../../sql/index.ts'
import { StatementLabel } from '../../../coordination/index.ts'
import type { Session } from '../../connection/session.ts'
import { slicedAction, type PreparedAction } from '../prepared-action.ts'
import { inSlicesAsStatement, stepsOf } from '../sliced-statement.ts'
import { Alteration } from './alteration.ts'
import { addColumn, dropColumn } from './columns.ts'
import { addConstraint, dropConstraint, dropNotNull, setNotNull } from './constraints.ts'
import type { Change, Found, Planned } from './found.ts'
import { renameColumn, renameTable } from './rename.ts'

export function prepareAlter(
  connection: Session,
  statement: AlterTable,
  sql: string,
  parameters: ParameterTable,
): PreparedAction {
  const label = new StatementLabel(sql.slice(statement.start, statement.end))
  const plan = (): Planned => planned(connection, statement, sql)
  connection.withSchemas(plan)
  return slicedAction(connection, parameters, true, (_, slice) => {
    const { database } = connection.withSchemas(plan)
    const uses = usesOf(connection, database)
    const statement = { uses, label, admits: 'nothing', changes: 'savepoint' } as const
    return inSlicesAsStatement(connection, statement, slice, () => {
      // Under the lock the schema may be another one.
      const { database: name, change } = plan()
      if (name !== database) connection.enter(usesOf(connection, name))
      return stepsOf(changing(change, new Alteration(connection, name), slice))
    })
  })
}

function* changing(change: Change, alteration: Alteration, slice: Slice): Work<void> {
  const work = change(alteration, slice)
  if (work !== undefined) yield* work
}

/** The temporary database may name what is changed. */
function usesOf({ databases }: Session, database: string): DatabaseUses {
  const writes = new DatabaseNames(database)
  if (databases.temporary !== null) writes.add('temp')
  const reads = new DatabaseNames(...databases.all.map(({ name }) => name))
  return { reads, writes }
}

function planned(connection: Session, statement: AlterTable, sql: string): Planned {
  const { action } = statement
  const found = find(connection, statement)
  switch (action.kind) {
    case 'rename-table':
      return renameTable(connection, found, action.name)
    case 'rename-column':
      return renameColumn(found, action, sql)
    case 'add-column':
      return addColumn(connection, found, action, sql)
    case 'drop-column':
      return dropColumn(found, action, sql)
    case 'add-constraint':
      return addConstraint(connection, found, action, sql)
    case 'drop-constraint':
      return dropConstraint(found, action.name)
    case 'set-not-null':
      return setNotNull(found, action, sql)
    case 'drop-not-null':
      return dropNotNull(found, action.column)
    default:
      return action satisfies never
  }
}

function find({ context }: Session, { schema: database, table: name }: AlterTable): Found {
  const { catalog } = context
  const named = database === null ? null : schemaNamed(catalog, database)
  const schemas = database === null ? catalog.schemas : named === null ? [] : [named]
  const folded = foldName(name)
  for (const schema of schemas) {
    const object = schema.tables.get(folded) ?? schema.views.get(folded)
    if (object !== undefined) return { schema, object }
    const definition = schema.virtualTables.get(folded)
    if (definition !== undefined) {
      return { schema, object: { kind: 'virtual-table', name: definition.name, definition } }
    }
  }
  const eponymous = catalog.environment.eponymousTable(folded)
  if (eponymous !== null) {
    const object = { kind: 'virtual-table', name: eponymous.name, definition: null } as const
    return { schema: schemaNamed(catalog, eponymous.database)!, object }
  }
  throw sqlError(`no such table: ${database === null ? '' : `${database}.`}${name}`)
}
