/** CREATE TABLE, CREATE INDEX and CREATE VIEW. */
import { sqlError } from '../../base/error.ts'
import { schemaNamed } from '../../runtime/index.ts'
import {
  checkObjectName,
  foldName,
  foreignDatabase,
  indexFromDefinition,
  isReservedName,
  primaryIndex,
  tableFromDefinition,
  type Schema,
  type Table,
} from '../../schema/index.ts'
import {
  quoteName,
  syntaxVisitor,
  type CreateIndex,
  type CreateTable,
  type CreateView,
  type CreateVirtualTable,
  type Select,
} from '../../sql/index.ts'
import { alreadyExists, unknownDatabase, type NewObject } from './new-object.ts'
import type {
  BoundCreateIndex,
  BoundCreateTable,
  BoundCreateView,
  BoundCreateVirtualTable,
} from '../statement.ts'
import { tableSource } from '../scope.ts'
import type { Binder, SelectColumn } from './binder.ts'
import { checkVirtualLoops, virtualColumns } from './generated.ts'
import { bindQuery } from './query.ts'
import { bindStored } from './stored.ts'
import { indexTarget, targetScan } from './write-target.ts'

/**
 * The text of a CREATE as `sqlite_schema` keeps it: the words before the name in capitals, one space, then the text as
 * written from the name on, comments and all. TEMP, IF NOT EXISTS and the name of the database are left out.
 * (`sqlite3EndTable`, `sqlite3CreateIndex`)
 */
function definitionText(
  sql: string,
  { nameStart, textEnd }: { readonly nameStart: number; readonly textEnd: number },
  prefix: string,
): string {
  return `${prefix} ${sql.slice(nameStart, textEnd)}`
}

/** The schema in which an object is created; from now on the statement writes to its database. */
function schemaToChange(b: Binder, create: NewObject, isTemporary: boolean): Schema {
  const wanted = create.schema ?? (isTemporary ? 'temp' : 'main')
  const schema = schemaNamed(b.catalog, wanted)
  if (schema === null) throw unknownDatabase(b, create)
  if (isTemporary && schema.database !== 'temp') {
    throw sqlError('temporary table name must be unqualified')
  }
  b.uses.writes.add(schema.database)
  return schema
}

/** It is there already: its database is only looked at. */
function changesNothing(b: Binder, database: string): void {
  b.uses.writes.delete(database)
  b.uses.reads.add(database)
}

/** Whether IF NOT EXISTS finds it; refuses a name that is taken. */
function nameExists(b: Binder, schema: Schema, create: NewObject): boolean {
  const { name, ifNotExists } = create
  const folded = foldName(name)
  const { tables, views, virtualTables, indexes } = schema
  if (tables.has(folded) || virtualTables.has(folded)) {
    if (ifNotExists) return true
    throw alreadyExists(b, 'table', create)
  }
  if (views.has(folded)) {
    if (ifNotExists) return true
    throw alreadyExists(b, 'view', create)
  }
  if (indexes.has(folded)) throw sqlError(`there is already an index named ${name}`)
  return false
}

export function bindCreateTable(b: Binder, create: CreateTable): BoundCreateTable {
  const { name } = create
  const schema = schemaToChange(b, create, create.temporary)
  const { database } = schema
  if (!b.catalog.environment.settings.writableSchema) checkObjectName(name)
  if (nameExists(b, schema, create)) {
    changesNothing(b, database)
    return existingTable(database, name)
  }
  if (create.select !== null) {
    const { query, columns } = bindQuery(b, create.select)
    const affinities = columns.map(({ affinity }) => affinity ?? 'blob')
    return { ...newTable(database, name, tableText(name, columns)), query, affinities }
  }
  const table = tableFromDefinition(create, b.text, 0, (name) => b.collation(name))
  checkExpressions(b, table, database)
  const own = primaryIndex(table)
  return {
    ...newTable(database, name, definitionText(b.text, create, 'CREATE TABLE')),
    withoutRowid: table.withoutRowid,
    autoincrement: table.autoincrement,
    automaticIndexes: table.indexes.filter((index) => index !== own).map((index) => index.name),
  }
}

function newTable(database: string, name: string, sql: string): BoundCreateTable {
  return {
    kind: 'create-table',
    database,
    name,
    sql,
    withoutRowid: false,
    autoincrement: false,
    automaticIndexes: [],
    exists: false,
    query: null,
    affinities: [],
  }
}

function existingTable(database: string, name: string): BoundCreateTable {
  return { ...newTable(database, name, ''), exists: true }
}

/** Names and functions in CHECK are resolved once, to be refused now and not at the first row. */
function checkExpressions(b: Binder, table: Table, database: string): void {
  b.isDefining = true
  const source = tableSource(b.newSource(), table, table.name)
  b.looksOnly = true
  for (const { expression } of table.checks) {
    bindStored(b, expression, table.sql, source, 'check', database)
  }
  b.looksOnly = false
  for (const { generated } of table.columns) {
    if (generated === null) continue
    bindStored(b, generated.expression, table.sql, source, 'generated', database)
  }
  const virtual = virtualColumns(b, { ...table, database }, source.id)
  if (virtual !== null) checkVirtualLoops(table, virtual)
}

const typeNames = { blob: '', text: ' TEXT', numeric: ' NUM', integer: ' INT', real: ' REAL' }

/** The definition that CREATE TABLE … AS writes for itself. (`createTableStmt`) */
function tableText(name: string, columns: readonly SelectColumn[]): string {
  const parts = columns.map(
    (column) => `${quoteName(column.name)}${typeNames[column.affinity ?? 'blob']}`,
  )
  const width = columns.reduce((sum, column) => sum + quotedWidth(column.name) + 5, 0)
  const body = width + quotedWidth(name) < 50 ? parts.join(',') : `\n  ${parts.join(',\n  ')}\n`
  return `CREATE TABLE ${quoteName(name)}(${body})`
}

/** (`identLength`) */
function quotedWidth(name: string): number {
  return name.length + 2 + (name.match(/"/g)?.length ?? 0)
}

export function bindCreateIndex(b: Binder, create: CreateIndex): BoundCreateIndex {
  const { name } = create
  const schema = indexSchema(b, create)
  for (const term of create.columns) {
    if (term.nulls !== null) throw sqlError(`unsupported use of NULLS ${term.nulls}`)
  }
  const table = indexedTable(b, schema, create)
  if (!b.catalog.environment.settings.writableSchema) checkObjectName(name)
  const folded = foldName(name)
  const { tables, views, indexes } = schema
  if (tables.has(folded) || views.has(folded)) {
    throw sqlError(`there is already a table named ${name}`)
  }
  const known = indexes.get(folded)
  if (known !== undefined && !create.ifNotExists) throw sqlError(`index ${name} already exists`)
  if (known !== undefined) changesNothing(b, schema.database)
  const prefix = create.unique ? 'CREATE UNIQUE INDEX' : 'CREATE INDEX'
  const sql = definitionText(b.text, create, prefix)
  const index = known ?? indexFromDefinition(create, table, b.text, 0, (name) => b.collation(name))
  const source = b.newSource()
  const reference = { schema: null, name: table.name, alias: null, indexedBy: false as const }
  const { scope, node } = targetScan(b, table, reference, source)
  const row = scope.sources[0]!
  b.isDefining = known === undefined
  return {
    kind: 'create-index',
    name,
    sql,
    exists: known !== undefined,
    index: known ?? { ...index, sql },
    target: indexTarget(b, table, index, row, row),
    table,
    input: node,
    source,
  }
}

/** An index is where its table is: without a database, a temporary table comes before one of `main`. */
function indexSchema(b: Binder, create: CreateIndex): Schema {
  const temporary = create.schema === null ? schemaNamed(b.catalog, 'temp') : null
  const folded = foldName(create.table)
  const isTemporary =
    temporary !== null && (temporary.tables.has(folded) || temporary.views.has(folded))
  return schemaToChange(b, create, isTemporary)
}

function indexedTable(b: Binder, schema: Schema, create: CreateIndex): Table {
  const folded = foldName(create.table)
  if (schema.views.has(folded)) throw sqlError('views may not be indexed')
  if (schema.virtualTables.has(folded)) throw sqlError('virtual tables may not be indexed')
  const table = schema.tables.get(folded)
  if (table === undefined && b.catalog.environment.eponymousTable(folded) !== null) {
    throw sqlError('virtual tables may not be indexed')
  }
  if (table === undefined) {
    // SQLite names the database of an index, but for temporary ones, whose tables it looks for in all.
    const isTemporary = foldName(schema.database) === 'temp'
    const other = isTemporary
      ? b.catalog.schemas.find(({ tables }) => tables.has(folded))
      : undefined
    if (other !== undefined) {
      const { name } = other.tables.get(folded)!
      throw sqlError(`cannot create a TEMP index on non-TEMP table "${name}"`)
    }
    const prefix = isTemporary ? '' : `${create.schema ?? schema.database}.`
    throw sqlError(`no such table: ${prefix}${create.table}`)
  }
  if (isReservedName(table.name)) throw sqlError(`table ${table.name} may not be indexed`)
  return table
}

export function bindCreateView(b: Binder, create: CreateView): BoundCreateView {
  const { name } = create
  const schema = schemaToChange(b, create, create.temporary)
  const { database } = schema
  if (hasParameter(create.select)) throw sqlError('parameters are not allowed in views')
  if (!b.catalog.environment.settings.writableSchema) checkObjectName(name)
  const exists = nameExists(b, schema, create)
  if (exists) changesNothing(b, database)
  const foreign = exists || database === 'temp' ? null : foreignDatabase(create.select, database)
  if (foreign !== null) {
    throw sqlError(`view ${name} cannot reference objects in database ${foreign}`)
  }
  const sql = definitionText(b.text, create, 'CREATE VIEW')
  return { kind: 'create-view', database, name, sql, exists }
}

/** Whether there is such a module is asked when it runs. (`sqlite3VtabFinishParse`) */
export function bindCreateVirtualTable(
  b: Binder,
  create: CreateVirtualTable,
): BoundCreateVirtualTable {
  const { name, module, args } = create
  const { database } = schemaToChange(b, create, false)
  if (!b.catalog.environment.settings.writableSchema) checkObjectName(name)
  const exists = nameExists(b, schemaNamed(b.catalog, database)!, create)
  if (exists) changesNothing(b, database)
  const sql = definitionText(b.text, create, 'CREATE VIRTUAL TABLE')
  const definition = { name, database, module, args, sql }
  return { kind: 'create-virtual-table', database, name, definition, exists }
}

/** Whether a `?` stands anywhere in a query. */
function hasParameter(select: Select): boolean {
  let found = false
  const visitor = syntaxVisitor({
    expression: ({ kind }) => {
      if (kind === 'parameter') found = true
    },
    rows: (rows) => {
      if (rows.kind === 'parameter-rows' || rows.parameterPlaces.length > 0) found = true
    },
  })
  visitor.select(select)
  return found
}
