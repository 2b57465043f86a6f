/** Reading `sqlite_schema`: what SQLite wrote, what we wrote, and rows that make no sense. */
import test from 'ava'
import {
  deleteSchemaRow,
  deleteTableSchemaRows,
  insertSchemaRow,
  loadSchema,
} from '../../packages/engine/src/schema/index.ts'
import { encodeRecord } from '../../packages/engine/src/record/index.ts'
import { enter, makeSchema, openMemoryDatabase } from './make-schema.ts'

test('schema: an empty database has only sqlite_schema, under both names', (t) => {
  const { tables } = makeSchema([])
  t.deepEqual([...tables.keys()].sort(), ['sqlite_master', 'sqlite_schema'])
  t.is(tables.get('sqlite_master'), tables.get('sqlite_schema'))
  t.is(tables.get('sqlite_schema')!.root, 1)
})

test('schema: tables, indexes, views, triggers and virtual tables are found by folded name', (t) => {
  const schema = makeSchema([
    'CREATE TABLE Album(Id INTEGER PRIMARY KEY, Title TEXT UNIQUE)',
    'CREATE INDEX ByTitle ON album(Title DESC, lower(Title)) WHERE id > 3',
    'CREATE VIEW Titles AS SELECT Title FROM Album',
    'CREATE TRIGGER Changed AFTER UPDATE ON Album BEGIN SELECT 1; END',
    'CREATE VIRTUAL TABLE Search USING fts5(x)',
  ])
  const table = schema.tables.get('album')!
  t.is(table.name, 'Album')
  t.deepEqual(
    table.indexes.map((index) => index.name),
    ['sqlite_autoindex_Album_1', 'ByTitle'],
  )
  const index = schema.indexes.get('bytitle')!
  t.is(index.table, 'Album')
  t.deepEqual(
    index.columns.map(({ column, descending }) => [column, descending]),
    [
      [1, true],
      [-2, false],
    ],
  )
  t.truthy(index.where)
  t.true(index.root > 1)
  t.is(schema.views.get('titles')!.name, 'Titles')
  t.is(schema.triggers.get('changed')!.table, 'Album')
  t.is(schema.virtualTables.get('search')!.module, 'fts5')
  t.deepEqual(schema.virtualTables.get('search')!.args, ['x'])
})

test('schema: sqlite_stat1 gives the rows of tables and of prefixes of indexes', (t) => {
  const database = openMemoryDatabase()
  enter(database, 'CREATE TABLE t(a, b)')
  enter(database, 'CREATE TABLE u(a)')
  enter(database, 'CREATE INDEX tab ON t(a, b)')
  const root = enter(database, 'CREATE TABLE sqlite_stat1(tbl, idx, stat)')
  const tree = database.writer.tableTree(root)
  const rows = [
    ['t', 'tab', '1000 10 2 unordered'],
    ['u', null, '7'],
    ['t', 'gone', 'x'],
  ]
  rows.forEach((row, i) => {
    const record = encodeRecord(row, 'utf8')
    tree.insertNew(i + 1, record, record.length)
  })
  const { tables } = loadSchema(database.pager, 1, 'utf8')
  t.is(tables.get('t')!.rowEstimate, 1000)
  t.deepEqual(tables.get('t')!.indexes[0]!.statistics, [1000, 10, 2])
  t.is(tables.get('u')!.rowEstimate, 7)
})

test('schema: rows that are deleted are gone, with all that belongs to a table', (t) => {
  const database = openMemoryDatabase()
  enter(database, 'CREATE TABLE t(a UNIQUE)')
  enter(database, 'CREATE INDEX ta ON t(a)')
  enter(database, 'CREATE TABLE u(a)')
  enter(database, 'CREATE INDEX ua ON u(a)')
  enter(database, 'CREATE VIEW v AS SELECT 1')
  deleteTableSchemaRows(database.writer, 'T')
  deleteSchemaRow(database.writer, 'view', 'V')
  deleteSchemaRow(database.writer, 'index', 'ua')
  const { tables, indexes, views } = loadSchema(database.pager, 2, 'utf8')
  t.false(tables.has('t'))
  t.true(tables.has('u'))
  t.is(indexes.size, 0)
  t.is(views.size, 0)
})

const damaged: readonly [title: string, row: readonly [string, string, string | null], string][] = [
  ['no SQL in it', ['table', 't', 'xyz'], 'malformed database schema (t)'],
  ['no text for a table', ['table', 't', null], 'malformed database schema (t) - orphan index'],
  ['another statement', ['table', 't', 'SELECT 1'], 'malformed database schema (t)'],
  [
    'a definition that is refused',
    ['table', 't', 'CREATE TABLE t(a, a)'],
    'malformed database schema (t) - duplicate column name: a',
  ],
  [
    'an index without its table',
    ['index', 'i', 'CREATE INDEX i ON t(a)'],
    'malformed database schema (i) - no such table: main.t',
  ],
]

for (const [title, [type, name, sql], message] of damaged) {
  test(`schema: a row with ${title} is SQLITE_CORRUPT`, (t) => {
    const database = openMemoryDatabase()
    const root = enter(database, 'CREATE TABLE other(a)')
    insertSchemaRow(
      database.writer,
      type as 'table',
      name,
      type === 'index' ? 't' : name,
      root,
      sql,
    )
    t.throws(() => loadSchema(database.pager, 1, 'utf8'), { code: 'SQLITE_CORRUPT', message })
  })
}

test('schema: a root page outside the file is SQLITE_CORRUPT', (t) => {
  const database = openMemoryDatabase()
  insertSchemaRow(database.writer, 'table', 't', 't', 99, 'CREATE TABLE t(a)')
  t.throws(() => loadSchema(database.pager, 1, 'utf8'), {
    message: 'malformed database schema (t) - invalid rootpage',
  })
})

test('schema: a collation of another program does not keep the database from being opened', (t) => {
  const { tables } = makeSchema(['CREATE TABLE t(a)'])
  t.truthy(tables.get('t'))
  const database = openMemoryDatabase()
  const root = enter(database, 'CREATE TABLE other(a)')
  insertSchemaRow(database.writer, 'table', 't', 't', root, 'CREATE TABLE t(a COLLATE theirs)')
  const schema = loadSchema(database.pager, 1, 'utf8')
  t.is(schema.tables.get('t')!.columns[0]!.collation, 'theirs')
})
