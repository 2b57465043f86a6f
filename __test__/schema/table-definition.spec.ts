/**
 * From CREATE TABLE to a table: which columns, which indexes, what is refused. SQLite describes the same tables by
 * its pragmas, and refuses the same definitions in the same words.
 */
import test from 'ava'
import { SqliteError } from '../../packages/engine/src/base/error.ts'
import { tableFromDefinition, type Table } from '../../packages/engine/src/schema/index.ts'
import { openOracle } from '../support/oracle.ts'
import { makeSchema, parse } from './make-schema.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

function tableOf(sql: string): Table {
  const statement = parse(sql)
  if (statement.kind !== 'create-table') throw new TypeError(sql)
  return tableFromDefinition(statement, sql, 2)
}

const definitions = [
  'CREATE TABLE t(a, b TEXT, c INT NOT NULL, d DOUBLE PRECISION DEFAULT 1.5, e VARCHAR(10) DEFAULT x)',
  "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT DEFAULT 'it''s', w DEFAULT ( 1 + 2 ), x DEFAULT - 5)",
  'CREATE TABLE t(a INTEGER PRIMARY KEY DESC, b)',
  'CREATE TABLE t(a integer, b, PRIMARY KEY(a DESC))',
  'CREATE TABLE t(a INT PRIMARY KEY, b UNIQUE)',
  'CREATE TABLE t(a, b, c, PRIMARY KEY(c, a), UNIQUE(b, c))',
  'CREATE TABLE t(a UNIQUE, b UNIQUE, UNIQUE(a), UNIQUE(a, b), PRIMARY KEY(b))',
  'CREATE TABLE t(a TEXT COLLATE NOCASE UNIQUE, b UNIQUE COLLATE RTRIM, UNIQUE(a COLLATE BINARY))',
  'CREATE TABLE t(a UNIQUE, b UNIQUE, c INTEGER PRIMARY KEY, UNIQUE(a DESC), UNIQUE(c))',
  'CREATE TABLE t(a TEXT, b INT, PRIMARY KEY(b, a)) WITHOUT ROWID',
  'CREATE TABLE t(a UNIQUE, c INTEGER PRIMARY KEY, UNIQUE(c, a)) WITHOUT ROWID',
  'CREATE TABLE t(a INT, b TEXT PRIMARY KEY, c ANY, d BLOB, e REAL) STRICT',
  'CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT) STRICT',
]

for (const sql of definitions) {
  test.serial(`table definition: columns and indexes are SQLite's: ${sql}`, async (t) => {
    if (oracle === null) {
      t.pass()
      return
    }
    await oracle.reset(sql)
    const table = makeSchema([sql]).tables.get('t')!
    const columns = table.columns.map((c) => [
      c.name,
      c.type,
      c.notNull === null ? 0 : 1,
      c.defaultText,
      c.primaryKeyPlace,
    ])
    t.deepEqual(
      columns as unknown[],
      await oracle.query(
        "SELECT name, type, [notnull], dflt_value, pk FROM pragma_table_info('t')",
      ),
    )
    const listed = await oracle.query(
      "SELECT name, [unique], origin FROM pragma_index_list('t') ORDER BY name",
    )
    const ours = table.indexes
      .map((index) => [index.name, index.unique ? 1 : 0, index.origin])
      .sort((x, y) => (String(x[0]) < String(y[0]) ? -1 : 1))
    t.deepEqual(ours as unknown[], listed)
    for (const index of table.indexes) {
      const info = await oracle.query(
        `SELECT name, [desc], coll FROM pragma_index_xinfo('${index.name}') WHERE key = 1 ORDER BY seqno`,
      )
      const keys = index.columns.map(({ column, descending, collation }) => [
        table.columns[column === -1 ? table.rowidAlias : column]!.name,
        descending ? 1 : 0,
        collation,
      ])
      t.deepEqual(keys as unknown[], info.slice(0, keys.length), index.name)
    }
  })
}

const refused = [
  'CREATE TABLE t(a, A)',
  'CREATE TABLE t(a INTEGER PRIMARY KEY, b PRIMARY KEY)',
  'CREATE TABLE t(a PRIMARY KEY, b, PRIMARY KEY(b))',
  'CREATE TABLE t(a TEXT PRIMARY KEY AUTOINCREMENT)',
  'CREATE TABLE t(a INTEGER PRIMARY KEY DESC AUTOINCREMENT)',
  'CREATE TABLE t(a, PRIMARY KEY(a AUTOINCREMENT))',
  'CREATE TABLE t(a INT, b) WITHOUT ROWID',
  'CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT) WITHOUT ROWID',
  'CREATE TABLE t(a, PRIMARY KEY(b))',
  'CREATE TABLE t(a, UNIQUE(b))',
  'CREATE TABLE t(a, UNIQUE(a + 1))',
  'CREATE TABLE t(a, UNIQUE(a NULLS FIRST))',
  'CREATE TABLE t(a UNIQUE ON CONFLICT IGNORE, UNIQUE(a) ON CONFLICT REPLACE)',
  'CREATE TABLE t(a REFERENCES x(q, r))',
  'CREATE TABLE t(a, FOREIGN KEY(z) REFERENCES x(q))',
  'CREATE TABLE t(a, FOREIGN KEY(a) REFERENCES x(q, r))',
  'CREATE TABLE t(a DEFAULT (b))',
  'CREATE TABLE t(a DEFAULT (1 + b))',
  'CREATE TABLE t(a DEFAULT (?))',
  'CREATE TABLE t(a DEFAULT ((SELECT 1)))',
  'CREATE TABLE t(a VARCHAR) STRICT',
  'CREATE TABLE t(a) STRICT',
  'CREATE TABLE t(a COLLATE foo)',
  'CREATE TABLE t(a, UNIQUE(a COLLATE foo))',
  'CREATE TABLE t(a AS (1))',
  'CREATE TABLE t(a, b AS (a), PRIMARY KEY(b))',
]

for (const sql of refused) {
  test.serial(`table definition: refused as SQLite refuses it: ${sql}`, async (t) => {
    const error = t.throws(() => tableOf(sql), { instanceOf: SqliteError })
    if (oracle === null) return
    await oracle.reset('')
    const theirs = await t.throwsAsync(oracle.exec(sql))
    t.is(error.message, theirs.message)
  })
}

test('table definition: the rowid alias is the column of exactly the type INTEGER', (t) => {
  t.is(tableOf('CREATE TABLE t(x, a integer PRIMARY KEY)').rowidAlias, 1)
  t.is(tableOf('CREATE TABLE t(a INT PRIMARY KEY)').rowidAlias, -1)
  t.is(tableOf('CREATE TABLE t(a INTEGER PRIMARY KEY DESC)').rowidAlias, -1)
  t.is(tableOf('CREATE TABLE t(a INTEGER, PRIMARY KEY(a DESC))').rowidAlias, 0)
  t.is(tableOf('CREATE TABLE t(a INTEGER PRIMARY KEY) WITHOUT ROWID').rowidAlias, -1)
})

test('table definition: a WITHOUT ROWID table has its own tree among its indexes', (t) => {
  const table = tableOf('CREATE TABLE t(a UNIQUE, b, PRIMARY KEY(b, a)) WITHOUT ROWID')
  t.deepEqual(
    table.indexes.map(({ name, root, origin }) => [name, root, origin]),
    [
      ['sqlite_autoindex_t_1', 0, 'u'],
      ['sqlite_autoindex_t_2', 2, 'pk'],
    ],
  )
  t.is(table.columns[1]!.notNull, 'ABORT')
})

test('table definition: checks are called by their name or by their text', (t) => {
  const { checks } = tableOf(
    'CREATE TABLE t(a CHECK( (a) > (1) ), "b c" CHECK("b c" < 5), CONSTRAINT nm CHECK(a <> 3))',
  )
  t.deepEqual(
    checks.map(({ name, text }) => [name, text]),
    [
      [null, '(a) > (1)'],
      [null, 'b c'],
      ['nm', 'a <> 3'],
    ],
  )
})

test('table definition: names fold ASCII letters only', (t) => {
  t.notThrows(() => tableOf('CREATE TABLE t(É, é)'))
  t.throws(() => tableOf('CREATE TABLE t(Éa, ÉA)'), { message: 'duplicate column name: ÉA' })
})
