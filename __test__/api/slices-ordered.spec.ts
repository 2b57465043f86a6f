/** Aggregates with an order, in slices: the answers are those of the synchronous face. */
import test from 'ava'
import { connect, Database } from '../../packages/engine/src/index.ts'

const setUp = `
  CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT, c INT);
  INSERT INTO t(a, b, c) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
    SELECT i % 3, 'x' || (i * 7919 % 1000), CASE WHEN i % 5 = 0 THEN NULL ELSE i * 31 % 100 END FROM n`

const questions = [
  "SELECT group_concat(b, ',' ORDER BY c DESC, b) AS x FROM t",
  'SELECT a, group_concat(b ORDER BY b), json_group_array(c ORDER BY c NULLS LAST, id) FROM t GROUP BY a',
  `SELECT a, group_concat(DISTINCT b ORDER BY b DESC) AS x, count(*) FROM t
     GROUP BY a HAVING length(group_concat(b ORDER BY c)) > 10 ORDER BY 2`,
  'SELECT (SELECT group_concat(b ORDER BY c) FROM t WHERE t.id > u.id) AS x FROM t AS u WHERE id IN (1, 29000)',
  'SELECT sum(c ORDER BY b), max(c ORDER BY a) FROM t',
  'SELECT max(length(g)) FROM (SELECT group_concat(b ORDER BY c) AS g FROM t GROUP BY a)',
  'SELECT a, CASE WHEN a = 1 THEN group_concat(b ORDER BY c) ELSE count(*) END FROM t GROUP BY a',
  'SELECT coalesce(NULL, json_group_object(b, c ORDER BY c, id)) FROM t',
  'SELECT group_concat(b ORDER BY c COLLATE NOCASE, b DESC) FROM t WHERE id < 100',
]

test('slices: aggregates with an order answer the same, and timers run', async (t) => {
  const db = await connect(':memory:')
  const sync = new Database(':memory:')
  await db.exec(setUp)
  sync.exec(setUp)
  for (const sql of questions) {
    t.deepEqual(await db.all(sql), sync.prepare(sql).all(), sql)
  }
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  await db.all(questions[0]!)
  clearInterval(timer)
  t.true(turns >= 3, `${turns} turns`)
  await db.close()
})
