/**
 * Where something becomes a rowid or an INTEGER, one rule says which values do: in INSERT, UPDATE, WHERE, IN, a join, LIMIT,
 * CAST, STRICT tables, AUTOINCREMENT. REALs at the ends of the 64-bit range are what tells rules apart.
 */
import test from 'ava'
import { openOracle } from '../support/oracle.ts'
import { runSideBySide } from '../support/side-by-side.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

const values = [
  '-9223372036854775808.0',
  '9223372036854775807.0',
  '-9223372036854774784.0',
  '9223372036854774784.0',
  '-9223372036854775809',
  '-9223372036854775808',
  '9223372036854775808',
  '-9e999',
  '1.5',
  '7.0',
  '-0.0',
  '9007199254740993.0',
  "'-9223372036854775808.0'",
  "'-9223372036854775808'",
  "'9223372036854775807.0'",
  "' 7e0 '",
  "'7x'",
  "x'37'",
  'NULL',
]

const rows =
  'INSERT INTO t VALUES (-9223372036854775808, 1), (9223372036854775807, 2), (7, 7), (0, 0)'

function script(value: string): string[] {
  return [
    'CREATE TABLE t(id INTEGER PRIMARY KEY, i INT)',
    `INSERT INTO t VALUES (${value}, ${value})`,
    `INSERT OR REPLACE INTO t(rowid, i) SELECT ${value}, 5`,
    'SELECT * FROM t WHERE id < 100 OR id > 100000',
    `UPDATE t SET id = ${value}`,
    'DELETE FROM t',
    rows,
    ...['=', 'IS', '<', '<=', '>', '>='].map((o) => `SELECT id FROM t WHERE id ${o} ${value}`),
    `SELECT id FROM t WHERE id IN (${value}, 0)`,
    `SELECT id FROM t WHERE id IN (SELECT ${value})`,
    `SELECT id FROM t WHERE id BETWEEN ${value} AND ${value}`,
    `SELECT id FROM t WHERE id = ${value} OR id = 0`,
    'CREATE TABLE o(v)',
    `INSERT INTO o VALUES (${value})`,
    'SELECT id FROM o JOIN t ON id = v',
    'SELECT id FROM o LEFT JOIN t ON id = v',
    `UPDATE OR IGNORE t SET id = ${value} WHERE id = 7`,
    `DELETE FROM t WHERE id = ${value}`,
    'SELECT * FROM t',
    `SELECT 1 LIMIT ${value}`,
    `SELECT 1 LIMIT 1 OFFSET ${value}`,
    `SELECT CAST(${value} AS INTEGER), CAST(${value} AS NUMERIC)`,
    'CREATE TABLE s(id INTEGER PRIMARY KEY, i INTEGER) STRICT',
    `INSERT INTO s(i) VALUES (${value})`,
    `INSERT INTO s(id) VALUES (${value})`,
    'SELECT i FROM s',
    'CREATE TABLE a(id INTEGER PRIMARY KEY AUTOINCREMENT, x)',
    `INSERT INTO a VALUES (${value}, 1)`,
    'SELECT * FROM a',
    'SELECT seq FROM sqlite_sequence',
  ]
}

for (const value of values) {
  test.serial(`rowids: ${value} is the same rowid everywhere, or none`, (t) =>
    runSideBySide(t, oracle, script(value)),
  )
}
