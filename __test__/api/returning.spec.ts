/** RETURNING through the faces: rows in every shape, what is changed when, how a statement ends. */
import { join } from 'node:path'
import test from 'ava'
import { Builder, Database, SqliteError } from '../../packages/engine/src/index.ts'
import { temporaryFolder } from '../support/temporary.ts'

function open(): Database {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INT UNIQUE)')
  db.exec("INSERT INTO t VALUES (1, 'x', 10), (2, 'y', 20), (3, 'z', 30)")
  return db
}

const countOf = (db: Database): unknown => db.prepare('SELECT count(*) FROM t').pluck().get()

test('returning: a statement that changes rows and returns them is a reader that is not readonly', (t) => {
  const db = open()
  const statement = db.prepare('UPDATE t SET a = ? WHERE id < ? RETURNING id, a AS name, b + 1')
  t.true(statement.reader)
  t.false(statement.readonly)
  t.deepEqual(statement.columns(), [
    { name: 'id', column: 'id', table: 't', database: 'main', type: 'INTEGER' },
    { name: 'name', column: 'a', table: 't', database: 'main', type: 'TEXT' },
    { name: 'b + 1', column: null, table: null, database: null, type: null },
  ])
  t.deepEqual(statement.all('q', 3), [
    { id: 1, name: 'q', 'b + 1': 11 },
    { id: 2, name: 'q', 'b + 1': 21 },
  ])
  db.close()
})

test('returning: rows have the shape that the statement is switched to', (t) => {
  const db = open()
  const statement = db.prepare('DELETE FROM t WHERE id = ? RETURNING id, a')
  t.deepEqual(statement.raw().get(1), [1, 'x'])
  t.is(statement.raw(false).pluck().get(2), 2)
  t.deepEqual(statement.pluck(false).expand().safeIntegers().get(3), { t: { id: 3n, a: 'z' } })
  t.is(statement.get(3), undefined)
  t.is(countOf(db), 0)
  db.close()
})

test('returning: get makes all changes, and answers the first row', (t) => {
  const db = open()
  t.deepEqual(db.prepare('UPDATE t SET b = b + 1 RETURNING b').get(), { b: 11 })
  t.deepEqual(db.prepare('SELECT b FROM t').pluck().all(), [11, 21, 31])
  t.false(db.inTransaction)
  db.close()
})

test('returning: run makes all changes, and counts them', (t) => {
  const db = open()
  t.deepEqual(db.prepare("INSERT INTO t(a) VALUES ('q'), ('r') RETURNING id").run(), {
    changes: 2,
    lastInsertRowid: 5,
  })
  t.deepEqual(db.prepare('DELETE FROM t WHERE id > 3 RETURNING *').run(), {
    changes: 2,
    lastInsertRowid: 5,
  })
  t.deepEqual(db.prepare('DELETE FROM t WHERE id > 3 RETURNING *').run(), {
    changes: 0,
    lastInsertRowid: 5,
  })
  db.exec('DELETE FROM t RETURNING id')
  t.is(countOf(db), 0)
  db.close()
})

test('returning: an iterator makes all changes with its first row, and commits when it ends', (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const db = new Database(path)
  db.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, a)')
  const other = (): unknown => db.prepare('SELECT count(*) FROM t').pluck().get()
  const rows = db.prepare("INSERT INTO t(a) VALUES ('x'), ('y'), ('z') RETURNING id").iterate()
  t.is(other(), 0)
  t.deepEqual(rows.next().value, { id: 1 })
  t.is(other(), 3)
  t.throws(() => db.exec('DELETE FROM t'), { instanceOf: TypeError })
  t.deepEqual(rows.return!().done, true)
  db.close()
  const again = new Database(path)
  t.is(again.prepare('SELECT count(*) FROM t').pluck().get(), 3)
  t.is(again.prepare('SELECT total_changes()').pluck().get(), 0)
  again.close()
})

test('returning: an iterator that is left early has counted its changes', (t) => {
  const db = open()
  for (const row of db.prepare('UPDATE t SET b = -b RETURNING b').pluck().iterate()) {
    t.is(row, -10)
    break
  }
  t.is(db.prepare('SELECT changes()').pluck().get(), 3)
  t.deepEqual(db.prepare('SELECT b FROM t ORDER BY id').pluck().all(), [-10, -20, -30])
  db.close()
})

test('returning: a statement that fails half-way returns nothing and changes nothing', (t) => {
  const db = open()
  const insert = "INSERT INTO t(a, b) VALUES ('q', 40), ('r', 10) RETURNING id"
  for (const way of ['all', 'get', 'run'] as const) {
    const error = t.throws(() => db.prepare(insert)[way](), { instanceOf: SqliteError })
    t.is(error.code, 'SQLITE_CONSTRAINT_UNIQUE')
  }
  t.throws(() => [...db.prepare(insert).iterate()], { instanceOf: SqliteError })
  t.is(countOf(db), 3)
  db.exec('BEGIN')
  t.throws(() => db.prepare(insert).all(), { instanceOf: SqliteError })
  t.true(db.inTransaction)
  t.is(countOf(db), 3)
  db.exec('COMMIT')
  db.close()
})

test('returning: a savepoint takes back what was returned', (t) => {
  const db = open()
  db.exec('SAVEPOINT s')
  t.is(db.prepare('DELETE FROM t RETURNING id').pluck().all().length, 3)
  db.exec('ROLLBACK TO s; RELEASE s')
  t.is(countOf(db), 3)
  db.close()
})

test('returning: rows that outgrow the memory limit come in order', (t) => {
  const db = open()
  db.pragma('cache_size = 10')
  db.exec('CREATE TABLE big(id INTEGER PRIMARY KEY, a TEXT)')
  const insert = `WITH n(i) AS (SELECT x.b * 100 + y.b FROM t AS x, t AS y) INSERT INTO big(a) SELECT printf('%.*c', 500, 'x') FROM t AS a, t AS b, t AS c, t AS d, t AS e, t AS f RETURNING id, a`
  const rows = db.prepare(insert).raw().all() as [number, string][]
  t.is(rows.length, 729)
  t.true(rows.every(([id, a], i) => id === i + 1 && a.length === 500))
  const seen = [...db.prepare('DELETE FROM big RETURNING id').pluck().iterate()]
  t.deepEqual(
    seen,
    Array.from({ length: 729 }, (_, i) => i + 1),
  )
  db.close()
})

test('returning: functions of the application run once for each row, and may look at the table', (t) => {
  const db = open()
  const seen: unknown[] = []
  db.function('look', { reentrant: true }, (id: number) => {
    seen.push(id)
    return countOf(db)
  })
  const rows = db.prepare('DELETE FROM t RETURNING id, look(id) AS left').all()
  t.deepEqual(rows, [
    { id: 1, left: 2 },
    { id: 2, left: 1 },
    { id: 3, left: 0 },
  ])
  t.deepEqual(seen, [1, 2, 3])
  db.close()
})

test('returning: a function that writes sees and is seen', (t) => {
  const db = open()
  db.exec('CREATE TABLE log(id)')
  db.function('note', { reentrant: true }, (id: number) => {
    db.prepare('INSERT INTO log VALUES (?)').run(id)
    return id
  })
  t.deepEqual(db.prepare('UPDATE t SET b = b + 1 RETURNING note(id)').pluck().all(), [1, 2, 3])
  t.deepEqual(db.prepare('SELECT id FROM log').pluck().all(), [1, 2, 3])
  db.function('fail', () => {
    throw new Error('no')
  })
  t.throws(() => db.prepare('UPDATE t SET b = b + 1 RETURNING note(id), fail()').all(), {
    message: 'no',
  })
  t.is(db.prepare('SELECT count(*) FROM log').pluck().get(), 3)
  db.close()
})

test("returning: BLOBs are copies of the application's own", (t) => {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE t(a)')
  const bytes = Buffer.from('abc')
  const row = db.prepare('INSERT INTO t VALUES (?) RETURNING a').pluck().get(bytes) as Buffer
  t.deepEqual(row, bytes)
  row[0] = 0
  t.deepEqual(bytes, Buffer.from('abc'))
  t.deepEqual(db.prepare('SELECT a FROM t').pluck().get(), bytes)
  db.close()
})

test('returning: by the builder, and with several processes', async (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const database = await Builder.newLocal(path).experimentalMultiprocessWal(true).build()
  const first = database.connect()
  const second = database.connect()
  await first.executeBatch('CREATE TABLE t(a); INSERT INTO t VALUES (1) RETURNING a')
  t.is(await first.execute('INSERT INTO t VALUES (2), (3) RETURNING a'), 2)
  const rows = await second.query('DELETE FROM t WHERE a > ? RETURNING a', [1])
  t.deepEqual(rows.columnNames, ['a'])
  t.deepEqual(await rows.next(), { a: 2 })
  t.deepEqual(await rows.next(), { a: 3 })
  t.is(await rows.next(), undefined)
  const left = await first.query('SELECT * FROM t')
  t.deepEqual(await left.next(), { a: 1 })
  left.close()
  first.close()
  second.close()
})

test('returning: EXPLAIN QUERY PLAN tells of the queries that are asked for each row', (t) => {
  const db = open()
  const details = (sql: string): unknown[] =>
    db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((row) => (row as { detail: string }).detail)
  t.deepEqual(
    details(
      'DELETE FROM t RETURNING (SELECT max(b) FROM t), (SELECT 1 FROM t AS z WHERE z.id = t.b)',
    ),
    [
      'SCAN t',
      'CORRELATED SCALAR SUBQUERY 1',
      'SEARCH t USING COVERING INDEX sqlite_autoindex_t_1',
      'CORRELATED SCALAR SUBQUERY 2',
      'SEARCH z USING INTEGER PRIMARY KEY (rowid=?)',
    ],
  )
  db.close()
})
