/**
 * Indexes that lead to another table's entries, and counters of another shape, as writable_schema can make them: what SQLite passes over is passed over, what
 * it finds damaged is damaged, in its words.
 */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const misled = [
  'CREATE TABLE r(a INTEGER PRIMARY KEY, b, c)',
  'CREATE UNIQUE INDEX ri ON r(c)',
  "INSERT INTO r VALUES (1, 'one', 'i'), (2, 'two', 'ii')",
  'CREATE TABLE k(a PRIMARY KEY, b, c) WITHOUT ROWID',
  'CREATE UNIQUE INDEX ki ON k(c)',
  "INSERT INTO k VALUES (1, 'one', 'i'), (2, 'two', 'ii')",
  'CREATE TABLE o(a INTEGER PRIMARY KEY, b, c)',
  'CREATE UNIQUE INDEX oi ON o(c)',
  "INSERT INTO o VALUES (1, 'one', 'i'), (2, 'two', 'ii'), (3, 'three', 'iii')",
  'PRAGMA writable_schema = 1',
  "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'oi') WHERE name IN ('ri', 'ki')",
  'PRAGMA writable_schema = RESET',
]

const statements = [
  "SELECT * FROM k WHERE c = 'iii'",
  "SELECT * FROM k WHERE c >= 'i' ORDER BY c",
  "DELETE FROM k WHERE c = 'iii'",
  "UPDATE k SET b = 'x' WHERE c = 'iii'",
  "INSERT INTO k VALUES (4, 'four', 'iii') ON CONFLICT (c) DO UPDATE SET b = NULL",
  "SELECT * FROM r WHERE c = 'iii'",
  "DELETE FROM r WHERE c = 'iii'",
  "UPDATE r SET b = 'x' WHERE c = 'iii'",
  "INSERT INTO r VALUES (4, 'four', 'iii') ON CONFLICT (c) DO UPDATE SET b = NULL",
]

for (const statement of statements) {
  test(`misled index: ${statement}`, async (t) => {
    await sameAnswers(t, misled, [statement])
  })
}

const counted = [
  'CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b)',
  'INSERT INTO t(b) VALUES (1)',
]

const definitions = [
  "UPDATE sqlite_schema SET sql = 'CREATE TABLE sqlite_sequence(x)' WHERE name = 'sqlite_sequence'",
  "UPDATE sqlite_schema SET sql = 'CREATE TABLE sqlite_sequence(name, seq, z)' WHERE name = 'sqlite_sequence'",
  "UPDATE sqlite_schema SET sql = 'CREATE TABLE x(name, seq)', name = 'x', tbl_name = 'x' WHERE name = 'sqlite_sequence'",
]

for (const definition of definitions) {
  test(`sequence: ${definition}`, async (t) => {
    const change = ['PRAGMA writable_schema = 1', definition, 'PRAGMA writable_schema = RESET']
    await sameAnswers(
      t,
      [...counted, ...change],
      [
        'INSERT INTO t(b) VALUES (2)',
        'INSERT INTO t VALUES (7, 2)',
        'UPDATE t SET b = 3',
        'DELETE FROM t',
        'SELECT * FROM t',
      ],
    )
  })
}
