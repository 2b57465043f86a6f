/**
 * A statement that waits between two of its slices, and what unsafe mode lets others do to its connection meanwhile: it goes on as if
 * nothing had happened, or ends with SQLITE_ABORT_ROLLBACK and leaves nothing behind; what it cannot stand is refused.
 */
import test from 'ava'
import { connectionOf } from '../../packages/engine/src/api/sync/database.ts'
import { Database, LocalConnection } from '../../packages/engine/src/index.ts'

type Db = InstanceType<typeof Database>

const rows = 400

function opened(): { readonly db: Db; readonly connection: LocalConnection } {
  const db = new Database(':memory:')
  const connection = new LocalConnection(db)
  // Slices of a few rows, however fast the machine is.
  let now = 0
  connectionOf(db).context.slice.clock = () => (now += 1000)
  db.exec(`CREATE TABLE t(id INTEGER PRIMARY KEY, a, b TEXT); CREATE INDEX t_a ON t(a);
    CREATE INDEX t_l ON t(b || a || b); CREATE INDEX t_m ON t(upper(b), lower(b), a);
    CREATE TABLE u(id INTEGER PRIMARY KEY, a UNIQUE, b); BEGIN`)
  const insert = db.prepare('INSERT INTO t(a, b) VALUES (?, ?)')
  for (let i = 0; i < rows; i++) insert.run(BigInt(i), `text ${i}`)
  db.exec('COMMIT; BEGIN; INSERT INTO u(a) VALUES (-1)')
  return { db, connection }
}

/** Runs `sql`; after its first slice `meanwhile`. Answers what came of both. */
async function between(
  { db, connection }: ReturnType<typeof opened>,
  sql: string,
  meanwhile: string,
): Promise<readonly [string, string]> {
  const running = connection.execute(sql).then(String, (error) => String(error.code ?? error))
  db.unsafeMode()
  let result = 'ok'
  try {
    db.exec(meanwhile)
  } catch (error) {
    result = (error as { code: string }).code
  }
  db.unsafeMode(false)
  return [result, await running]
}

const contents = (db: Db): unknown =>
  db
    .prepare(
      'SELECT (SELECT count(*) FROM t), (SELECT sum(a) FROM t), (SELECT count(*) FROM u), (SELECT count(*) FROM sqlite_schema)',
    )
    .raw()
    .get()

const whole = (rows * (rows - 1)) / 2

const slow = 'SELECT x.a FROM t AS x, t AS y WHERE y.id < 20 GROUP BY x.a HAVING count(*) > 0'
const changes = [
  `INSERT INTO u(a) ${slow}`,
  'UPDATE t SET a = a + (SELECT count(*) FROM t AS y WHERE y.a < t.a AND y.id < 20)',
  `DELETE FROM t WHERE (SELECT count(*) FROM t AS y WHERE y.a <= t.a AND y.id < 20) >= 0`,
  `INSERT INTO u(a) ${slow} RETURNING id`,
]
const rebuilds = [
  "CREATE INDEX t_b ON t(b || 'x', a, b || 'y')",
  `CREATE TABLE z AS ${slow}`,
  'REINDEX t',
]

test('suspended statements: after ROLLBACK a change is over', async (t) => {
  for (const sql of [...changes, ...rebuilds]) {
    const state = opened()
    const results = await between(state, sql, 'ROLLBACK')
    t.deepEqual(results, ['ok', 'SQLITE_ABORT_ROLLBACK'], sql)
    t.false(state.db.inTransaction)
    t.deepEqual(contents(state.db), [rows, whole, 0, 6], sql)
    t.is(state.db.pragma('integrity_check', { simple: true }), 'ok')
    state.db.close()
  }
})

test('suspended statements: a transaction that has begun meanwhile is not touched', async (t) => {
  for (const sql of [...changes, ...rebuilds]) {
    const state = opened()
    const next = 'ROLLBACK; BEGIN; INSERT INTO u(a) VALUES (-7), (-8)'
    t.deepEqual(await between(state, sql, next), ['ok', 'SQLITE_ABORT_ROLLBACK'], sql)
    t.true(state.db.inTransaction)
    t.deepEqual(contents(state.db), [rows, whole, 2, 6], sql)
    state.db.exec('COMMIT')
    t.is(state.db.pragma('integrity_check', { simple: true }), 'ok')
    state.db.close()
  }
})

test('suspended statements: rows that are given up after ROLLBACK leave nothing', async (t) => {
  const { db, connection } = opened()
  const found = await connection.query(`INSERT INTO u(a) ${slow} RETURNING id`)
  const pending = found.next().catch((error) => error.code)
  db.unsafeMode()
  db.exec('ROLLBACK')
  db.unsafeMode(false)
  found.close()
  await pending
  t.false(db.inTransaction)
  t.deepEqual(contents(db), [rows, whole, 0, 6])
  t.is(await connection.execute('INSERT INTO u(a) VALUES (1)'), 1)
  db.close()
})

const reads = ['SELECT count(*) FROM t', 'PRAGMA integrity_check']
const writes = [
  'INSERT INTO t(a) VALUES (-5)',
  'DELETE FROM t',
  'UPDATE t SET a = a + 1',
  'DELETE FROM u',
  'CREATE TABLE zz(a)',
  'CREATE INDEX t_c ON t(b)',
  'DROP INDEX t_a',
  'DROP TABLE u',
  'REINDEX',
]
const queries = [
  `SELECT count(*) FROM (${slow})`,
  'SELECT sum(x.a > y.a) FROM t AS x, t AS y WHERE y.id < 20 AND x.a >= 0',
]

test('suspended statements: nothing is written beside one', async (t) => {
  for (const sql of [...changes, ...rebuilds, ...queries]) {
    const state = opened()
    for (const other of writes) {
      const [refused, result] = await between(state, sql, other)
      t.is(refused, 'SQLITE_LOCKED', `${sql}; ${other}`)
      t.regex(result, /^\d+$/, `${sql}; ${other}`)
      state.db.exec(other)
      t.is(state.db.pragma('integrity_check', { simple: true }), 'ok', `${sql}; ${other}`)
      state.db.exec('ROLLBACK; BEGIN')
    }
    state.db.close()
  }
})

test('suspended statements: who builds a tree is not looked at either', async (t) => {
  for (const sql of [...changes, ...rebuilds, ...queries]) {
    const state = opened()
    for (const other of reads) {
      const wanted = rebuilds.includes(sql) ? 'SQLITE_LOCKED' : 'ok'
      const [came, result] = await between(state, sql, other)
      t.is(came, wanted, `${sql}; ${other}`)
      t.regex(result, /^\d+$/, `${sql}; ${other}`)
      state.db.exec('ROLLBACK; BEGIN')
    }
    state.db.close()
  }
})

test('suspended statements: a query does not go on in a transaction that is gone', async (t) => {
  for (const sql of queries) {
    const state = opened()
    t.deepEqual(await between(state, sql, 'ROLLBACK'), ['ok', 'SQLITE_ABORT_ROLLBACK'])
    t.deepEqual(contents(state.db), [rows, whole, 0, 6])
    state.db.close()
  }
})
