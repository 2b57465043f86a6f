/**
 * Pages that are read ahead: a scan in the order of the file sees each page as its transaction does, whatever has been changed, spilled or copied back since the
 * page was read.
 */
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { temporaryFolder } from '../support/temporary.ts'

const rows = 4000
const fill = `INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) SELECT i, 0, printf('%.*c', 200, 'x') FROM n`
const sum = 'SELECT sum(a), count(*), sum(length(b)) FROM t'

for (const experimental of [[], ['multiprocess_wal']] as const) {
  for (const pageSize of [512, 4096, 65536]) {
    const open = (path: string): Database => {
      const db = new Database(path, { experimental: [...experimental] })
      db.exec('PRAGMA cache_size = 10')
      return db
    }

    test(`pages that are read ahead: ${pageSize} bytes, ${experimental.join()}`, (t) => {
      const path = join(temporaryFolder(), 'r.db')
      const first = open(path)
      first.exec(
        `PRAGMA page_size = ${pageSize}; CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); ${fill}; PRAGMA wal_checkpoint(TRUNCATE)`,
      )
      const second = open(path)
      const expected = { 'sum(a)': 0, 'count(*)': rows, 'sum(length(b))': 200 * rows }
      t.deepEqual(first.prepare(sum).get(), expected)

      // What others commit and copy back meanwhile is not seen, and is seen afterwards.
      let seen = 0
      let changed = 0
      for (const row of first.prepare('SELECT id, a FROM t').iterate() as Iterable<{ a: number }>) {
        seen += row.a
        if (++changed % 500 !== 0) continue
        second.exec('UPDATE t SET a = a + 1; PRAGMA wal_checkpoint')
      }
      t.is(seen, 0)
      const changes = Math.floor(changed / 500)
      t.deepEqual(first.prepare(sum).get(), { ...expected, 'sum(a)': changes * rows })

      // What the transaction itself has written, and the cache no longer holds.
      first.exec('BEGIN')
      first.prepare(sum).get()
      first.exec('UPDATE t SET a = a + 1')
      t.deepEqual(first.prepare(sum).get(), { ...expected, 'sum(a)': (changes + 1) * rows })
      first.exec('ROLLBACK')
      t.deepEqual(first.prepare(sum).get(), { ...expected, 'sum(a)': changes * rows })

      // Two scans at a time, one of them behind the other.
      const pairs = first
        .prepare('SELECT count(*) FROM t AS x, t AS y WHERE y.id = x.id + 30 AND x.a = y.a')
        .pluck()
        .get()
      t.is(pairs, rows - 30)

      // The file is cut, and grows again.
      second.exec('DELETE FROM t WHERE id > 100; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)')
      t.is((first.prepare(sum).get() as Record<string, number>)['count(*)'], 100)
      second.exec(`DELETE FROM t; ${fill}; PRAGMA wal_checkpoint(TRUNCATE)`)
      t.deepEqual(first.prepare(sum).get(), expected)
      t.is(first.pragma('integrity_check', { simple: true }), 'ok')
      second.close()
      first.close()
    })
  }
}
