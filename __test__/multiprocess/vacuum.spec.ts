/**
 * VACUUM beside processes that have the database open, ours and the peer that shares its files with us: they go on with what they read, see
 * the same rows afterwards, write, and the file is whole and short at the end.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { endSessions, Session } from '../support/session.ts'
import type { Engine } from '../support/session.ts'
import { sqliteIntegrity } from '../support/sqlite-file.ts'
import { temporaryFolder } from '../support/temporary.ts'

test.afterEach.always(endSessions)

const fill = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
  CREATE INDEX tv ON t (v);
  WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000)
    INSERT INTO t SELECT x, printf('%.200c', 'v') || x FROM n;
  DELETE FROM t WHERE id % 10;
  CREATE TABLE small (x);`

for (const engine of ['ours', 'theirs'] satisfies Engine[]) {
  test.serial(`vacuum: a process (${engine}) that has the database open goes on`, async (t) => {
    const path = join(temporaryFolder(), 'a.db')
    const [session, other] = [new Session('ours'), new Session(engine)]
    await session.open(path)
    await session.exec(fill)
    await other.open(path)
    const before = await other.all('SELECT count(*), sum(id), max(v) FROM t')

    await other.exec('BEGIN')
    await other.all('SELECT count(*) FROM t')
    await session.exec('VACUUM')
    t.deepEqual(await other.all('SELECT count(*), sum(id), max(v) FROM t'), before)
    await other.exec('COMMIT')

    t.deepEqual(await other.all('SELECT count(*), sum(id), max(v) FROM t'), before)
    await other.exec('INSERT INTO small VALUES (1)')
    await other.exec("INSERT INTO t VALUES (9999, 'new')")
    t.deepEqual(await session.all("SELECT id FROM t WHERE v = 'new'"), [[9999]])

    await session.exec('BEGIN IMMEDIATE')
    const refused = new Session('ours')
    await refused.open(path, { experimental: ['multiprocess_wal'], timeout: 50 })
    t.is((await refused.ask({ exec: 'VACUUM' })).code, 'SQLITE_BUSY')
    await session.exec('COMMIT')

    await other.exec('DELETE FROM t WHERE id > 100')
    await session.exec('VACUUM')
    t.deepEqual(await other.all('SELECT count(*) FROM t'), [[10]])
    await Promise.all([session, other, refused].map((one) => one.stop()))
    t.is(sqliteIntegrity(path), 'ok')
    t.true(statSync(path).size < 10 * 4096, 'the file is short')
  })
}
