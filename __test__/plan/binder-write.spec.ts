/** INSERT, UPDATE, DELETE and definitions: which value goes where, what has to be kept up. */
import test from 'ava'
import type {
  BoundCreateTable,
  BoundExpression,
  BoundDrop,
  BoundInsert,
  BoundUpdate,
} from '../../packages/engine/src/plan/index.ts'
import { openOracle } from '../support/oracle.ts'
import { makeSchema } from '../schema/make-schema.ts'
import { bind } from './bind.ts'

const definitions = [
  "CREATE TABLE t(a, b INT DEFAULT (1 + 1), id INTEGER PRIMARY KEY, CHECK(b > 0), CONSTRAINT nm CHECK(a <> 'x'))",
  'CREATE INDEX ta ON t(a, b + 1) WHERE b > 5',
  'CREATE UNIQUE INDEX tb ON t(b, id)',
  'CREATE TABLE u(a UNIQUE, b)',
  'CREATE TABLE sqlite_stat1(tbl, idx, stat)',
]
const schema = makeSchema(definitions)
const oracle = openOracle()
test.after.always(() => oracle?.close())

const insert = (sql: string): BoundInsert => bind(schema, sql) as BoundInsert
const update = (sql: string): BoundUpdate => bind(schema, sql) as BoundUpdate

test('write: values go to the columns that are named, defaults to the others', (t) => {
  const bound = insert("INSERT INTO t(id, a) VALUES (7, 'v')")
  t.is(bound.rowid?.kind === 'column' ? bound.rowid.column : -1, 0)
  t.is(bound.values[0]!.kind === 'column' ? bound.values[0].column : -1, 1)
  t.is(bound.values[1]!.kind, 'arithmetic')
  t.deepEqual(bound.values[2], { kind: 'literal', value: null })
})

test('write: without a list the values are for all columns, the rowid alias among them', (t) => {
  const bound = insert('INSERT INTO t VALUES (1, 2, 3)')
  t.is(bound.rowid?.kind === 'column' ? bound.rowid.column : -1, 2)
  t.is(insert('INSERT INTO u VALUES (1, 2)').rowid, null)
  t.is(insert('INSERT INTO u DEFAULT VALUES').values.length, 2)
  t.is(insert('INSERT INTO u(rowid, b) VALUES (1, 2)').rowid?.kind, 'column')
})

test('write: of several values for the rowid the last counts, for a column the first', (t) => {
  const bound = insert('INSERT INTO t(rowid, id, a, a) VALUES (1, 2, 3, 4)')
  t.is(bound.rowid?.kind === 'column' ? bound.rowid.column : -1, 1)
  t.is(bound.values[0]!.kind === 'column' ? bound.values[0].column : -1, 2)
})

test('write: an input that reads the target is collected first', (t) => {
  t.true(insert('INSERT INTO u SELECT a, b FROM u').materialize)
  t.true(insert('INSERT INTO u VALUES ((SELECT max(a) FROM u), 1)').materialize)
  t.false(insert('INSERT INTO u SELECT a, b FROM t').materialize)
})

test('write: checks and index entries are bound over the new row and the old', (t) => {
  const { target } = update('UPDATE t SET a = 1')
  t.deepEqual(
    target.checks.map((check) => check.name),
    ['b > 0', 'nm'],
  )
  const [ta, tb] = target.indexes
  t.is(ta!.columnNames, null)
  t.truthy(ta!.newWhere)
  t.deepEqual(
    ta!.newKey.map((key) => key.kind),
    ['column', 'arithmetic', 'column'],
  )
  t.deepEqual(tb!.columnNames, ['t.b', 't.id'])
  const sources = (keys: readonly BoundExpression[]): number[] =>
    keys.map((key) => (key.kind === 'column' ? key.source : -1))
  t.deepEqual(sources(tb!.newKey), [target.newRow, target.newRow, target.newRow])
  t.deepEqual(sources(tb!.oldKey), [target.oldRow, target.oldRow, target.oldRow])
  t.deepEqual(
    tb!.newKey.map((key) => (key.kind === 'column' ? key.column : null)),
    [1, -1, -1],
  )
})

test('write: UPDATE names changed columns only, and the last assignment counts', (t) => {
  const bound = update('UPDATE t SET a = 1, a = 2, id = id + 1')
  t.deepEqual(bound.values[0], { kind: 'literal', value: 2 })
  t.is(bound.values[1], null)
  t.is(bound.rowid?.kind, 'arithmetic')
})

test('write: a row assigned from a subquery runs it once', (t) => {
  const bound = update('UPDATE t SET (a, b) = (SELECT b, a FROM u)')
  const [a, b] = bound.values
  t.true(a?.kind === 'scalar-query' && b?.kind === 'scalar-query' && a.query === b.query)
})

test('write: DELETE without WHERE has no input', (t) => {
  const all = bind(schema, 'DELETE FROM t')
  const some = bind(schema, 'DELETE FROM t WHERE a = 1')
  t.true(all.kind === 'delete' && all.input === null)
  t.true(some.kind === 'delete' && some.input?.kind === 'filter')
})

test('write: DROP TABLE frees all trees of the table, the greatest root first', (t) => {
  const drop = bind(schema, 'DROP TABLE T') as BoundDrop
  const { root, indexes } = schema.tables.get('t')!
  t.is(drop.name, 't')
  t.deepEqual(
    drop.roots,
    [root, ...indexes.map((index) => index.root)].sort((x, y) => y - x),
  )
  t.deepEqual((bind(schema, 'DROP TABLE IF EXISTS nosuch') as BoundDrop).roots, [])
})

test('write: CREATE TABLE names the indexes of its constraints', (t) => {
  const create = bind(
    schema,
    'CREATE TABLE x(id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE, b UNIQUE)',
  ) as BoundCreateTable
  t.true(create.autoincrement)
  t.deepEqual(create.automaticIndexes, ['sqlite_autoindex_x_1', 'sqlite_autoindex_x_2'])
  t.true((bind(schema, 'CREATE TABLE IF NOT EXISTS t(z)') as BoundCreateTable).exists)
})

const texts = [
  ['x', 'CREATE TABLE x(a)'],
  ['x', 'create   table  if not  exists  x ( a /* c */ , b )  '],
  ['x', 'CREATE TABLE main . "x"(a) /* end */ ;'],
  ['if', 'CREATE TABLE IF NOT EXISTS "if"(a)'],
  [
    'x',
    'CREATE /* one */ TABLE -- two\n [x](a) STRICT, WITHOUT ROWID'.replace(
      '(a)',
      '(a TEXT PRIMARY KEY)',
    ),
  ],
  ['x', 'create view if not exists main.x(p, q) as select 1, 2'],
  ['x', 'create unique index if not exists main.x on u (a desc) where a > 1'],
  ['x', 'CREATE TABLE x AS SELECT 1 AS a, CAST(a AS TEXT), b COLLATE nocase, a || b, rowid FROM u'],
  ['x y', 'CREATE TABLE "x y" AS SELECT a AS "select", b AS "9", rowid AS "p""q" FROM u'],
  ['x', 'CREATE TABLE x AS SELECT a, b AS a, a AS a FROM u'],
  ['x', 'CREATE TABLE x AS VALUES (1, 2)'],
  [
    'x',
    'CREATE TABLE x AS SELECT CAST(a AS REAL) r, CAST(a AS INT) i, CAST(a AS NUM) n, CAST(a AS BLOB) z FROM u',
  ],
] as const

for (const [name, sql] of texts) {
  test.serial(`write: sqlite_schema keeps the text that SQLite keeps: ${sql}`, async (t) => {
    if (oracle === null) {
      t.pass()
      return
    }
    await oracle.reset(definitions.slice(0, 4).join(';\n'))
    await oracle.exec(sql)
    const rows = await oracle.query(`SELECT sql FROM sqlite_schema WHERE name = '${name}'`)
    const bound = bind(schema, sql) as { readonly sql: string; readonly name: string }
    t.is(bound.name, name)
    t.is(bound.sql, rows[0]![0] as string)
  })
}
