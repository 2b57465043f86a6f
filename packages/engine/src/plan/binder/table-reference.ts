/** What a name in FROM is: a common table, a table or a view. Views and common tables become derived tables. */
import { sqlError } from '../../base/error.ts'
import { schemaNamed } from '../../runtime/index.ts'
import { foldName, tableNamed, type Schema, type Table, type View } from '../../schema/index.ts'
import type { CommonTable, TableFunction, TableName } from '../../sql/index.ts'
import type { CommonUse, DerivedNode, PlanNode } from '../node.ts'
import { placesByName, tableSource, type Scope, type ScopeSource } from '../scope.ts'
import type { Binder, BoundSelect, SelectColumn, WithFrame } from './binder.ts'
import { virtualColumns } from './generated.ts'
import { readAsTable } from './reading.ts'
import { call, createdTable, noteVirtual, unplannedAccess, type Called } from './virtual-table.ts'

interface Reference<Node = PlanNode> {
  readonly source: ScopeSource
  readonly node: Node
}

export function tableReference(b: Binder, reference: TableName, scope: Scope): Reference {
  const folded = foldName(reference.name)
  if (reference.schema === null) {
    const common = findCommonTable(b, folded)
    if (common !== null) return commonTable(b, common, reference, scope)
  }
  const found = findTable(b, reference.schema, folded)
  if (found === null) throw noSuchTable(b, reference.schema, reference.name)
  return found.kind === 'table' ? scan(b, found, reference) : viewReference(b, found, reference)
}

/** `name(args)` */
export function functionReference(
  b: Binder,
  reference: TableFunction,
): Reference & Pick<Called, 'bindArguments'> {
  const { schema, name, alias, args } = reference
  const common = schema === null ? findCommonTable(b, foldName(name)) : null
  if (common !== null && b.open.has(common.table)) return calledSelf(b, common.table, reference)
  const isCommon = common !== null
  const found = isCommon ? null : findTable(b, schema, foldName(name))
  if (found === null && !isCommon) throw noSuchTable(b, schema, name)
  if (found?.kind !== 'table' || found.virtual === undefined) {
    throw sqlError(`'${name}' is not a function`)
  }
  const { source, node } = scan(b, found, { kind: 'table', schema, name, alias, indexedBy: null })
  return { source, ...call(b, node, found, source, args) }
}

/** The schemas in which a name may be: that of the database it names, or all, the first one first. */
export function schemasFor(b: Binder, database: string | null): readonly Schema[] {
  const wanted = database ?? b.viewDatabase
  if (wanted === null) return b.catalog.schemas
  const schema = schemaNamed(b.catalog, wanted)
  return schema === null ? [] : [schema]
}

/** The table or view of a name; the statement then touches its database. */
export function findTable(b: Binder, database: string | null, folded: string): Table | View | null {
  for (const schema of schemasFor(b, database)) {
    const found = findIn(b, schema, database, folded)
    if (found === null) continue
    b.uses.reads.add(schema.database)
    return found
  }
  // A module's own table is in main, whichever database was named. (`sqlite3LocateTable`)
  const own = b.catalog.environment.eponymousTable(folded)
  if (own !== null) b.uses.reads.add(own.database)
  return own
}

function findIn(
  b: Binder,
  schema: Schema,
  database: string | null,
  folded: string,
): Table | View | null {
  const found = tableNamed(schema, folded, database !== null) ?? schema.views.get(folded)
  if (found !== undefined) return found
  const created = schema.virtualTables.get(folded)
  return created === undefined ? null : createdTable(b, created)
}

/** In the text of a view SQLite names the database that the view is in. */
export function noSuchTable(b: Binder, database: string | null, name: string): Error {
  const named = database ?? b.viewDatabase
  return sqlError(`no such table: ${named === null ? '' : `${named}.`}${name}`)
}

/** How EXPLAIN QUERY PLAN calls a table: by its alias, or as it was written. */
export function shownName(table: Table, reference: Pick<TableName, 'schema' | 'alias'>): string {
  const { schema, alias } = reference
  return alias ?? (schema === null ? table.name : `${schema}.${table.name}`)
}

function scan(b: Binder, table: Table, reference: TableName): Reference {
  noteVirtual(b, table)
  const { alias, indexedBy } = reference
  if (typeof indexedBy === 'string') {
    const wanted = foldName(indexedBy)
    if (!table.indexes.some((index) => foldName(index.name) === wanted)) {
      throw sqlError(`no such index: ${indexedBy}`)
    }
  }
  const name = alias ?? table.name
  const source = tableSource(b.newSource(), table, name)
  const virtual = virtualColumns(b, table, source.id)
  b.writtenNames?.table(reference, table, source.id, alias !== null)
  const node: PlanNode = {
    kind: 'scan',
    source: source.id,
    table,
    alias: shownName(table, reference),
    access: table.virtual === undefined ? { kind: 'full', reverse: false } : unplannedAccess,
    hint: indexedBy,
    ...(virtual === null ? {} : { virtual }),
    estimatedRows: null,
  }
  return { source, node }
}

/** A query as a source of names. Columns of the same name have been told apart by the query itself. */
export function derivedSource(
  b: Binder,
  query: BoundSelect,
  alias: string | null,
  names: readonly string[] | null = null,
  /** Of the view that the query is the text of. */
  database: string | null = null,
  common: CommonUse | null = null,
): Reference<DerivedNode> {
  const select = readAsTable(query)
  const id = b.newSource()
  const columns = select.columns.map((column, i) => ({
    name: names === null ? column.name : names[i]!,
    affinity: column.affinity,
    collation: column.collation ?? 'BINARY',
    origin: column.origin,
  }))
  b.noteAffinities(id, columns)
  const node: DerivedNode = {
    kind: 'derived',
    source: id,
    alias: alias ?? 'subquery',
    input: select.plan,
    inputSource: select.source,
    columnNames: columns.map((column) => column.name),
    common,
    shared: false,
    materialized: false,
    hash: null,
  }
  const source: ScopeSource = {
    id,
    name: alias === null ? null : foldName(alias),
    table: null,
    database,
    columns,
    places: placesByName(columns),
    using: null,
    isOptional: false,
  }
  return { source, node }
}

function checkNames(
  name: string,
  names: readonly string[] | null,
  columns: readonly SelectColumn[],
): void {
  if (names !== null && names.length !== columns.length) {
    throw sqlError(`expected ${names.length} columns for '${name}' but got ${columns.length}`)
  }
}

function viewReference(b: Binder, view: View, reference: TableName): Reference {
  if (b.open.has(view)) throw sqlError(`view ${view.name} is circularly defined`)
  if (typeof reference.indexedBy === 'string') {
    throw sqlError(`no such index: ${reference.indexedBy}`)
  }
  const { select, columns } = view.definition
  const database = view.database === 'temp' ? null : view.database
  const bound = b.whileOpen(view, () =>
    b.inView(view.sql, database, () => b.select(b, select, null)),
  )
  checkNames(view.name, columns, bound.columns)
  return named(
    derivedSource(b, bound, reference.alias ?? view.name, columns, view.database),
    view.name,
  )
}

function named({ source, node }: Reference<DerivedNode>, written: string): Reference {
  return { source, node: { ...node, written } }
}

interface FoundCommonTable {
  readonly table: CommonTable
  readonly frame: WithFrame
}

export function findCommonTable(b: Binder, folded: string): FoundCommonTable | null {
  for (let frame = b.withFrame; frame !== null; frame = frame.parent) {
    const table = frame.tables.get(folded)
    if (table !== undefined) return { table, frame }
  }
  return null
}

function commonTable(
  b: Binder,
  { table, frame }: FoundCommonTable,
  reference: TableName,
  scope: Scope,
): Reference {
  if (b.open.has(table)) return selfReference(b, table, reference)
  if (typeof reference.indexedBy === 'string') {
    throw sqlError(`no such index: ${reference.indexedBy}`)
  }
  const bound = b.commonTable(table, frame, scope.parent)
  checkColumnCount(table, bound.columns.length)
  const use = b.commonUse(frame, table)
  return named(
    derivedSource(b, bound, reference.alias ?? table.name, table.columns, null, use),
    table.name,
  )
}

export function checkColumnCount({ name, columns }: CommonTable, count: number): void {
  if (columns !== null && columns.length !== count) {
    throw sqlError(`table ${name} has ${count} values for ${columns.length} columns`)
  }
}

/** A common table that is being defined takes parentheses behind its name, with nothing in them. */
function calledSelf(
  b: Binder,
  table: CommonTable,
  reference: TableFunction,
): Reference & Pick<Called, 'bindArguments'> {
  const bindArguments = (scope: Scope): void => {
    for (const arg of reference.args) b.expression(b, arg, scope)
    if (reference.args.length > 0) {
      throw sqlError(`too many arguments on ${reference.name}() - max 0`)
    }
  }
  return { ...selfReference(b, table, reference), bindArguments }
}

/** The common table that is being defined. */
function selfReference(
  b: Binder,
  table: CommonTable,
  reference: TableName | TableFunction,
): Reference {
  const recursion = b.recursions.get(table.select)
  const row = recursion?.row(reference, b.newSource()) ?? null
  if (row === null) {
    throw sqlError(`${recursion?.selfReference ?? 'circular reference'}: ${table.name}`)
  }
  if (reference.kind === 'table' && typeof reference.indexedBy === 'string') {
    throw sqlError('no query solution')
  }
  const found = derivedSource(b, row, reference.alias ?? table.name, table.columns)
  recursion!.noteRow(found.source.id)
  return found
}

/** The frame of a WITH clause over the one around it. */
export function withFrameOf(tables: readonly CommonTable[], parent: WithFrame | null): WithFrame {
  const map = new Map<string, CommonTable>()
  for (const table of tables) {
    const folded = foldName(table.name)
    if (map.has(folded)) throw sqlError(`duplicate WITH table name: ${table.name}`)
    map.set(folded, table)
  }
  return { parent, tables: map }
}

/** A view in FROM. With its database it is no common table. */
export function viewName({ name, database }: View): TableName {
  return { kind: 'table', name, schema: database, alias: null, indexedBy: null }
}
