/**
 * CREATE TRIGGER: what is refused at once. The names in the trigger's body are looked for when it fires. (`sqlite3BeginTrigger`,
 * `sqlite3FinishTrigger`)
 */
import { sqlError } from '../../base/error.ts'
import { schemaNamed } from '../../runtime/index.ts'
import {
  checkChangedTables,
  checkObjectName,
  foldName,
  foreignDatabaseOfTrigger,
  isReservedName,
  sameName,
  type Schema,
  type Table,
  type View,
} from '../../schema/index.ts'
import { syntaxVisitor, type CreateTrigger } from '../../sql/index.ts'
import type { BoundCreateTrigger } from '../statement.ts'
import type { Binder } from './binder.ts'
import { alreadyExists, unknownDatabase } from './new-object.ts'

export function bindCreateTrigger(b: Binder, create: CreateTrigger): BoundCreateTrigger {
  const { name, tableSchema } = create
  if (create.temporary && create.schema !== null) {
    throw sqlError('temporary trigger may not have qualified name')
  }
  const schema = schemaOf(b, create)
  const { database } = schema
  const isTemporary = sameName(database, 'temp')
  if (!isTemporary && tableSchema !== null && !sameName(tableSchema, database)) {
    throw sqlError(`trigger ${name} cannot reference objects in database ${tableSchema}`)
  }
  const on = findOn(b, isTemporary ? tableSchema : database, create.table)
  if (!b.catalog.environment.settings.writableSchema) checkObjectName(name)
  const isKnown = schema.triggers.has(foldName(name))
  if (isKnown && !create.ifNotExists) throw alreadyExists(b, 'trigger', create)
  if (!isKnown) checkNew(create, on, isTemporary ? null : database)
  if (isKnown) b.uses.reads.add(database)
  else b.uses.writes.add(database)
  const sql = `CREATE TRIGGER ${b.text.slice(create.nameStart, create.textEnd)}`
  return { kind: 'create-trigger', database, name, table: on.name, sql, exists: isKnown }
}

/** A trigger is in the database that it names, or temporary where its table is. */
function schemaOf(b: Binder, create: CreateTrigger): Schema {
  const wanted = create.schema ?? (create.temporary ? 'temp' : 'main')
  const schema = schemaNamed(b.catalog, wanted)
  if (schema === null) throw unknownDatabase(b, create)
  if (create.schema !== null) return schema
  const on = lookFor(b, create.tableSchema, create.table)
  return on?.database === 'temp' ? b.catalog.schemas[0]! : schema
}

function lookFor(b: Binder, database: string | null, name: string): Table | View | null {
  const folded = foldName(name)
  for (const schema of b.catalog.schemas) {
    if (database !== null && !sameName(schema.database, database)) continue
    if (schema.virtualTables.has(folded)) throw sqlError('cannot create triggers on virtual tables')
    const found = schema.tables.get(folded) ?? schema.views.get(folded)
    if (found !== undefined) return found
  }
  return null
}

function findOn(b: Binder, database: string | null, name: string): Table | View {
  const found = lookFor(b, database, name)
  if (found !== null) return found
  if (b.catalog.environment.eponymousTable(name) !== null) {
    throw sqlError('cannot create triggers on virtual tables')
  }
  throw sqlError(`no such table: ${database === null ? '' : `${database}.`}${name}`)
}

/** @param own the database, in which alone it may name objects; null: it is temporary */
function checkNew(create: CreateTrigger, on: Table | View, own: string | null): void {
  const { name, time, tableSchema } = create
  // (`%S` of `sqlite3_mprintf`, where nothing has fixed the database)
  const prefix = own === null && tableSchema !== null ? `${tableSchema}.` : ''
  const table = prefix + create.table
  if (isReservedName(on.name)) throw sqlError('cannot create trigger on system table')
  if (on.kind === 'view' && time !== 'INSTEAD OF') {
    throw sqlError(`cannot create ${time} trigger on view: ${table}`)
  }
  if (on.kind === 'table' && time === 'INSTEAD OF') {
    throw sqlError(`cannot create INSTEAD OF trigger on table: ${table}`)
  }
  if (own !== null) checkChangedTables(create)
  const foreign = own === null ? null : foreignDatabaseOfTrigger(create, own)
  if (foreign !== null) {
    throw sqlError(`trigger ${name} cannot reference objects in database ${foreign}`)
  }
  if (hasParameter(create)) throw sqlError('trigger cannot use variables')
}

function hasParameter(create: CreateTrigger): boolean {
  let found = false
  const visitor = syntaxVisitor({
    expression: ({ kind }) => {
      if (kind === 'parameter') found = true
    },
    rows: (rows) => {
      if (rows.kind === 'parameter-rows' || rows.parameterPlaces.length > 0) found = true
    },
  })
  visitor.trigger(create)
  return found
}
