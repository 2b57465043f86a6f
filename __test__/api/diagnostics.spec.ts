/** What the channels of `diagnostics_channel` tell, on each face; and that nobody who listens changes what a statement does. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import {
  Builder,
  connect,
  Database,
  type CheckpointMessage,
  type DiagnosticsMessages,
  type StatementMessage,
  type WaitMessage,
} from '../../packages/engine/src/index.ts'
import { DatabaseSync } from '../../packages/engine/src/node-sqlite.ts'
import { temporaryFolder } from '../support/temporary.ts'

const shared = { experimental: ['multiprocess_wal'] }
const newPath = (): string => join(temporaryFolder(), 'a.db')

/** What is told of one file: other tests run beside this one. */
function listening<Name extends keyof DiagnosticsMessages>(
  t: ExecutionContext,
  name: Name,
  path: string,
): DiagnosticsMessages[Name][] {
  const told: DiagnosticsMessages[Name][] = []
  const hear = (message: unknown): void => {
    const known = message as DiagnosticsMessages[Name]
    if (known.database === path) told.push(known)
  }
  subscribe(name, hear)
  t.teardown(() => unsubscribe(name, hear))
  return told
}

const short = ({ sql, rows, changes, error }: StatementMessage): unknown[] =>
  error === undefined
    ? [sql, rows, changes]
    : [sql, rows, changes, error instanceof Error ? error.message : error]

test.serial('statements of Database: how many rows, changes, and what failed', (t) => {
  const path = newPath()
  const db = new Database(path)
  db.exec('CREATE TABLE quiet(a)')
  const known = db.prepare('SELECT a FROM t2 UNION ALL SELECT 7'.replace('t2', 'quiet'))
  const told = listening(t, 'chorusdb:statement', path)
  const before = Date.now()
  db.exec('CREATE TABLE t(a INTEGER PRIMARY KEY, b); ; INSERT INTO t VALUES (1, 2), (3, 4) ;')
  db.exec(
    'CREATE TABLE log(x); CREATE TRIGGER g AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (new.a); END',
  )
  t.is(known.get() && told.length, 5)
  db.prepare('SELECT * FROM t').all()
  db.prepare('SELECT * FROM t WHERE a = ?').get(9)
  db.prepare('UPDATE t SET b = ? RETURNING a').all(8)
  for (const b of [5, 6]) db.exec(`DELETE FROM log WHERE x = ${b}`)
  const rows = db.prepare('SELECT * FROM t').iterate()
  t.is(told.length, 10)
  rows.next()
  t.is(told.length, 10)
  rows.return!()
  t.throws(() => db.prepare('INSERT INTO t VALUES (1, 1)').run(), {
    code: 'SQLITE_CONSTRAINT_PRIMARYKEY',
  })
  t.throws(() =>
    db
      .prepare('SELECT abs(?) FROM t')
      .iterate(-(2n ** 63n))
      .next(),
  )
  db.pragma('user_version')
  db.transaction(() => db.exec('DELETE FROM t'))()
  db.exec('ANALYZE; ALTER TABLE t RENAME TO u; PRAGMA optimize; VACUUM; PRAGMA integrity_check')
  t.deepEqual(told.map(short), [
    ['CREATE TABLE t(a INTEGER PRIMARY KEY, b);', 0, 0],
    ['; INSERT INTO t VALUES (1, 2), (3, 4) ;', 0, 2],
    ['CREATE TABLE log(x);', 0, 0],
    ['CREATE TRIGGER g AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (new.a); END', 0, 0],
    ['SELECT a FROM quiet UNION ALL SELECT 7', 1, 0],
    ['SELECT * FROM t', 2, 0],
    ['SELECT * FROM t WHERE a = ?', 0, 0],
    ['UPDATE t SET b = ? RETURNING a', 2, 4],
    ['DELETE FROM log WHERE x = 5', 0, 0],
    ['DELETE FROM log WHERE x = 6', 0, 0],
    ['SELECT * FROM t', 1, 0],
    ['INSERT INTO t VALUES (1, 1)', 0, 0, 'UNIQUE constraint failed: t.a'],
    ['SELECT abs(?) FROM t', 0, 0, 'integer overflow'],
    ['PRAGMA user_version', 1, 0],
    ['BEGIN', 0, 0],
    ['DELETE FROM t', 0, 2],
    ['COMMIT', 0, 0],
    ['ANALYZE;', 0, 0],
    ['ALTER TABLE t RENAME TO u;', 0, 0],
    ['PRAGMA optimize;', 0, 0],
    ['VACUUM;', 0, 0],
    ['PRAGMA integrity_check', 0, 0],
  ])
  for (const { startTime, duration } of told) {
    t.true(startTime >= before && startTime <= Date.now())
    t.true(duration >= 0 && duration <= Date.now() - before + 1)
  }
  db.close()
})

test.serial('texts that share a program are told as they were written', (t) => {
  const path = newPath()
  const db = new Database(path)
  db.exec('CREATE TABLE t(a)')
  const told = listening(t, 'chorusdb:statement', path)
  const texts = [1, 2, 3, 4].map((n) => `SELECT ${n} + a FROM t WHERE a > ${n}`)
  for (const text of texts) {
    db.prepare(text).get()
    db.prepare(text).all()
    t.deepEqual([...db.prepare(text).iterate()], [])
    db.exec(text)
  }
  t.deepEqual(
    told.map(({ sql }) => sql),
    texts.flatMap((text) => [text, text, text, text]),
  )
  db.close()
})

test.serial(
  'a function whose statements run inside another one: both are told, the inner first',
  (t) => {
    const path = newPath()
    const db = new Database(path)
    db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)')
    db.function('count_of', { reentrant: true }, () =>
      db.prepare('SELECT count(*) FROM t').pluck().get(),
    )
    const told = listening(t, 'chorusdb:statement', path)
    db.prepare('SELECT count_of()').get()
    t.deepEqual(told.map(short), [
      ['SELECT count(*) FROM t', 1, 0],
      ['SELECT count_of()', 1, 0],
    ])
    db.close()
  },
)

test.serial('the same of connect(), Builder and DatabaseSync', async (t) => {
  const path = newPath()
  const told = listening(t, 'chorusdb:statement', path)
  const take = (): unknown[] => told.splice(0).map(short)
  const pool = await connect(path)
  await pool.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)')
  t.deepEqual(take(), [
    ['CREATE TABLE t(a);', 0, 0],
    ['INSERT INTO t VALUES (1), (2)', 0, 2],
  ])
  await pool.all('SELECT * FROM t')
  for await (const _ of pool.iterate('SELECT a FROM t')) break
  await t.throwsAsync(pool.run('INSERT INTO t VALUES (abs(?))', -(2n ** 63n)))
  t.deepEqual(take(), [
    ['SELECT * FROM t', 2, 0],
    ['SELECT a FROM t', 1, 0],
    ['INSERT INTO t VALUES (abs(?))', 0, 0, 'integer overflow'],
  ])
  await pool.batch(['DELETE FROM t WHERE a = 1', 'SELECT a FROM t'], 'write')
  t.deepEqual(take(), [
    ['BEGIN IMMEDIATE', 0, 0],
    ['DELETE FROM t WHERE a = 1', 0, 1],
    ['SELECT a FROM t', 1, 0],
    ['COMMIT', 0, 0],
  ])
  await pool.close()

  const connection = await (await Builder.newLocal(path).build()).connect()
  take()
  await connection.execute('INSERT INTO t VALUES (?)', [9])
  const rows = await connection.query('SELECT a FROM t')
  while ((await rows.next()) !== undefined);
  t.deepEqual(take(), [
    ['INSERT INTO t VALUES (?)', 0, 1],
    ['SELECT a FROM t', 2, 0],
  ])
  connection.close()

  const sync = new DatabaseSync(path)
  sync.prepare('SELECT a FROM t').all()
  sync.exec('DELETE FROM t')
  t.deepEqual(take(), [
    ['SELECT a FROM t', 2, 0],
    ['DELETE FROM t', 0, 2],
  ])
  sync.close()
})

test.serial('a wait for the lock of the writer is told, whether it came or not', async (t) => {
  const path = newPath()
  const holder = new Database(path, shared)
  holder.exec('CREATE TABLE t(a)')
  const told = listening(t, 'chorusdb:wait', path)
  const statements = listening(t, 'chorusdb:statement', path)
  const pool = await connect(path, { ...shared, timeout: 300 })
  await pool.run('INSERT INTO t VALUES (0)')
  t.deepEqual(told, [])
  statements.length = 0
  const outcomes = ({ lock, acquired }: WaitMessage): unknown => [lock, acquired]

  holder.exec('BEGIN IMMEDIATE')
  const later = pool.run('INSERT INTO t VALUES (1)')
  await new Promise((resolve) => setTimeout(resolve, 60))
  holder.exec('COMMIT')
  await later
  t.deepEqual(told.map(outcomes), [['write', true]])
  t.true(told[0]!.duration > 20)

  holder.exec('BEGIN IMMEDIATE')
  await t.throwsAsync(pool.run('INSERT INTO t VALUES (2)'), { code: 'SQLITE_BUSY' })
  t.deepEqual(told.map(outcomes), [
    ['write', true],
    ['write', false],
  ])
  // Attempts that are made again are one statement.
  t.deepEqual(statements.filter(({ sql }) => sql.startsWith('INSERT')).map(short), [
    ['INSERT INTO t VALUES (1)', 0, 1],
    ['INSERT INTO t VALUES (2)', 0, 0, 'database is locked'],
  ])

  const impatient = new Database(path, { ...shared, timeout: 30 })
  t.throws(() => impatient.exec('INSERT INTO t VALUES (3)'), { code: 'SQLITE_BUSY' })
  t.deepEqual(outcomes(told[2]!), ['write', false])
  t.true(told[2]!.duration >= 25)
  // Who does not wait is not told to have waited.
  impatient.pragma('busy_timeout = 0')
  t.throws(() => impatient.exec('INSERT INTO t VALUES (3)'), { code: 'SQLITE_BUSY' })
  t.is(told.length, 3)
  holder.exec('ROLLBACK')
  impatient.exec('INSERT INTO t VALUES (3)')
  t.is(told.length, 3)
  impatient.close()
  await pool.close()
  holder.close()
})

test.serial('checkpoints are told, with their cause', async (t) => {
  const path = newPath()
  const db = new Database(path)
  db.exec('CREATE TABLE t(a)')
  const told = listening(t, 'chorusdb:checkpoint', path)
  const take = (): unknown[] =>
    told
      .splice(0)
      .map(({ mode, cause, busy, logFrames, checkpointedFrames }: CheckpointMessage) => [
        mode,
        cause,
        busy,
        logFrames > 0 && logFrames === checkpointedFrames,
      ])
  t.deepEqual(db.pragma('wal_checkpoint'), [
    { busy: 0, log: told[0]!.logFrames, checkpointed: told[0]!.checkpointedFrames },
  ])
  t.deepEqual(take(), [['passive', 'request', false, true]])
  db.pragma('wal_autocheckpoint = 3')
  db.exec("INSERT INTO t VALUES (printf('%.*c', 30000, 'x'))")
  t.deepEqual(take()[0], ['passive', 'commit', false, true])
  db.pragma('wal_autocheckpoint = 1000')
  db.exec('INSERT INTO t VALUES (2)')
  db.close()
  t.deepEqual(take(), [['truncate', 'close', false, false]])

  const pool = await connect(path)
  await pool.exec('INSERT INTO t VALUES (3)')
  await pool.pragma('wal_checkpoint(PASSIVE)')
  t.deepEqual(take(), [['passive', 'request', false, true]])
  await pool.close()
})

test.serial(
  'who is told in the middle of something makes no calls, and what he throws harms nobody',
  async (t) => {
    const path = newPath()
    const db = new Database(path)
    db.exec('CREATE TABLE t(a)')
    const refused: unknown[] = []
    const hear = (message: unknown): void => {
      if ((message as CheckpointMessage).database !== path) return
      try {
        db.exec('INSERT INTO t VALUES (1)')
      } catch (error) {
        refused.push((error as Error).message)
      }
    }
    subscribe('chorusdb:checkpoint', hear)
    t.teardown(() => unsubscribe('chorusdb:checkpoint', hear))
    db.pragma('wal_checkpoint')
    t.deepEqual(refused, ['This database connection is busy executing a query'])

    // After a statement all is well again: a subscriber may ask something itself.
    const counts: unknown[] = []
    const count = (message: unknown): void => {
      const { database, sql } = message as StatementMessage
      if (database !== path || !sql.startsWith('INSERT')) return
      counts.push(db.prepare('SELECT count(*) FROM t').pluck().get())
    }
    subscribe('chorusdb:statement', count)
    t.teardown(() => unsubscribe('chorusdb:statement', count))
    db.exec('INSERT INTO t VALUES (1)')
    t.deepEqual(counts, [1])
    db.close()
  },
)
