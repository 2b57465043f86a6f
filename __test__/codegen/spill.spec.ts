/**
 * What a statement cannot keep in memory it keeps in a temporary file, and the answers are the same: every value what it was, equal rows in
 * the order in which they came. Each statement runs without a limit and with smaller and smaller ones.
 */
import test from 'ava'
import { SpillingEngine, fillTable } from '../support/spilling.ts'
import { seed } from '../support/values.ts'

const queries = [
  'SELECT * FROM t ORDER BY k',
  'SELECT * FROM t ORDER BY k DESC, v',
  'SELECT * FROM t ORDER BY k NULLS LAST, v DESC NULLS FIRST',
  'SELECT k, r, id FROM t ORDER BY r DESC, k COLLATE NOCASE, v COLLATE RTRIM',
  'SELECT n, v, typeof(r), r FROM t ORDER BY n',
  'SELECT id, v FROM t ORDER BY v LIMIT 300 OFFSET 20',
  'SELECT id, k FROM t ORDER BY k DESC LIMIT 100000',
  'SELECT (SELECT max(k) FROM (SELECT k FROM u ORDER BY v LIMIT 200) WHERE r = t.r) FROM t LIMIT 5',
  'SELECT id, (SELECT u.v FROM u WHERE u.r >= t.r ORDER BY u.k, u.v LIMIT 1 OFFSET 90) FROM t WHERE id < 40',
]

for (const encoding of ['UTF-8', 'UTF-16le', 'UTF-16be'])
  test(`spill: in ${encoding} the answers of a sort are those of memory`, (t) => {
    const engine = new SpillingEngine(encoding)
    fillTable(engine, seed, 600)
    for (const sql of queries) {
      engine.limit(1_000_000)
      const wanted = engine.rows(sql)
      t.is(engine.opened, 0, sql)
      for (const kib of [1, 7, 30]) {
        engine.limit(kib)
        t.deepEqual(engine.rows(sql), wanted, `seed ${seed}, ${kib} KiB: ${sql}`)
        t.deepEqual([...engine.each(sql)], wanted, `seed ${seed}, ${kib} KiB: ${sql}`)
        if (kib === 1) t.is(engine.opened, 2, sql)
      }
      t.is(engine.closed, engine.opened, sql)
      engine.opened = engine.closed = 0
    }
    engine.close()
  })
