/**
 * What a statement cannot keep in memory it keeps in a temporary file, and the answers are the same: every value what it was, equal rows in
 * the order in which they came. Each statement runs without a limit and with smaller and smaller ones.
 */
import test from 'ava'
import { SpillingEngine, fillTable } from '../support/spilling.ts'
import { seed } from '../support/values.ts'

const sorts = [
  'SELECT * FROM t ORDER BY k',
  'SELECT * FROM t ORDER BY k DESC, v',
  'SELECT * FROM t ORDER BY k NULLS LAST, v DESC NULLS FIRST',
  'SELECT k, r, id FROM t ORDER BY r DESC, k COLLATE NOCASE, v COLLATE RTRIM',
  'SELECT n, v, typeof(r), r FROM t ORDER BY n',
  'SELECT id, v FROM t ORDER BY v LIMIT 150 OFFSET 20',
  'SELECT id, k FROM t ORDER BY k DESC LIMIT 100000',
  'SELECT (SELECT max(k) FROM (SELECT k FROM u ORDER BY v LIMIT 200) WHERE r = t.r) FROM t LIMIT 5',
  'SELECT id, (SELECT u.v FROM u WHERE u.r >= t.r ORDER BY u.k, u.v LIMIT 1 OFFSET 40) FROM t WHERE id < 40',
]

const groups = [
  'SELECT k, count(*), sum(r), min(v), max(n), avg(id), total(r) FROM t GROUP BY k',
  'SELECT k, v, count(*), sum(id) FROM t GROUP BY k, v',
  'SELECT n, r, k, count(*), group_concat(v), group_concat(id, r) FROM t GROUP BY n, r, k',
  'SELECT id % 150, k, v, min(r), max(r) FROM t GROUP BY id % 150',
  'SELECT id % 150, k, v, max(v) FROM t GROUP BY 1',
  'SELECT id % 150, n, min(v COLLATE NOCASE), r FROM t GROUP BY 1 ORDER BY 1 DESC',
  'SELECT id % 150, count(DISTINCT k), sum(DISTINCT r), group_concat(DISTINCT n) FROM t GROUP BY 1',
  "SELECT id % 150, sum(r) FILTER (WHERE v > 'a'), count(*) FILTER (WHERE k IS NULL), max(v) FILTER (WHERE id > 9) FROM t GROUP BY 1",
  'SELECT id % 150, group_concat(v ORDER BY r DESC, id), group_concat(DISTINCT n ORDER BY v) FILTER (WHERE id % 3 < 2) FROM t GROUP BY 1',
  'SELECT n, typeof(r), r, sum(r + id) FROM t GROUP BY n HAVING count(*) > 1',
  'SELECT count(*) FROM (SELECT k FROM t GROUP BY k, v)',
  'SELECT r, (SELECT count(*) FROM (SELECT 1 FROM u WHERE u.r < t.r GROUP BY k, v)) FROM t WHERE id < 20',
  'SELECT id % 150, sum((SELECT max(r) FROM u WHERE u.r < t.r)), (SELECT t.v) FROM t GROUP BY 1',
  'SELECT u.k, t.n, count(*) FROM t LEFT JOIN u ON u.r = t.r GROUP BY t.n, u.k',
]

const sets = [
  'SELECT DISTINCT k FROM t',
  'SELECT DISTINCT k, v FROM t',
  'SELECT DISTINCT n, r FROM t LIMIT 50 OFFSET 60',
  'SELECT DISTINCT n, k, v FROM t ORDER BY v',
  'SELECT count(DISTINCT v), sum(DISTINCT id), group_concat(DISTINCT k) FROM t',
  'SELECT id, (SELECT count(DISTINCT v) FROM u WHERE u.r > t.r) FROM t WHERE id < 30',
  'SELECT k, count(DISTINCT v), count(DISTINCT id) FROM (SELECT * FROM t ORDER BY k) GROUP BY k',
  'SELECT k, v FROM t UNION SELECT k, v FROM u',
  'SELECT n FROM t UNION SELECT k FROM u',
  'SELECT k FROM t EXCEPT SELECT k FROM u',
  'SELECT k, r FROM t EXCEPT SELECT v, r FROM u WHERE v IS NULL',
  'SELECT k FROM t INTERSECT SELECT v FROM u',
  'SELECT n, k FROM t UNION SELECT n, v FROM t ORDER BY 2 DESC',
  'SELECT k FROM t UNION SELECT v FROM t EXCEPT SELECT r FROM u LIMIT 60',
  'SELECT count(*) FROM (SELECT k, v FROM t UNION SELECT v, k FROM t)',
  'SELECT id FROM t WHERE v IN (SELECT k FROM u)',
  'SELECT id, v NOT IN (SELECT v FROM u WHERE v IS NOT NULL), r IN (SELECT k FROM u) FROM t',
  'SELECT id FROM t WHERE (k, v) IN (SELECT v, k FROM t)',
]

const joins = [
  'SELECT t.id, u.v FROM t JOIN u ON u.k = t.v',
  'SELECT t.id, u.k, u.v FROM t LEFT JOIN u ON u.r = t.r AND u.k = t.k',
  'SELECT t.id, u.k, u.v FROM t FULL JOIN u ON u.r = t.r AND u.k = t.k',
  'SELECT t.id, u.v FROM t RIGHT JOIN u ON u.r > t.r AND t.id < 3',
  'SELECT a.id, b.id FROM t AS a JOIN t AS b ON b.n = a.n WHERE a.id < 50',
  'SELECT t.id, s.c FROM t JOIN (SELECT k, count(*) AS c FROM u GROUP BY k) AS s ON s.k = t.k',
]

const lists = [
  'SELECT t.id, q.v FROM t LEFT JOIN (SELECT v, count(*) AS c FROM t GROUP BY v) AS q ON q.c < t.id % 3 WHERE t.id < 50',
  'SELECT t.id, q.v FROM t LEFT JOIN (SELECT v, n FROM t ORDER BY k LIMIT 200) AS q ON q.n < t.n WHERE t.id < 9',
]

const kinds: [string, readonly string[]][] = [
  ['a sort', sorts],
  ['GROUP BY', groups],
  ['sets of rows', sets],
  ['joins', joins],
  ['lists of rows', lists],
]

for (const encoding of ['UTF-8', 'UTF-16be'])
  test(`spill: in ${encoding} the answers from a file are those of memory`, (t) => {
    const engine = new SpillingEngine(encoding)
    fillTable(engine, seed, 220)
    for (const [what, queries] of kinds)
      for (const sql of queries) {
        engine.limit(1_000_000)
        const wanted = engine.rows(sql)
        t.is(engine.opened, 0, sql)
        for (const kib of [1, 9]) {
          engine.limit(kib)
          const message = `seed ${seed}, ${what}, ${kib} KiB: ${sql}`
          t.deepEqual(engine.rows(sql), wanted, message)
          if (kib > 1) continue
          t.deepEqual([...engine.each(sql)], wanted, message)
          t.true(engine.opened >= 2, sql)
        }
        t.is(engine.closed, engine.opened, sql)
        engine.opened = engine.closed = 0
      }
    engine.close()
  })

const changes = [
  'INSERT INTO t SELECT id + 1000, v, k, r, n FROM t',
  'INSERT INTO t(k, v) SELECT v, k FROM t WHERE id % 2 = 0 ORDER BY k',
  'UPDATE t SET id = id + 5000, k = v, v = k WHERE id % 3 < 2',
  'UPDATE t SET r = id WHERE k IS NOT NULL AND (SELECT max(id) FROM t) > 0',
  'DELETE FROM t WHERE (k, v) IN (SELECT v, k FROM u) OR id % 5 = 0',
  'CREATE TABLE copy AS SELECT k, v, r, n FROM t ORDER BY n DESC',
]

for (const encoding of ['UTF-8', 'UTF-16be'])
  test(`spill: in ${encoding} changes of rows that are kept in a file are those of memory`, (t) => {
    const [wanted, found] = [1_000_000, 1].map((kib) => {
      const engine = new SpillingEngine(encoding)
      fillTable(engine, seed, 200)
      engine.exec('CREATE INDEX tk ON t(k)')
      engine.limit(kib)
      const states = changes.map((sql) => {
        engine.opened = 0
        engine.exec(sql)
        if (kib === 1) t.is(engine.opened, 1, sql)
        engine.limit(1_000_000)
        const table = sql.startsWith('CREATE') ? 'copy' : 't'
        const rows = engine.rows(`SELECT rowid, * FROM ${table}`)
        t.deepEqual(engine.rows('PRAGMA integrity_check'), ['text "ok"'])
        engine.limit(kib)
        return rows
      })
      engine.close()
      return states
    })
    t.deepEqual(found, wanted, `seed ${seed}`)
  })
