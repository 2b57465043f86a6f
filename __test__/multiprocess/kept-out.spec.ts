/**
 * Who is kept out of a database file by which locks (docs/tshm-format.md, 'Stock SQLite'). A peer that opens for writing asks for all
 * bytes of the file, so that every lock of another process refuses it, on whatever byte; SQLite asks for its own 512 bytes alone. So there is no lock that
 * stops SQLite and lets a peer pass, and what keeps SQLite out while a log is cut keeps an opening peer out as well.
 */
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { Session } from '../support/session.ts'
import { SqliteSession } from '../support/sqlite-session.ts'
import { testBesideSqlite } from '../support/beside-sqlite.ts'
import { temporaryFolder } from '../support/temporary.ts'

const keptOut = /already open without experimental multiprocess/

/** A database in rollback mode, in which SQLite holds nothing between transactions. */
async function database(): Promise<string> {
  const path = join(temporaryFolder(), 'a.db')
  const sqlite = new SqliteSession('sqlite3', path)
  await sqlite.run('CREATE TABLE t(a)')
  await sqlite.run('INSERT INTO t VALUES (1)')
  await sqlite.close()
  return path
}

testBesideSqlite(
  'kept out: a peer by a shared lock below the bytes of SQLite, SQLite not',
  async (t) => {
    t.timeout(60_000)
    const path = await database()
    const peer = new Session('theirs', true)
    t.teardown(() => peer.kill())
    const reader = new Database(path, { readonly: true })
    t.regex((await peer.refusal(path)) ?? 'it was opened', keptOut)
    const sqlite = new SqliteSession('sqlite3', path)
    for (const sql of ['PRAGMA locking_mode = EXCLUSIVE', 'INSERT INTO t VALUES (2)'])
      t.is((await sqlite.run(sql)).error, null, sql)
    await sqlite.close()
    reader.close()
  },
)

testBesideSqlite(
  'kept out: a peer by a shared lock on the bytes of SQLite, unless it only reads',
  async (t) => {
    t.timeout(60_000)
    const path = await database()
    const peer = new Session('theirs', true)
    t.teardown(() => peer.kill())
    const sqlite = new SqliteSession('sqlite3', path)
    for (const sql of ['BEGIN', 'SELECT * FROM t']) t.is((await sqlite.run(sql)).error, null, sql)
    t.regex((await peer.refusal(path)) ?? 'it was opened', keptOut)
    t.is(await peer.refusal(path, { experimental: ['multiprocess_wal'], readonly: true }), null)
    await sqlite.run('COMMIT')
    await sqlite.close()
  },
)
