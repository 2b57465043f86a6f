/** Common tables that a statement reads and RETURNING too: what is collected once is the same for both, whatever the statement has changed since. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE t(id INTEGER PRIMARY KEY, v)',
  'CREATE TABLE s(id INTEGER PRIMARY KEY, n)',
  'INSERT INTO t VALUES (1, 10), (2, 20), (3, 30)',
  'INSERT INTO s VALUES (1, 1), (2, 2), (3, 3)',
  'CREATE TRIGGER bu BEFORE UPDATE ON t BEGIN UPDATE s SET n = n + 100 WHERE id = new.id; END',
]
const tables = [
  'c(x) AS (SELECT sum(n) FROM s)',
  'c(x) AS (SELECT n FROM s)',
  'c(x) AS MATERIALIZED (SELECT n FROM s WHERE id = 2)',
  'c(x) AS NOT MATERIALIZED (SELECT sum(n) FROM s)',
  'c(x) AS (SELECT max(v) FROM t)',
  'c(x) AS (SELECT n FROM s ORDER BY n DESC LIMIT 1)',
]

test('RETURNING reads the common table that FROM has read', async (t) => {
  for (const table of tables) {
    await sameAnswers(t, setup, [
      `WITH ${table} UPDATE t SET v = v + x FROM c WHERE t.id > 1 RETURNING id, v, (SELECT x FROM c)`,
      'SELECT * FROM t',
      `WITH ${table} UPDATE t SET v = x FROM c WHERE t.id = 1 RETURNING id, v, (SELECT max(x) FROM c), (SELECT min(x) FROM c)`,
      'SELECT * FROM s',
    ])
  }
})
