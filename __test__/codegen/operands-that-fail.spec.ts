/**
 * An operand that fails makes its expression fail, also where the answer could be told without it: IS NULL of what is never NULL, IN of a NULL.
 * Where SQLite does not evaluate it, its error does not show.
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { openOracle } from '../support/oracle.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

/** `c` is the integer that has no absolute value, `n` is NULL. */
const setup = 'CREATE TABLE t(c, n); INSERT INTO t VALUES (-9223372036854775807 - 1, NULL)'
const never = [
  "coalesce(abs(c), 'k')",
  'ifnull(abs(c), 1)',
  'typeof(abs(c))',
  "coalesce(abs(c), 'x') COLLATE NOCASE",
  '-coalesce(abs(c), 1)',
  'CAST(coalesce(abs(c), 1) AS TEXT)',
  '(abs(c) IS NULL)',
  'hex(abs(c))',
  'coalesce(1, abs(c))',
]
const lists = [
  'n IN (abs(c))',
  'n IN (1, abs(c))',
  'n NOT IN (abs(c), 2)',
  'NULL IN (2, abs(c))',
  'CAST(n AS TEXT) IN (abs(c))',
  '1 IN (1, abs(c))',
  '1 IN (2, abs(c), 1)',
  '(n IN (abs(c))) IS NULL',
  'n IN (1, 2)',
]
const expressions = [
  ...never.flatMap((text) => [`${text} IS NULL`, `${text} IS NOT NULL`]),
  ...lists,
]

for (const expression of expressions) {
  test.serial(`operands that fail: ${expression}`, async (t) => {
    if (oracle === null) return void t.pass()
    await oracle.reset(setup)
    const database = new Database(':memory:')
    database.exec(setup)
    for (const sql of [
      `SELECT ${expression} FROM t`,
      `SELECT 1 FROM t WHERE ${expression}`,
      `SELECT 1 FROM t WHERE NOT (${expression})`,
      `SELECT CASE WHEN ${expression} THEN 1 ELSE 0 END FROM t`,
    ]) {
      const there = await oracle.query(sql).then(
        (rows) => `${rows.length}`,
        (error: Error) => error.message,
      )
      t.is(answer(database, sql), there, sql)
    }
    database.close()
  })
}

/** Over `w`, whose `b` is never NULL, `empty`, and `p` without rowids. */
const places = `CREATE TABLE w(a INTEGER PRIMARY KEY, b INT NOT NULL, c, n); CREATE INDEX wb ON w(b);
  CREATE TABLE u(x INTEGER PRIMARY KEY, y); CREATE TABLE empty(a);
  CREATE TABLE p(k INT, c, d, PRIMARY KEY (k)) WITHOUT ROWID; CREATE INDEX pd ON p(d); CREATE INDEX wn ON w(n COLLATE NOCASE); INSERT INTO p VALUES (2, -9223372036854775807 - 1, 1);
  INSERT INTO w VALUES (1, 1, 5, NULL), (2, 0, -9223372036854775807 - 1, 1), (3, 1, NULL, 0); INSERT INTO u VALUES (1, 1)`
const statements = [
  // AND and OR as values evaluate both sides, as conditions no more than they need.
  'SELECT b = 7 AND abs(c) FROM w',
  'SELECT b = 0 OR abs(c) FROM w',
  'SELECT CASE WHEN b = 7 AND abs(c) THEN 1 END FROM w',
  'SELECT (b = 7 AND abs(c)) IS TRUE FROM w',
  'SELECT abs(c) AND (SELECT 0) FROM w',
  'SELECT b = 7 AND (SELECT abs(c)) FROM w',
  'SELECT a FROM w ORDER BY b = 7 AND abs(c)',
  'SELECT count(*) FROM w GROUP BY b = 7 AND abs(c)',
  'SELECT a FROM w WHERE abs(c) IN (SELECT y FROM u) OR a',
  // Integers that are written decide.
  'SELECT abs(c) AND 0 FROM w',
  'SELECT abs(c) OR 1 FROM w',
  'SELECT abs(c) AND 1 = 2 FROM w',
  'SELECT a FROM w WHERE abs(c) AND 1 = 2',
  'SELECT a FROM w WHERE abs(c) OR 1',
  'SELECT a FROM w LEFT JOIN u ON abs(c) OR 1',
  'SELECT a FROM w ORDER BY 0 IS NULL',
  'SELECT a FROM w ORDER BY 2 IS NOT NULL',
  'SELECT count(*) FROM w GROUP BY -0 IS NULL',
  // By the primary key of a table without rowids, whose entries are rows, and by another index.
  'SELECT c FROM p INDEXED BY sqlite_autoindex_p_1 WHERE abs(c) AND k % 5 = 3',
  'SELECT k FROM p WHERE abs(c) AND +k = 3 AND k > 1',
  'SELECT c FROM p INDEXED BY pd WHERE abs(c) AND k % 5 = 3',
  'SELECT c FROM p INDEXED BY pd WHERE abs(c) AND d % 5 = 3',
  // NULL is found in an index of any collation.
  'SELECT a FROM w WHERE abs(c) IS NOT NULL AND (c <> 1 AND n IS NULL)',
  'SELECT a FROM w WHERE abs(c) AND n IS NULL AND a > 0',
  // Rows and BETWEEN.
  'SELECT (1, abs(c)) = (2, 3) FROM w',
  'SELECT (1, abs(c)) = (NULL, 3) FROM w',
  'SELECT (NULL, abs(c)) < (1, 2) FROM w',
  'SELECT 1 BETWEEN 2 AND abs(c) FROM w',
  'SELECT a FROM w WHERE NOT 1 BETWEEN 2 AND abs(c)',
  'SELECT a FROM w WHERE b BETWEEN 1 AND abs(c)',
  // Which condition is tested first.
  'SELECT a FROM w WHERE abs(c) AND b IS NULL',
  'SELECT a FROM w WHERE abs(c) AND -b IS NULL',
  'SELECT a FROM w WHERE abs(c) AND a IS NULL',
  'SELECT a FROM w WHERE abs(c) AND CASE WHEN b IS NULL THEN 1 END',
  'SELECT (SELECT 1 FROM u WHERE abs(c) AND b IS NULL) FROM w',
  'SELECT a FROM w LEFT JOIN u ON 1 WHERE abs(c) AND x IS NULL',
  'SELECT a FROM w LEFT JOIN u ON abs(c) AND b IS NULL',
  'SELECT a FROM w WHERE (SELECT abs(c)) AND b = 7 + a',
  'SELECT a FROM w WHERE abs(c) IN (SELECT y FROM u) AND c = 1 AND n',
  'SELECT 1 FROM empty WHERE abs(-9223372036854775807 - 1)',
  'SELECT abs(-9223372036854775807 - 1) FROM empty',
  'SELECT 1 FROM empty WHERE (SELECT abs(-9223372036854775807 - 1))',
  'SELECT b FROM w GROUP BY b HAVING abs(sum(c)) AND b = 1',
  'SELECT b FROM w GROUP BY b HAVING abs(sum(c)) AND b',
]

for (const sql of statements) {
  test.serial(`operands that fail: ${sql}`, async (t) => {
    if (oracle === null) return void t.pass()
    await oracle.reset(places)
    const database = new Database(':memory:')
    database.exec(places)
    const there = await oracle.query(sql).then(
      (rows) => `${rows.length}`,
      (error: Error) => error.message,
    )
    t.is(answer(database, sql), there)
    database.close()
  })
}

for (const sql of [
  'UPDATE w SET n = b = 7 AND abs(c)',
  'UPDATE w SET n = 1 WHERE abs(c) AND b IS NULL',
  'DELETE FROM w WHERE abs(c) AND b IS NULL',
  'DELETE FROM w WHERE abs(c) AND NOT NOT (b IS NULL)',
  'UPDATE p INDEXED BY sqlite_autoindex_p_1 SET d = 2 WHERE abs(c) AND k % 5 = 3',
  'UPDATE p SET d = 2 WHERE abs(c) AND k % 5 = 3 AND k > 1',
  'DELETE FROM p INDEXED BY sqlite_autoindex_p_1 WHERE abs(c) AND k % 5 = 3',
  'UPDATE p INDEXED BY pd SET c = 2 WHERE abs(c) AND k % 5 = 3',
  'DELETE FROM p INDEXED BY pd WHERE abs(c) AND d % 5 = 3',
  'CREATE INDEX i ON w(b = 7 AND abs(c))',
  'CREATE INDEX i ON w(abs(c) IN ())',
  'CREATE INDEX i ON w(b) WHERE b = 7 AND abs(c)',
]) {
  test.serial(`operands that fail: ${sql}`, async (t) => {
    if (oracle === null) return void t.pass()
    await oracle.reset(places)
    const database = new Database(':memory:')
    database.exec(places)
    const there = await oracle.exec(sql).then(
      () => 'done',
      (error: Error) => error.message,
    )
    t.is(done(database, sql), there)
    database.close()
  })
}

function done(database: Database, sql: string): string {
  try {
    database.exec(sql)
    return 'done'
  } catch (error) {
    return (error as Error).message
  }
}

function answer(database: Database, sql: string): string {
  try {
    return `${database.prepare(sql).all().length}`
  } catch (error) {
    return (error as Error).message
  }
}
