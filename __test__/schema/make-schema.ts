/** A schema in memory from CREATE statements, written into `sqlite_schema` and loaded from there. */
import {
  insertSchemaRow,
  loadSchema,
  tableFromDefinition,
  type Schema,
  type SchemaWriter,
} from '../../packages/engine/src/schema/index.ts'
import { parseStatement, type Statement } from '../../packages/engine/src/sql/index.ts'
import { Pager, TableTree, createTree } from '../../packages/engine/src/storage/index.ts'

export interface MemoryDatabase {
  readonly pager: Pager
  readonly writer: SchemaWriter
}

/** An empty database with a write transaction open. */
export function openMemoryDatabase(): MemoryDatabase {
  const pager = Pager.openMemory()
  pager.beginRead()
  pager.beginWrite()
  const tableTree = (root: number): TableTree => new TableTree(pager, root)
  return { pager, writer: { pages: pager, encoding: 'utf8', tableTree } }
}

/** Enters one CREATE statement, as DDL does. Returns the root of the table or index; 0: it has none. */
export function enter({ pager, writer }: MemoryDatabase, sql: string): number {
  const statement = parse(sql)
  switch (statement.kind) {
    case 'create-table': {
      const { name, withoutRowid } = statement
      const root = createTree(pager, withoutRowid ? 'index' : 'table')
      insertSchemaRow(writer, 'table', name, name, root, sql)
      for (const index of tableFromDefinition(statement, sql, root).indexes) {
        if (index.root === root) continue
        insertSchemaRow(writer, 'index', index.name, name, createTree(pager, 'index'), null)
      }
      return root
    }
    case 'create-index': {
      const root = createTree(pager, 'index')
      insertSchemaRow(writer, 'index', statement.name, statement.table, root, sql)
      return root
    }
    case 'create-view':
      insertSchemaRow(writer, 'view', statement.name, statement.name, 0, sql)
      return 0
    case 'create-trigger':
      insertSchemaRow(writer, 'trigger', statement.name, statement.table, 0, sql)
      return 0
    case 'create-virtual-table':
      insertSchemaRow(writer, 'table', statement.name, statement.name, 0, sql)
      return 0
    default:
      throw new TypeError(`not a definition: ${sql}`)
  }
}

export function parse(sql: string): Statement {
  const { statement } = parseStatement(sql)
  if (statement === null) throw new TypeError(`no statement: ${sql}`)
  return statement
}

export function makeSchema(definitions: readonly string[]): Schema {
  const database = openMemoryDatabase()
  for (const sql of definitions) enter(database, sql)
  return loadSchema(database.pager, 1, 'utf8')
}
