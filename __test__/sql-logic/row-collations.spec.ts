/** By which collations rows are compared with the columns of a subquery, and values with one, against SQLite: rows by those of the columns, values by none. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE t(a TEXT COLLATE NOCASE, b TEXT COLLATE RTRIM, c TEXT, n INTEGER)',
  "INSERT INTO t VALUES ('Abc', 'x ', 'q', 1), ('DEF', 'y', 'Q ', 2)",
]

const queries = [
  'SELECT n, a FROM t LIMIT 1',
  'SELECT n, b FROM t LIMIT 1',
  'SELECT n, c FROM t ORDER BY n LIMIT 1',
  "SELECT n, a || '' FROM t LIMIT 1",
  'SELECT n, max(a) FROM t',
  'SELECT n, c COLLATE NOCASE FROM t LIMIT 1',
  "SELECT n, a FROM t UNION ALL SELECT 1, 'x'",
  "SELECT 1, 'x' UNION ALL SELECT n, a FROM t",
  'SELECT n, a FROM (SELECT n, a FROM t LIMIT 1)',
  'SELECT n, (SELECT a FROM t) FROM t',
  "VALUES (1, 'abc')",
  'WITH c AS (SELECT n, a FROM t) SELECT * FROM c',
  'SELECT n, CAST(a AS TEXT) FROM t',
  'SELECT n, +a FROM t',
]
const rows = [
  "(1, 'abc')",
  "(1, 'X')",
  "(1, 'Q')",
  "(1, 'abc ')",
  '(1, c)',
  '(1, b)',
  "(1, 'abc' COLLATE RTRIM)",
  "('1', 'ABC')",
]

test('rows are compared by the collations of the columns of a subquery', async (t) => {
  const statements = rows.flatMap((row) =>
    queries.flatMap((query) => [
      ...['=', '<', '>=', 'IS'].flatMap((operator) => [
        `SELECT ${row} ${operator} (${query}) FROM t`,
        `SELECT (${query}) ${operator} ${row} FROM t`,
      ]),
      `SELECT ${row} BETWEEN (${query}) AND (2, 'z'), ${row} IN (${query}) FROM t`,
    ]),
  )
  await sameAnswers(t, setup, statements)
})

test('a value is compared with a subquery by its own collation', async (t) => {
  const values = ["'abc'", "'ABC'", 'b', 'c', "'abc' COLLATE RTRIM"]
  const columns = ['a', 'b', 'c', 'c COLLATE NOCASE', 'max(a)']
  const statements = values.flatMap((value) =>
    columns.flatMap((column) =>
      ['=', '<', '>=', 'IS'].flatMap((operator) => [
        `SELECT ${value} ${operator} (SELECT ${column} FROM t) FROM t`,
        `SELECT (SELECT ${column} FROM t) ${operator} ${value} FROM t`,
      ]),
    ),
  )
  await sameAnswers(t, setup, statements)
})
