/** An OR that is looked up in several indexes of a WITHOUT ROWID table: each row once, in SQLite's order. */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { sameAnswers } from '../support/same-answers.ts'

const tables = [
  'CREATE TABLE t(a TEXT, b INTEGER, c, d REAL, PRIMARY KEY (a, b)) WITHOUT ROWID',
  'CREATE TABLE t(a TEXT COLLATE NOCASE, b INTEGER, c, d REAL, PRIMARY KEY (b DESC, a)) WITHOUT ROWID',
  'CREATE TABLE t(a TEXT, b INTEGER, c, d REAL PRIMARY KEY) WITHOUT ROWID',
]
const rows = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
  INSERT INTO t SELECT char(97 + i % 26) || (i / 26), i * 7 % 300, i % 40, i * 11 % 301 + 0.5 FROM n`
const indexes = ['CREATE INDEX c ON t(c)', 'CREATE INDEX d ON t(d, c)', 'CREATE INDEX b ON t(b)']
const conditions = [
  'c = 3 OR d = 12.5',
  "a = 'b1' OR c = 3",
  'c = 3 OR c = 4 OR d = 45.5',
  'b = 14 OR c = 14',
  'b IN (7, 14) OR d IN (12.5, 23.5)',
  '(c = 3 AND d > 100) OR b = 21',
  "(a = 'b1' AND b = 8) OR d = 12.5",
]

test('OR in a WITHOUT ROWID table: several indexes', async (t) => {
  for (const table of tables) {
    const db = new Database(':memory:')
    for (const sql of [table, rows, ...indexes]) db.exec(sql)
    const plan = db.prepare('EXPLAIN QUERY PLAN SELECT * FROM t WHERE c = 3 OR d = 12.5').all()
    t.true(JSON.stringify(plan).includes('MULTI-INDEX OR'))
    db.close()
    await sameAnswers(
      t,
      [table, rows, ...indexes],
      [
        ...conditions.map((where) => `SELECT * FROM t WHERE ${where}`),
        ...conditions.map(
          (where) =>
            `SELECT p.b, q.b FROM t p JOIN t q ON p.c = q.c AND (${where.replaceAll(/\b[abcd]\b(?= )/g, 'q.$&')}) WHERE p.b < 99 ORDER BY 1, 2`,
        ),
        ...conditions.map((where) => `SELECT count(*), sum(b) FROM t WHERE ${where} AND b > 9`),
        ...conditions.map((where) => `UPDATE t SET c = c + 1 WHERE ${where} RETURNING *`),
        ...conditions.map((where) => `DELETE FROM t WHERE ${where}`),
        'SELECT count(*), sum(b), sum(c) FROM t',
        'PRAGMA integrity_check',
      ],
    )
  }
})
