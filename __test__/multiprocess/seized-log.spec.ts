/**
 * SQLite takes the database for itself (`locking_mode=EXCLUSIVE`) while a process of ours has it open. From then on the log is
 * SQLite's: nobody of ours may cut it, write its header or append to it, neither in a commit nor in what is done between commits.
 * SQLite is killed afterwards, so that all it has is what its log holds.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { copyFile } from '../support/copy-file.ts'
import { SqliteSession, sqliteKinds } from '../support/sqlite-session.ts'
import { sqliteShell } from '../support/sqlite-shell.ts'
import { temporaryFolder } from '../support/temporary.ts'

const several = { experimental: ['multiprocess_wal'], timeout: 500 }
const testSqlite = sqliteKinds().includes('sqlite3') ? test : test.skip
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A word of the coordination file that says that a sync failed. */
const syncFailedOffset = 2088
const page = "printf('%3000c', 'x')"

/** A database whose log is longer than its committed part, and a SQLite that is about to take it. */
async function longLog(
  t: ExecutionContext,
): Promise<{ path: string; db: Database; sqlite: SqliteSession }> {
  const path = join(temporaryFolder(), 'a.db')
  const db = new Database(path, several)
  db.exec('CREATE TABLE t(a, b)')
  for (let i = 0; i < 20; i++) db.exec(`INSERT INTO t VALUES (0, ${page})`)
  db.pragma('wal_checkpoint')
  const sqlite = new SqliteSession('sqlite3', path)
  t.teardown(() => sqlite.kill())
  await sqlite.run('PRAGMA locking_mode=EXCLUSIVE')
  return { path, db, sqlite }
}

async function seize(sqlite: SqliteSession): Promise<void> {
  await sqlite.run('PRAGMA synchronous=OFF')
  await sqlite.run('PRAGMA wal_checkpoint(RESTART)')
  for (let i = 0; i < 10; i++) {
    const { error } = await sqlite.run(`INSERT INTO t VALUES (1, ${page})`)
    if (error !== null) throw new Error(error)
  }
}

/** What SQLite's recovery makes of the files, elsewhere, for ours may still keep it out here. */
async function verdict(path: string, sqlite: SqliteSession): Promise<string> {
  await sqlite.kill()
  const copy = join(temporaryFolder(), 'copy.db')
  for (const suffix of ['', '-wal']) copyFile(`${path}${suffix}`, `${copy}${suffix}`)
  return sqliteShell(copy, 'PRAGMA integrity_check; SELECT sum(a) FROM t;')
}

testSqlite('seized log: it is not cut when our commits pause', async (t) => {
  const { path, db, sqlite } = await longLog(t)
  db.exec(`INSERT INTO t VALUES (100, ${page})`)
  await seize(sqlite)
  await sleep(250)
  t.is(await verdict(path, sqlite), 'ok\n110')
  t.throws(() => db.exec('INSERT INTO t VALUES (1000, 0)'))
  t.throws(() => db.close())
})

testSqlite('seized log: it is not cut when we close', async (t) => {
  const { path, db, sqlite } = await longLog(t)
  db.exec(`INSERT INTO t VALUES (100, ${page})`)
  await seize(sqlite)
  db.close()
  t.is(await verdict(path, sqlite), 'ok\n110')
})

testSqlite('seized log: it is not cut after a sync has failed', async (t) => {
  const { path, db, sqlite } = await longLog(t)
  db.exec(`INSERT INTO t VALUES (100, ${page})`)
  await seize(sqlite)
  const tshm = openSync(`${path}-tshm`, 'r+')
  writeSync(tshm, Buffer.of(1, 0, 0, 0), 0, 4, syncFailedOffset)
  closeSync(tshm)
  const refused = t.throws<Error & { code: string }>(() =>
    db.exec('INSERT INTO t VALUES (1000, 0)'),
  )
  t.is(refused.code, 'SQLITE_BUSY', refused.message)
  t.is(await verdict(path, sqlite), 'ok\n110')
})

for (const spills of [false, true]) {
  const what = spills ? 'a transaction that has outgrown its cache' : 'a commit'
  testSqlite(`seized log: ${what} that is refused does not begin it anew`, async (t) => {
    const { path, db, sqlite } = await longLog(t)
    // All is copied back, so that the next append begins with a header.
    if (spills) db.pragma('cache_size = 10')
    db.exec('BEGIN IMMEDIATE')
    await seize(sqlite)
    const refused = t.throws<Error & { code: string }>(() => {
      for (let i = 0; i < (spills ? 40 : 1); i++) db.exec(`INSERT INTO t VALUES (1000, ${page})`)
      db.exec('COMMIT')
    })
    t.is(refused.code, 'SQLITE_PROTOCOL')
    if (db.inTransaction) db.exec('ROLLBACK')
    t.is(await verdict(path, sqlite), 'ok\n10')
  })
}
