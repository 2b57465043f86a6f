/**
 * Samples of an index, `sqlite_stat4`: what ANALYZE writes, that SQLite goes on with such a file, and that a plan goes by how frequent a value is and not
 * by the average.
 */
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { sqliteKinds, SqliteSession } from '../support/sqlite-session.ts'
import { temporaryFolder } from '../support/temporary.ts'

/** Nine rows in ten have `kind` 1; `at` goes from 0 to 9999. */
const skewed = `
  CREATE TABLE job(id INTEGER PRIMARY KEY, kind INT, at INT, owner TEXT);
  CREATE INDEX job_kind ON job(kind);
  CREATE INDEX job_owner ON job(owner);
  CREATE INDEX job_at ON job(at DESC);
  WITH n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
    INSERT INTO job(kind, at, owner) SELECT CASE WHEN i % 10 = 0 THEN i / 10 % 50 ELSE 1 END, i, 'owner ' || (i % 300) FROM n;
`

function detail(db: Database, sql: string): string {
  return (db.prepare(`EXPLAIN QUERY PLAN ${sql}`).get() as { detail: string }).detail
}

test('samples: equality and ranges on a skewed column go by them', (t) => {
  const db = new Database(':memory:')
  db.exec(skewed)
  db.exec('ANALYZE')
  const both = (kind: number): string =>
    detail(db, `SELECT * FROM job WHERE kind = ${kind} AND owner = 'owner 7'`)
  t.is(both(1), 'SEARCH job USING INDEX job_owner (owner=?)')
  t.is(both(17), 'SEARCH job USING INDEX job_kind (kind=?)')
  const since = (at: number): string =>
    detail(db, `SELECT * FROM job WHERE at > ${at} AND owner = 'owner 7'`)
  t.is(since(9990), 'SEARCH job USING INDEX job_at (at>?)')
  t.is(since(200), 'SEARCH job USING INDEX job_owner (owner=?)')
  const among = (list: string): string =>
    detail(db, `SELECT * FROM job WHERE kind IN (${list}) AND owner = 'owner 7'`)
  t.is(among('1, 2'), 'SEARCH job USING INDEX job_owner (owner=?)')
  t.is(among('17'), 'SEARCH job USING INDEX job_kind (kind=?)')
  db.close()
})

test('samples: texts that differ in such a value do not share a plan', (t) => {
  const db = new Database(':memory:')
  db.exec(skewed)
  db.exec('ANALYZE')
  for (const kind of [17, 18, 1, 19, 1]) {
    const sql = `SELECT count(*) FROM job WHERE kind = ${kind} AND owner = 'owner 7'`
    const rows = db.prepare(sql).pluck().get()
    t.is(rows, db.prepare(sql.replace('job WHERE', 'job NOT INDEXED WHERE')).pluck().get())
    const program = db
      .explain(sql)
      .map((row) => String((row as { comment?: unknown }).comment))
      .join('\n')
    t.regex(program, kind === 1 ? /index job_owner/ : /index job_kind/)
  }
  db.close()
})

test('samples: what is written counts entries, and goes with its index and table', (t) => {
  const db = new Database(':memory:')
  db.exec(skewed)
  db.exec('CREATE TABLE small(a PRIMARY KEY); INSERT INTO small VALUES (1)')
  t.is(
    db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat4'").pluck().get(),
    0,
  )
  db.exec('ANALYZE')
  const samples = db.prepare(
    'SELECT idx, neq, nlt, ndlt FROM sqlite_stat4 WHERE tbl = ? AND idx = ? ORDER BY rowid',
  )
  const rows = samples.all('job', 'job_kind') as { neq: string; nlt: string; ndlt: string }[]
  t.true(rows.length > 8 && rows.length <= 24)
  const less = rows.map(({ nlt }) => nlt.split(' ').map(Number))
  t.deepEqual(
    less.toSorted((a, b) => a[1]! - b[1]!),
    less,
  )
  const common = rows.find(({ neq }) => Number(neq.split(' ')[0]) > 8000)!
  t.is(common.neq, `${db.prepare('SELECT count(*) FROM job WHERE kind = 1').pluck().get()} 1`)
  t.is(
    common.nlt.split(' ')[0],
    String(db.prepare('SELECT count(*) FROM job WHERE kind < 1').pluck().get()),
  )
  t.is(common.ndlt.split(' ')[0], '1')
  t.is(samples.all('small', 'sqlite_autoindex_small_1').length, 0, 'a small table has none')
  db.exec('DROP INDEX job_kind')
  t.is(samples.all('job', 'job_kind').length, 0)
  db.exec('BEGIN; ANALYZE; ROLLBACK')
  t.true(samples.all('job', 'job_at').length > 0)
  db.exec('DROP TABLE job')
  t.is(db.prepare('SELECT count(*) FROM sqlite_stat4').pluck().get(), 0)
  t.deepEqual(db.prepare('PRAGMA integrity_check').pluck().all(), ['ok'])
  db.close()
})

test('samples: SQLite goes on with the file, by them where it was built to, and we go by what it writes', async (t) => {
  const kinds = sqliteKinds().filter((kind) => kind !== 'sqlite3')
  if (kinds.length === 0) t.log('skipped: no SQLite here')
  for (const kind of kinds) {
    const path = join(temporaryFolder(), 'job.db')
    const db = new Database(path)
    db.exec(skewed)
    db.exec('ANALYZE')
    db.close()
    const session = new SqliteSession(kind, path)
    const ask = async (sql: string): Promise<string> => (await session.run(sql)).rows
    const plan = (value: number): Promise<string> =>
      ask(`EXPLAIN QUERY PLAN SELECT * FROM job WHERE kind = ${value} AND owner = 'owner 7'`)
    t.is(await ask('PRAGMA integrity_check'), 'ok')
    t.regex(await plan(1), /job_owner/, kind)
    if (kind === 'better-sqlite3') t.regex(await plan(17), /job_kind/)
    await ask('ANALYZE')
    const left = Number(await ask('SELECT count(*) FROM sqlite_stat4'))
    await session.close()
    const again = new Database(path)
    const ours = (value: number): string =>
      detail(again, `SELECT * FROM job WHERE kind = ${value} AND owner = 'owner 7'`)
    t.is(left > 0, kind === 'better-sqlite3')
    t.is(ours(1), 'SEARCH job USING INDEX job_owner (owner=?)')
    if (left > 0) t.is(ours(17), 'SEARCH job USING INDEX job_kind (kind=?)')
    again.close()
  }
  t.pass()
})
