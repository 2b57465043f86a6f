/** Rows of VALUES that have an affinity of their own, by CAST or by a column, are a compound: which affinity its columns have, read and compared. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE t(i INT, x TEXT, r REAL, n)',
  "INSERT INTO t VALUES (1, '1', 1.0, '1'), (2, '2', 2.5, 2)",
]

const cells = [
  "CAST('1' AS TEXT)",
  "CAST('1' AS REAL)",
  'CAST(1 AS INT)',
  '1',
  "'1'",
  '1.0',
  'NULL',
  'i',
  'x',
  'r',
  'n',
  "x'31'",
  '+x',
  'abs(1)',
  "(SELECT '1')",
]

test('values: the affinity of a column over several rows', async (t) => {
  const statements = cells.flatMap((first) =>
    cells.flatMap((second) => {
      const rows = `VALUES (${first}), (${second})`
      const name = /^[irnx]$/.test(first) ? first : 'column1'
      return [
        `SELECT (SELECT group_concat(typeof(column1) || (column1 = 1) || (column1 = '1') || (column1 < '2')) FROM (${rows})) FROM t`,
        `SELECT (SELECT group_concat(${name} || typeof(${name}) || (${name} < '2')) FROM (${rows})) FROM t`,
        /REAL|INT|abs|^[irn]/.test(first) || /REAL|INT|abs|^[irn]/.test(second)
          ? 'SELECT 1'
          : `SELECT 1 IN (${rows}), '1' IN (${rows}), n IN (${rows}) FROM t`,
      ]
    }),
  )
  await sameAnswers(t, setup, statements)
})

test('values: the types of a view and of a table made of it', async (t) => {
  const constant = ["CAST('1' AS TEXT)", 'CAST(1 AS REAL)', 'CAST(1 AS INT)', '1', "'1'", 'NULL']
  const statements = constant.flatMap((first, i) =>
    constant.flatMap((second, j) => [
      `CREATE VIEW v${i}${j} AS VALUES (${first}), (${second}), (${first})`,
      `SELECT type FROM pragma_table_info('v${i}${j}')`,
      `SELECT column1, typeof(column1), column1 = 1, column1 = '1' FROM v${i}${j}`,
      `CREATE TABLE t${i}${j} AS VALUES (${first}), (${second})`,
      `SELECT sql FROM sqlite_schema WHERE name = 't${i}${j}'`,
    ]),
  )
  await sameAnswers(t, setup, statements)
})
