/**
 * A column of a compound that has REAL affinity is read as REAL where the compound is a table, whatever an arm delivers, and only
 * after the arms have decided what is equal. SQLite is asked.
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { shown } from '../codegen/bare-engine.ts'
import { openOracle, show } from '../support/oracle.ts'

const schema = `
CREATE TABLE t(r REAL, i INTEGER, x); CREATE INDEX tr ON t(r);
INSERT INTO t VALUES (1, 9007199254740993, '2'), (2.5, 2, 2.5), (NULL, 9007199254740992, x'61'), (9007199254740992.0, 7, 'a');
CREATE VIEW v AS SELECT r AS c FROM t UNION ALL SELECT i FROM t;
`
const queries = [
  'SELECT typeof(c), c FROM v',
  'SELECT typeof(c), c FROM (SELECT r AS c FROM t UNION SELECT i FROM t)',
  'SELECT count(*), count(DISTINCT c) FROM (SELECT r AS c FROM t UNION SELECT i FROM t)',
  'SELECT c FROM (SELECT r AS c FROM t UNION SELECT i FROM t) ORDER BY c DESC, 1',
  'SELECT c FROM v WHERE c = 9007199254740993',
  'SELECT c FROM v WHERE c > 9007199254740992',
  "SELECT c FROM v WHERE c = '2' OR c IN (7, '7')",
  'SELECT a.c FROM v a JOIN v b ON a.c = b.c WHERE a.c < 100',
  'SELECT c, count(*) FROM v GROUP BY c',
  'SELECT typeof(c) FROM (SELECT r AS c FROM t UNION ALL SELECT x FROM t)',
  'SELECT typeof(c) FROM (SELECT r AS c FROM t UNION ALL SELECT 5 UNION ALL SELECT x FROM t LIMIT 20)',
  'SELECT typeof(c) FROM (SELECT r AS c FROM t EXCEPT SELECT i FROM t)',
  'WITH w(c) AS (SELECT r FROM t UNION ALL SELECT i FROM t ORDER BY 1) SELECT typeof(c) FROM w WHERE c > 1',
  'SELECT 9007199254740993 IN (SELECT c FROM v), 9007199254740993 IN (SELECT r FROM t UNION ALL SELECT i FROM t)',
]

test('compound: columns are read as REALs as SQLite reads them', async (t) => {
  const oracle = openOracle()
  const db = new Database(':memory:')
  db.exec(schema)
  await oracle?.reset(schema)
  for (const sql of queries) {
    const rows = db.prepare(sql).raw().safeIntegers().all() as unknown[][]
    const ours = rows.map((row) => row.map(shown).join()).sort()
    if (oracle === null) {
      t.pass('no SQLite here')
      continue
    }
    const theirs = (await oracle.query(sql)).map((row) => row.map(show).join()).sort()
    t.deepEqual(ours, theirs, sql)
  }
  oracle?.close()
  db.close()
})
