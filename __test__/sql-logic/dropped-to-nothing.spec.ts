/** A column is dropped from rows that have no other: they must still be ones that SQLite can read. */
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { openOracle } from '../support/oracle.ts'
import { temporaryFolder } from '../support/temporary.ts'

test('drop column: the last field of a record gives way to the default of the next column', async (t) => {
  const path = join(temporaryFolder(), 'dropped.db')
  const database = new Database(path)
  database.exec(`CREATE TABLE t(a); INSERT INTO t VALUES (1), (2);
    ALTER TABLE t ADD b DEFAULT 0.1; ALTER TABLE t ADD c DEFAULT 'hello'; CREATE INDEX i ON t(b); ALTER TABLE t DROP a;
    CREATE TABLE k(a, b INTEGER PRIMARY KEY DEFAULT 3); INSERT INTO k VALUES (1, 2); ALTER TABLE k DROP a;
    CREATE TABLE v(a); INSERT INTO v VALUES (1); ALTER TABLE v ADD w AS (7); ALTER TABLE v ADD x; ALTER TABLE v DROP a`)
  t.deepEqual(database.prepare('PRAGMA integrity_check').pluck().all(), ['ok'])
  const rows = ['t', 'k', 'v'].map((name) => database.prepare(`SELECT * FROM ${name}`).raw().all())
  t.deepEqual(rows, [
    [
      [0.1, 'hello'],
      [0.1, 'hello'],
    ],
    [[2]],
    [[7, null]],
  ])
  database.close()
  const oracle = openOracle()
  if (oracle === null) return
  t.teardown(() => oracle.close())
  await oracle.reset(`ATTACH '${path}' AS f`)
  t.deepEqual(await oracle.query('PRAGMA f.integrity_check'), [['ok']])
  t.is((await oracle.query('SELECT * FROM f.t')).length, 2)
})
