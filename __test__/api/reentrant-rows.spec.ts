/** A function may rewrite the page of the row that its statement is reading. What is read of the row after that is what it was. */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'

test('reentrant: a row whose page a function rewrites is read to its end as it was', (t) => {
  const long = 'x'.repeat(6000)
  for (const without of ['', ' WITHOUT ROWID']) {
    for (const change of [
      "UPDATE r SET b = b || 'longer' WHERE a % 3 = 0",
      'UPDATE r SET d = 1',
      'DELETE FROM r WHERE a % 3 = 0',
      "INSERT OR IGNORE INTO r SELECT a + 0.5, 'new', a + 0.5, NULL FROM r WHERE a % 2",
    ]) {
      const db = new Database(':memory:')
      db.exec(`CREATE TABLE r(a REAL PRIMARY KEY, b, c, d)${without}; CREATE INDEX r_b ON r(b, c);
        INSERT INTO r WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 90) SELECT x, x % 7, x, NULL FROM n;
        UPDATE r SET d = '${long}' WHERE a IN (20, 40)`)
      let calls = 0
      let at = 0
      db.function('f', { reentrant: true }, (x: unknown) => {
        if (++calls === at) db.exec(change)
        return x
      })
      for (const from of ['r', 'r INDEXED BY r_b WHERE b >= 0', 'r ORDER BY b']) {
        for (at of [20, 40, 60]) {
          calls = 0
          db.exec('SAVEPOINT before')
          const sql = `SELECT f(b) AS b, c, a, d FROM ${from}`
          for (const row of db.prepare(sql).all() as Record<string, unknown>[]) {
            t.is(row['a'], row['c'], `${sql}: ${change}`)
            t.true(row['d'] === null || row['d'] === 1 || row['d'] === long, `${sql}: ${change}`)
          }
          calls = 0
          const filter = 'SELECT count(*) FROM r WHERE f(b) IS NOT NULL AND c <> a'
          t.is(db.prepare(filter).pluck().get(), 0, `${filter}: ${change}`)
          db.exec('ROLLBACK TO before')
        }
      }
      db.close()
    }
  }
})
