/**
 * What the connection does by itself and at length (ANALYZE, VACUUM, ALTER TABLE, PRAGMA optimize), in slices under a clock that is late whenever it is looked at: what
 * it leaves behind is what one go leaves; given up between two slices it leaves nothing.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { connectionOf } from '../../packages/engine/src/api/sync/database.ts'
import { Database, LocalConnection, rowsInSlices } from '../../packages/engine/src/index.ts'

type Db = InstanceType<typeof Database>

const folder = mkdtempSync(join(tmpdir(), 'chorusdb-actions-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const rows = 1000
const setUp = `
  CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT, c BLOB);
  CREATE INDEX t_ab ON t(a, b);
  CREATE TABLE plain(x, y);
  CREATE TABLE w(k TEXT, n INT, v TEXT, PRIMARY KEY (k, n)) WITHOUT ROWID;
  CREATE VIEW v AS SELECT a FROM t;
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO t SELECT i, i % 7, 'text ' || (i * 31 % 1000), CASE i % 50 WHEN 0 THEN zeroblob(9000) ELSE x'0102' END FROM n;
  INSERT INTO plain SELECT a, b FROM t;
  DELETE FROM plain WHERE y LIKE '%7';
  INSERT INTO w SELECT b, id, CASE id % 40 WHEN 0 THEN zeroblob(7000) ELSE 'v' || a END FROM t;`

/** As long as the clock is late, every look at it ends a slice. */
function makeLate(db: Db): void {
  let now = 0
  connectionOf(db).context.slice.clock = () => (now += 1000)
}

function opened(path = ':memory:'): Db {
  const db = new Database(path)
  db.exec(setUp)
  return db
}

/** A hash of all rows of all tables, and the schema. */
function contents(db: Db): unknown {
  const schema = db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').raw().all()
  const tables = (schema as string[][]).filter(([type]) => type === 'table').map(([, name]) => name)
  const hash = createHash('sha256')
  for (const name of tables) {
    for (const row of db.prepare(`SELECT * FROM "${name}"`).raw().iterate() as Iterable<
      unknown[]
    >) {
      for (const value of row) hash.update(value instanceof Uint8Array ? value : String(value))
    }
  }
  return [schema, hash.digest('hex')]
}

/** Runs it in slices; answers how often the loop had its turn. */
async function turnsOf(db: Db, sql: string, params: readonly unknown[] = []): Promise<number> {
  let turns = 0
  let isDone = false
  const turn = (): void => {
    turns++
    if (!isDone) setImmediate(turn)
  }
  setImmediate(turn)
  try {
    for await (const _ of rowsInSlices(db, sql, params)) void _
  } finally {
    isDone = true
  }
  return turns
}

const actions = [
  'ANALYZE',
  'ANALYZE t_ab',
  'ANALYZE w',
  'PRAGMA optimize(0x10002)',
  'VACUUM',
  'ALTER TABLE t DROP COLUMN c',
  'ALTER TABLE w DROP COLUMN v',
  'ALTER TABLE t ADD COLUMN d INT CHECK (a < 10)',
  'ALTER TABLE t ADD CHECK (a < 10)',
  'ALTER TABLE t ALTER COLUMN b SET NOT NULL',
]

test('slices of actions: they leave what one go leaves', async (t) => {
  for (const sql of actions) {
    const whole = opened()
    const sliced = opened()
    whole.exec(sql)
    makeLate(sliced)
    const turns = await turnsOf(sliced, sql)
    t.true(turns >= 10, `${sql}: ${turns} turns`)
    t.deepEqual(contents(sliced), contents(whole), sql)
    t.is(sliced.pragma('integrity_check', { simple: true }), 'ok', sql)
    t.false(sliced.inTransaction)
    t.deepEqual(
      sliced.prepare('SELECT changes(), total_changes(), last_insert_rowid()').raw().get(),
      whole.prepare('SELECT changes(), total_changes(), last_insert_rowid()').raw().get(),
      sql,
    )
    whole.close()
    sliced.close()
  }
})

test('slices of actions: VACUUM of a file, and into one, leave the same pages', async (t) => {
  const db = opened(join(folder, 'vacuumed.db'))
  const before = contents(db)
  db.exec(`VACUUM INTO '${join(folder, 'whole.db')}'`)
  makeLate(db)
  t.true((await turnsOf(db, 'VACUUM INTO ?', [join(folder, 'sliced.db')])) >= 5)
  t.true((await turnsOf(db, 'VACUUM')) >= 5)
  const pages = db.pragma('page_count', { simple: true })
  t.is(db.pragma('freelist_count', { simple: true }), 0)
  for (const name of ['whole.db', 'sliced.db']) {
    const copy = new Database(join(folder, name))
    t.deepEqual(contents(copy), before)
    t.is(copy.pragma('page_count', { simple: true }), pages)
    t.is(copy.pragma('integrity_check', { simple: true }), 'ok')
    copy.close()
  }
  t.deepEqual(contents(db), before)
  db.close()
})

test('slices of actions: what is given up in the middle leaves nothing', async (t) => {
  for (const isInside of [false, true]) {
    for (const sql of actions) {
      if (isInside && (sql === 'VACUUM' || sql.startsWith('PRAGMA'))) continue
      const db = opened()
      makeLate(db)
      if (isInside) db.exec("BEGIN; UPDATE t SET b = 'before' WHERE id = 1")
      const before = contents(db)
      const stop = new AbortController()
      setImmediate(() => setImmediate(() => stop.abort()))
      const stopped = async (): Promise<void> => {
        for await (const _ of rowsInSlices(db, sql, [], stop.signal)) void _
      }
      await t.throwsAsync(stopped(), { code: 'SQLITE_INTERRUPT' }, sql)
      t.is(db.inTransaction, isInside, sql)
      t.deepEqual(contents(db), before, sql)
      if (isInside) db.exec('COMMIT')
      t.deepEqual(contents(db), before, sql)
      t.is(db.pragma('integrity_check', { simple: true }), 'ok', sql)
      db.exec(sql)
      t.is(db.pragma('integrity_check', { simple: true }), 'ok', sql)
      db.close()
    }
  }
})

test('slices of actions: a VACUUM INTO that is given up leaves no file', async (t) => {
  const db = opened()
  makeLate(db)
  const path = join(folder, 'given-up.db')
  const stop = new AbortController()
  setImmediate(() => setImmediate(() => stop.abort()))
  const stopped = async (): Promise<void> => {
    for await (const _ of rowsInSlices(db, 'VACUUM INTO ?', [path], stop.signal)) void _
  }
  await t.throwsAsync(stopped(), { code: 'SQLITE_INTERRUPT' })
  t.false(existsSync(path))
  db.exec(`VACUUM INTO '${path}'`)
  db.close()
})

test('slices of actions: they fail as in one go, and leave nothing', async (t) => {
  const taken = join(folder, 'taken.db')
  const failing: [string, string][] = [
    ['ALTER TABLE t ADD COLUMN d INT CHECK (a < 6)', 'CHECK constraint failed'],
    ['ALTER TABLE t ADD CHECK (a < 6)', 'constraint failed'],
    ['ALTER TABLE t DROP COLUMN a', 'error in index t_ab after drop column: no such column: a'],
    ['ANALYZE missing', 'no such table: missing'],
    [`VACUUM INTO '${taken}'`, 'output file already exists'],
  ]
  const other = opened(taken)
  for (const [sql, message] of failing) {
    const db = opened()
    makeLate(db)
    const before = contents(db)
    await t.throwsAsync(turnsOf(db, sql), { message }, sql)
    t.deepEqual(contents(db), before, sql)
    t.false(db.inTransaction)
    db.close()
  }
  other.close()
})

test('slices of actions: what may run beside them on their connection', async (t) => {
  for (const [sql, reads] of [
    ['ANALYZE', true],
    ['VACUUM', false],
    ['ALTER TABLE t DROP COLUMN c', false],
  ] as const) {
    const db = opened()
    makeLate(db)
    const connection = new LocalConnection(db)
    const running = connection.execute(sql)
    db.unsafeMode()
    const read = (): unknown => db.prepare('SELECT count(*) FROM t').pluck().get()
    if (reads) t.is(read(), rows)
    else t.throws(read, { code: 'SQLITE_LOCKED' }, sql)
    t.throws(() => db.exec('DELETE FROM plain'), { code: 'SQLITE_LOCKED' }, sql)
    db.unsafeMode(false)
    await running
    t.is(db.pragma('integrity_check', { simple: true }), 'ok')
    db.close()
  }
})

test('slices of actions: after ROLLBACK they are over', async (t) => {
  for (const sql of ['ANALYZE', 'ALTER TABLE t DROP COLUMN c']) {
    const db = opened()
    const before = contents(db)
    makeLate(db)
    const connection = new LocalConnection(db)
    db.exec('BEGIN; INSERT INTO plain VALUES (1, 2)')
    const running = connection.execute(sql)
    db.unsafeMode()
    db.exec('ROLLBACK')
    db.unsafeMode(false)
    await t.throwsAsync(running, { code: 'SQLITE_ABORT_ROLLBACK' }, sql)
    t.deepEqual(contents(db), before, sql)
    db.exec(sql)
    t.is(db.pragma('integrity_check', { simple: true }), 'ok')
    db.close()
  }
})
