/** Statements of every kind over `t(a, b, c)`, `u` and what the random shapes make: what is then made wrong. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const schema: readonly string[] = [
  'CREATE TABLE t(a INTEGER PRIMARY KEY, b UNIQUE, c TEXT COLLATE NOCASE DEFAULT x)',
  'CREATE TABLE u(a, b REAL CHECK (b <> 5), c NOT NULL ON CONFLICT REPLACE DEFAULT 7, PRIMARY KEY (a, b))',
  'CREATE TABLE s(a INT, b TEXT, c ANY) STRICT',
  'CREATE TABLE k(a TEXT COLLATE NOCASE, b, c UNIQUE, PRIMARY KEY (a, b DESC)) WITHOUT ROWID',
  'CREATE INDEX kc ON k(c, length(a)) WHERE b IS NOT NULL',
  'CREATE INDEX uc ON u(c DESC, lower(a)) WHERE c > 1',
  'CREATE INDEX te ON t(abs(b), c COLLATE RTRIM)',
  'CREATE VIEW v AS SELECT a, b + 1 AS b, c FROM t WHERE a > 1',
  'CREATE VIEW w(x, y) AS SELECT a, count(*) FROM u GROUP BY a',
  'CREATE TEMP TABLE p(a, b, c)',
  "INSERT INTO t VALUES (1, 'a', 'X'), (2, 2.5, NULL), (3, x'00ff', 'y '), (4, NULL, '\u{1f600}')",
  "INSERT INTO u VALUES (1, 2, 3), ('a', 1.5, 'b'), (NULL, NULL, 9), (1, 3, 'c')",
  "INSERT INTO s VALUES (1, 'a', 2), (NULL, NULL, x'01')",
  'INSERT INTO p SELECT a, b, c FROM t',
  "INSERT INTO k VALUES ('x', 1, 1), ('y', 1.5, NULL)",
]

export const statements: readonly string[] = [
  ...schema,
  'SELECT a, b, c FROM t WHERE a = 1 AND b IS NOT NULL ORDER BY b DESC, c NULLS LAST LIMIT 3 OFFSET 1',
  'SELECT t.a, u.b FROM t LEFT JOIN u ON t.a = u.a AND u.c > 2 WHERE t.b IN (1, 2, NULL) OR u.a IS NULL',
  'SELECT a, count(*), sum(b), group_concat(c), avg(a) FROM u GROUP BY a, c HAVING count(*) > 0 ORDER BY 2',
  'SELECT DISTINCT c FROM (SELECT a, c FROM t UNION ALL SELECT a, c FROM u EXCEPT SELECT b, c FROM s) ORDER BY c',
  'WITH q(n) AS (SELECT a FROM t), r AS (SELECT n + 1 AS n FROM q) SELECT * FROM q NATURAL JOIN r',
  'SELECT (SELECT max(b) FROM u WHERE u.a = t.a), EXISTS (SELECT 1 FROM s WHERE s.a = t.a) FROM t',
  "SELECT CASE a WHEN 1 THEN 'x' WHEN 2 THEN b ELSE c END, CAST(b AS INTEGER), a || b, a << 2, ~a, -b, +c FROM t",
  "SELECT printf('%5.2f %s %d %q %x', a, b, c, a, 1), substr(c, 2, 3), replace(c, 'a', 'b'), trim(c), hex(b) FROM t",
  "SELECT date('now', '+1 day'), strftime('%Y-%m', 'now'), julianday('2020-01-01'), time(1e5), datetime(a, 'unixepoch') FROM t",
  "SELECT * FROM t WHERE c LIKE 'a%' ESCAPE '!' AND b GLOB '[a-z]*' AND a BETWEEN 1 AND 9 AND (a, b) < (2, 3)",
  'SELECT * FROM v JOIN w ON v.a = w.x CROSS JOIN p USING (a)',
  'SELECT rowid, * FROM sqlite_schema WHERE type = 1 ORDER BY rowid',
  'SELECT a FROM t INDEXED BY te WHERE abs(b) = 1',
  'SELECT min(a), max(a) FROM t; ',
  'VALUES (1, 2), (3, 4) UNION SELECT a, b FROM t',
  'INSERT OR REPLACE INTO t(a, b, c) VALUES (1, 2, 3), (?, :b, ?3)',
  'INSERT INTO u SELECT a, b, c FROM t WHERE true',
  'INSERT OR IGNORE INTO s DEFAULT VALUES',
  "REPLACE INTO u(a, b) VALUES (1, 2), (last_insert_rowid(), 'x')",
  "INSERT INTO k VALUES ('X', 1, 2), ('z', 3, 1) ON CONFLICT (b, a) DO UPDATE SET c = c + excluded.c, b = excluded.b WHERE c > 0 ON CONFLICT DO NOTHING",
  'INSERT INTO t AS z SELECT a, b, c FROM t WHERE true ON CONFLICT (a) DO UPDATE SET (b, c) = (SELECT excluded.rowid, z.c) ON CONFLICT (b) DO NOTHING',
  'INSERT INTO u VALUES (1, 2, 3) ON CONFLICT (a, b COLLATE binary) WHERE c > 1 DO UPDATE SET c = excluded.c',
  'REPLACE INTO k SELECT a, b, c FROM k',
  'UPDATE OR REPLACE k SET a = b, c = length(a) WHERE b > 0',
  'DELETE FROM k WHERE a = 1 AND b = 1.5 OR c IN (SELECT a FROM t)',
  "UPDATE OR FAIL t SET a = a + 1, b = c || 'x', (b, c) = (1, 2) WHERE a > 1",
  'UPDATE OR ROLLBACK u SET a = rowid, rowid = rowid + 10 WHERE c IN (SELECT c FROM t)',
  'UPDATE t SET b = (SELECT sum(a) FROM u), c = NULL',
  'DELETE FROM t WHERE a IN (SELECT a FROM u) OR c = 5',
  'DELETE FROM u',
  "CREATE TABLE IF NOT EXISTS n(a INTEGER PRIMARY KEY AUTOINCREMENT, b DEFAULT (1 + 2), c CHECK (c <> ''), UNIQUE (b, c), FOREIGN KEY (a) REFERENCES t(a))",
  'CREATE TABLE m AS SELECT a AS x, b + c AS y FROM t',
  'CREATE TABLE wr(a PRIMARY KEY, b) WITHOUT ROWID',
  'CREATE UNIQUE INDEX IF NOT EXISTS tb ON t(b, c COLLATE NOCASE DESC) WHERE a > 0',
  'CREATE TEMP VIEW IF NOT EXISTS z AS SELECT * FROM t, u',
  'CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END',
  'DROP TABLE IF EXISTS m',
  'DROP INDEX te',
  'DROP VIEW v',
  'ALTER TABLE t ADD COLUMN d',
  'REINDEX t',
  'VACUUM',
  'ANALYZE',
  'BEGIN',
  'BEGIN IMMEDIATE',
  'COMMIT',
  'ROLLBACK',
  'SAVEPOINT x',
  'RELEASE x',
  'ROLLBACK TO x',
  'EXPLAIN QUERY PLAN SELECT * FROM t JOIN u USING (a) ORDER BY b',
  "ATTACH ':memory:' AS aux",
  'DETACH aux',
  'PRAGMA table_info(t)',
  'PRAGMA main.index_list(u)',
  'PRAGMA index_xinfo(te)',
  'PRAGMA integrity_check(3)',
  'PRAGMA user_version = 5',
  'PRAGMA cache_size = 10',
  'PRAGMA wal_checkpoint(TRUNCATE)',
  'PRAGMA journal_mode = wal',
  'PRAGMA encoding',
  'PRAGMA foreign_key_list(t)',
]

/** Whatever looks like a statement in the specs of this project. */
export function statementsOfTests(): string[] {
  const root = fileURLToPath(new URL('../../../__test__/', import.meta.url))
  const found = new Set<string>()
  for (const name of readdirSync(root, { recursive: true }) as string[]) {
    if (!name.endsWith('.spec.ts')) continue
    const text = readFileSync(join(root, name), 'utf8')
    const literals =
      /(['"`])((?:SELECT|INSERT|UPDATE|DELETE|CREATE|WITH|VALUES|REPLACE|PRAGMA)\b(?:(?!\1)[^\\$]){4,400})\1/g
    for (const [, , sql] of text.matchAll(literals)) found.add(sql!)
  }
  return [...found].sort()
}
