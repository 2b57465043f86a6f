/** PRAGMA secure_delete: what is deleted is no longer in the file, and what is not deleted is. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { sameAnswers } from '../support/same-answers.ts'
import { temporaryFolder } from '../support/temporary.ts'

test('secure_delete: it is read and set as in SQLite', async (t) => {
  const values = ['1', 'fast', 'FAST', 'off', 'on', "'x'", '2', '0', 'full', '-1']
  await sameAnswers(
    t,
    ["ATTACH ':memory:' AS z", 'CREATE TEMP TABLE tt(a)'],
    [
      'PRAGMA secure_delete',
      ...values.flatMap((value) => [`PRAGMA secure_delete = ${value}`, 'PRAGMA z.secure_delete']),
      'PRAGMA z.secure_delete = fast',
      'PRAGMA main.secure_delete',
      'PRAGMA z.secure_delete',
      'PRAGMA secure_delete = 1',
      "ATTACH ':memory:' AS y",
      'PRAGMA y.secure_delete',
      'SELECT * FROM pragma_secure_delete',
      'PRAGMA nosuch.secure_delete',
    ],
  )
})

/** Deletes some rows of different kinds, and answers the file and what is left in it. */
function leftBehind(mode: string): { readonly file: string; readonly rows: unknown } {
  const path = join(temporaryFolder(), 'secure.db')
  const database = new Database(path)
  database.exec(`PRAGMA secure_delete = ${mode};
    CREATE TABLE t(a INTEGER PRIMARY KEY, b); CREATE INDEX tb ON t(b);
    CREATE TABLE k(a PRIMARY KEY, b) WITHOUT ROWID; CREATE TABLE gone(a)`)
  const add = database.prepare("INSERT INTO t VALUES (?, 'secret' || ? || 'kept')")
  database.transaction(() => {
    for (let i = 0; i < 400; i++) add.run(i, i % 2 === 0 ? i : 'odd')
  })()
  database.exec(`INSERT INTO t VALUES (1000, replace(hex(zeroblob(9000)), '00', 'secret'));
    INSERT INTO k SELECT b || a, 'secret' FROM t WHERE a < 100; INSERT INTO gone SELECT b FROM t;
    PRAGMA wal_checkpoint(TRUNCATE); DELETE FROM t WHERE a % 2 = 0 OR a = 1000; DELETE FROM k; DROP TABLE gone;
    UPDATE t SET b = 'x' WHERE a < 300; INSERT INTO t VALUES (2000, 'kept')`)
  const rows = database.prepare('SELECT * FROM t').all()
  const whole = database.pragma('integrity_check', { simple: true })
  database.close()
  return { file: readFileSync(path, 'latin1'), rows: [whole, rows] }
}

test('secure_delete: deleted content is overwritten', (t) => {
  const kept = leftBehind('off')
  t.regex(kept.file, /secret\d/)
  t.regex(kept.file, /secretsecret/)
  const overwritten = leftBehind('on')
  t.deepEqual(overwritten.rows, kept.rows)
  t.notRegex(overwritten.file, /secret\d/)
  t.notRegex(overwritten.file, /secretsecret/)
  t.regex(overwritten.file, /secretoddkept/)
})
