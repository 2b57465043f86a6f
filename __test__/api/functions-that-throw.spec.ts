/** What a function or a collation of the user's throws takes back its statement and no more, whatever the statement and whoever runs it. */
import test from 'ava'
import { Database, LocalConnection } from '../../packages/engine/src/index.ts'

type Db = InstanceType<typeof Database>

const setup = `
  CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 1), (2, 2);
  CREATE TABLE s(a, b); INSERT INTO s VALUES (1, 'x'), (2, 'y'), (3, 'a');
  CREATE TABLE u(a PRIMARY KEY, b); INSERT INTO u VALUES (1, 1);
  CREATE TABLE w(x TEXT COLLATE c UNIQUE); CREATE INDEX w_x ON w(x || '1'); INSERT INTO w VALUES ('a'), ('d'), ('q');
  CREATE TABLE checked(a CHECK (a = 5 OR f(a))); CREATE TABLE partial(a); CREATE INDEX p ON partial(a) WHERE f(a);
  INSERT INTO partial VALUES (3);
  CREATE TABLE k(a TEXT COLLATE c PRIMARY KEY, b) WITHOUT ROWID; INSERT INTO k VALUES ('a', 1), ('x', 2);
  ATTACH ':memory:' AS other; CREATE TABLE other.o(a);
  BEGIN; INSERT INTO t VALUES (100, 100)`

const statements = `
  INSERT INTO t VALUES (f(1), 2); INSERT INTO t SELECT f(a), b FROM s; INSERT INTO t VALUES (1, 2), (f(3), 3);
  INSERT INTO t VALUES (1, 2) RETURNING f(a); WITH q AS (SELECT f(1) AS x) INSERT INTO t SELECT x, x FROM q;
  INSERT INTO u VALUES (1, 2) ON CONFLICT (a) DO UPDATE SET b = f(b); INSERT OR REPLACE INTO u VALUES (1, f(2));
  INSERT INTO u VALUES (9, 2), (1, 3) ON CONFLICT (a) DO UPDATE SET b = f(b); INSERT INTO w VALUES ('k');
  INSERT OR IGNORE INTO u VALUES (7, 1), (8, f(2)); INSERT INTO checked VALUES (5), (1); INSERT INTO partial VALUES (1);
  INSERT INTO k VALUES (f(1), 1); INSERT INTO k VALUES ('b', 1), ('c', 2); INSERT INTO other.o VALUES (f(1));
  UPDATE t SET a = f(a); UPDATE t SET a = f(a) WHERE rowid = 1; UPDATE t SET b = 1 WHERE f(a);
  UPDATE t SET a = a + 1 RETURNING f(a); UPDATE w SET x = x || 1; UPDATE partial SET a = 1; UPDATE k SET a = f(a);
  DELETE FROM t WHERE f(a); DELETE FROM t WHERE rowid = f(1); DELETE FROM t RETURNING f(a);
  CREATE TABLE z AS SELECT f(a) FROM s; CREATE TABLE z AS SELECT a FROM s ORDER BY b COLLATE c;
  CREATE TABLE other.z AS SELECT f(a) FROM s; CREATE TEMP TABLE z AS SELECT f(a) FROM s;
  CREATE INDEX i ON s(f(a)); CREATE INDEX i ON s(b COLLATE c); CREATE UNIQUE INDEX i ON s(b COLLATE c); REINDEX w;
  SELECT f(a) FROM s; SELECT a FROM s ORDER BY b COLLATE c`
  .split(';')
  .map((sql) => sql.trim())

const error = new RangeError('of the function')

function opened(): { readonly db: Db; readonly state: { fails: boolean } } {
  const db = new Database(':memory:')
  const state = { fails: false }
  const check = (): void => {
    if (state.fails) throw error
  }
  db.function('f', { deterministic: true }, (x: unknown) => {
    check()
    return x
  })
  db.collation('c', (a, b) => {
    check()
    return a < b ? -1 : a > b ? 1 : 0
  })
  db.exec(setup)
  return { db, state }
}

const tables = [
  't',
  's',
  'u',
  'w',
  'checked',
  'partial',
  'k',
  'other.o',
  'sqlite_schema',
  'temp.sqlite_schema',
]

const contents = (db: Db): unknown =>
  tables.map((name) => db.prepare(`SELECT * FROM ${name}`).raw().all())

async function runsAsync(db: Db, sql: string): Promise<void> {
  const connection = new LocalConnection(db)
  if (!db.prepare(sql).reader) return void (await connection.execute(sql))
  for await (const row of await connection.query(sql)) void row
}

function runs(db: Db, sql: string): void {
  const statement = db.prepare(sql)
  if (statement.reader) statement.all()
  else statement.run()
}

for (const [face, run] of [
  ['synchronous', async (db: Db, sql: string) => runs(db, sql)],
  ['asynchronous', runsAsync],
] as const) {
  test(`functions that throw: the statement alone is taken back, ${face}`, async (t) => {
    for (const sql of statements) {
      const { db, state } = opened()
      const before = contents(db)
      state.fails = true
      const thrown: unknown = await run(db, sql).catch((reason: unknown) => reason)
      state.fails = false
      t.is(thrown, error, sql)
      t.true(db.inTransaction, sql)
      t.deepEqual(contents(db), before, sql)
      t.is(db.pragma('integrity_check', { simple: true }), 'ok', sql)
      db.close()
    }
  })
}
