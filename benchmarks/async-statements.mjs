/** What `bench:async` asks: statements over `t(id INTEGER PRIMARY KEY, a INT, b TEXT, c INT, p INT REFERENCES p)` that take about a second with two million rows. */

export const lookup = 'SELECT id, a, b FROM t WHERE id = ?'

export const longStatements = [
  { name: 'scan', sql: "SELECT count(*) FROM t WHERE b LIKE '%9%1%7%' OR b || a LIKE '%zz%'" },
  {
    name: 'sort',
    sql: 'SELECT count(*), sum(r) FROM (SELECT row_number() OVER (ORDER BY b DESC, c) AS r FROM t)',
  },
  { name: 'all rows, sorted', sql: 'SELECT id FROM t WHERE c < 500 ORDER BY b' },
  { name: 'group', sql: 'SELECT a, count(DISTINCT c), max(b) FROM t GROUP BY a' },
  {
    name: 'values of an aggregate in order',
    sql: "SELECT length(group_concat(b, '' ORDER BY c, b)) FROM t",
  },
  {
    name: 'IN (SELECT …) by an index',
    sql: 'SELECT count(*) FROM t WHERE id IN (SELECT c * 7 + a FROM t)',
  },
  { name: 'CREATE INDEX', sql: 'CREATE INDEX made ON t(b, c)', changes: true },
  { name: 'UPDATE', sql: "UPDATE t SET b = b || 'x', c = c + 1", changes: true },
  { name: 'DELETE', sql: 'DELETE FROM t WHERE a % 2 = 0', changes: true },
  { name: 'PRAGMA integrity_check', sql: 'PRAGMA integrity_check' },
  { name: 'PRAGMA foreign_key_check', sql: 'PRAGMA foreign_key_check' },
  { name: 'ANALYZE', sql: 'ANALYZE', changes: true },
  { name: 'VACUUM', sql: 'VACUUM', changes: true },
]

/** Makes the table in a file. */
export function makeTable(db, rows) {
  db.exec(`
    CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES (0), (1);
    CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT, c INT, p INT REFERENCES p);
    CREATE INDEX t_c ON t(c);
    INSERT INTO t(a, b, c, p)
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows - 1})
      SELECT i * 7919 % 1009, 'text ' || (i * 104729 % 1000003), i * 31 % 1000, i % 2 FROM n;
    PRAGMA wal_checkpoint(TRUNCATE);`)
}
