/**
 * Entries of indexes that an UPDATE of many rows exchanges all together: few rows and all of them, on pages of every size, with a cache that is smaller than the
 * statement, in slices between which others look at the index, and taken back half-way. What the indexes hold is what the rows hold, and SQLite finds the file
 * sound.
 */
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { sqliteIntegrity } from '../support/sqlite-file.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { BareEngine } from './bare-engine.ts'

const numbers = (count: number): string =>
  `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`

const schema = `
  CREATE TABLE t(id INTEGER PRIMARY KEY, a, b TEXT, c);
  CREATE INDEX t_a ON t(a);
  CREATE INDEX t_b ON t(b COLLATE NOCASE DESC, a);
  CREATE INDEX t_c ON t(c + a) WHERE c IS NOT NULL;
  CREATE UNIQUE INDEX t_u ON t(a, id);`

const fill = (count: number): string =>
  `INSERT INTO t ${numbers(count)} SELECT i * 3, i % 500, printf('%.*c', i % 40, 'b') || i, nullif(i % 9, 3) FROM n;`

const viaIndexes = [
  'SELECT count(*), sum(a), sum(id * (a + 7)) FROM t INDEXED BY t_a WHERE a > -1000000000',
  "SELECT count(*), sum(id), sum(length(b)) FROM t INDEXED BY t_b WHERE b COLLATE NOCASE >= ''",
  'SELECT count(*), sum(id), sum(c) FROM t INDEXED BY t_c WHERE c IS NOT NULL',
]

const updates = [
  'UPDATE t SET a = a + 1',
  'UPDATE t SET a = -a, b = upper(b)',
  'UPDATE t SET a = a * 2 WHERE id % 2',
  'UPDATE t SET c = CASE WHEN c IS NULL THEN 1 WHEN c > 5 THEN NULL ELSE c END',
  'UPDATE t SET b = lower(b)',
  'UPDATE t SET a = 7 WHERE id % 211 = 0',
  "UPDATE t SET b = b || ' and much more of it', c = id WHERE id > 100",
  'UPDATE t SET a = NULL WHERE id BETWEEN 40 AND 80',
  'UPDATE OR IGNORE t SET a = abs(a), c = 3 WHERE id % 5 <> 0',
]

function verify(t: ExecutionContext, db: Database, what: string): void {
  for (const sql of viaIndexes) {
    const byScan = sql.replace(/INDEXED BY \w+/, 'NOT INDEXED')
    t.deepEqual(db.prepare(sql).get(), db.prepare(byScan).get(), `${what}: ${sql}`)
  }
  t.is(db.pragma('integrity_check', { simple: true }), 'ok', what)
}

const settings = [
  [512, 'UTF-8', 0, 10, []],
  [512, 'UTF-16le', 1, 10, []],
  [1024, 'UTF-8', 2, 2000, ['multiprocess_wal']],
  [65536, 'UTF-8', 0, 10, []],
] as const

for (const [pageSize, encoding, vacuum, cache, experimental] of settings) {
  test(`exchanged entries: pages of ${pageSize}, ${encoding}, auto_vacuum ${vacuum}, ${cache} in the cache`, (t) => {
    const path = join(temporaryFolder(), 'x.db')
    const db = new Database(path, { experimental: [...experimental] })
    db.exec(`PRAGMA encoding = '${encoding}'; PRAGMA page_size = ${pageSize}; PRAGMA auto_vacuum = ${vacuum};
      PRAGMA cache_size = ${cache}; ${schema} ${fill(pageSize > 4096 ? 3000 : 800)}`)
    const sums = (): unknown => db.prepare('SELECT sum(a), sum(length(b)), sum(c) FROM t').get()
    for (const sql of updates) {
      const before = sums()
      db.exec(`SAVEPOINT s; ${sql}; ROLLBACK TO s`)
      t.deepEqual(sums(), before)
      verify(t, db, `${sql}, taken back`)
      db.exec(`RELEASE s; ${sql}`)
      const after = sums()
      const failing = `UPDATE t SET a = a + 3, b = b || iif(id = 2100, abs(-9223372036854775807 - 1), 'x')`
      t.throws(() => db.exec(failing), { message: /integer overflow/ })
      t.deepEqual(sums(), after)
      verify(t, db, sql)
    }
    db.close()
    const verdict = sqliteIntegrity(path)
    if (verdict !== null) t.is(verdict, 'ok')
  })
}

test('exchanged entries: more than are kept back at once', (t) => {
  const path = join(temporaryFolder(), 'x.db')
  const db = new Database(path)
  db.exec(`PRAGMA cache_size = 50; ${schema.replaceAll('UNIQUE ', '')} ${fill(40_000)}`)
  for (const sql of ['UPDATE t SET a = a + id % 1000', 'UPDATE t SET a = -a, c = a WHERE id % 2']) {
    db.exec(sql)
    verify(t, db, sql)
  }
  db.exec('BEGIN; UPDATE t SET a = 5, c = NULL; ROLLBACK')
  verify(t, db, 'rollback')
  db.close()
  const verdict = sqliteIntegrity(path)
  if (verdict !== null) t.is(verdict, 'ok')
})

test('exchanged entries: whoever looks at the index between two slices finds those of the rows', (t) => {
  const engine = new BareEngine()
  engine.exec(`PRAGMA page_size = 512; ${schema.replaceAll('UNIQUE ', '')} ${fill(400)}`)
  const { slice } = engine.connection.context
  let now = 0
  slice.clock = () => (now += 1000)
  const get = (sql: string): unknown => engine.connection.prepare(sql).all([], 'raw', 'bigint')[0]
  for (const sql of updates) {
    let looks = 0
    for (const step of engine.connection.prepare(sql).rows([], 'raw', 'bigint', true)) {
      t.is(step, slice)
      if (++looks % 3 !== 0) continue
      const index = viaIndexes[looks % viaIndexes.length]!
      t.deepEqual(
        get(index),
        get(index.replace(/INDEXED BY \w+/, 'NOT INDEXED')),
        `${sql}: ${index}`,
      )
    }
    t.true(looks > 10, sql)
    t.deepEqual(get('PRAGMA integrity_check'), ['ok'], sql)
  }
  engine.close()
})
