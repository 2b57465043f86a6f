/** Conditions on the values of `generate_series`, whatever they are compared with: what a table of the same values answers. */
import test from 'ava'
import { ourAnswers, sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE s041(value)',
  'CREATE TABLE s042(value)',
  'CREATE TABLE s031(value)',
  'INSERT INTO s041 VALUES (0), (1), (2), (3), (4)',
  'INSERT INTO s042 VALUES (0), (2), (4)',
  'INSERT INTO s031 VALUES (0), (1), (2), (3)',
  'CREATE TABLE z(n INTEGER, m TEXT, r REAL, o)',
  "INSERT INTO z VALUES ('Ef', 'x', 0.5, 'a'), (3, '3', 3.0, 3), (0, 0, 0, '0'), (NULL, NULL, NULL, NULL), (x'30', x'33', 'a', x'33'), ('3x', '3.0', 3.5, '3'), (2, '2', 2, 2.0), (1, ' 1', '1', '1')",
]
const operands =
  "'a' '2' x'32' 2.0 1.5 2 NULL '2.0' '\u00a02' '1e0' x'' '' -1 9223372036854775807 1e30 -1e30 '9' CAST('2'||''AS[TEXT]) +'2' (SELECT'2') 0x2"
    .split(' ')
    .map((one) => one.replaceAll('\u00a0', ' ').replace('AS[TEXT]', ' AS TEXT'))

const questions: string[] = []
for (const operator of ['=', '<', '<=', '>', '>=', '<>', 'IS', 'IS NOT']) {
  for (const operand of operands) {
    questions.push(
      `SELECT value FROM SERIES(0, 4, 1) WHERE value ${operator} ${operand} ORDER BY value`,
      `SELECT value FROM SERIES(0, 4, 2) WHERE ${operand} ${operator} value ORDER BY value`,
    )
  }
  for (const column of ['n', 'm', 'r', 'o']) {
    questions.push(
      `SELECT z.rowid, value FROM z JOIN SERIES(0, 3, 1) ON ${column} ${operator} value ORDER BY 1, 2`,
    )
  }
}
for (const operand of operands) {
  questions.push(
    `SELECT value FROM SERIES(0, 4, 1) WHERE value BETWEEN 1 AND ${operand} ORDER BY value`,
    `SELECT value FROM SERIES(0, 4, 1) WHERE value BETWEEN ${operand} AND 3 ORDER BY value`,
    `SELECT value FROM SERIES(0, 4, 1) WHERE value IN (1, ${operand}) ORDER BY value`,
    `SELECT value FROM SERIES(0, 4, 1) WHERE value IN (${operand}, 2.0, '2', '3') ORDER BY value`,
    `SELECT value FROM SERIES(0, 4, 1) WHERE value IN (SELECT ${operand}) ORDER BY value`,
  )
}
for (const column of ['n', 'm', 'r', 'o']) {
  questions.push(
    `SELECT value FROM SERIES(0, 4, 1) WHERE value IN (SELECT ${column} FROM z WHERE ${column} IS NOT NULL) ORDER BY value`,
    `SELECT value FROM SERIES(0, 4, 1) WHERE CAST(value AS TEXT) IN (SELECT ${column} FROM z) ORDER BY value`,
  )
}

/** A column without a type has no affinity, as that of a series. */
const asTable = (sql: string): string => sql.replace(/SERIES\((\d), (\d), (\d)\)/, 's$1$2$3')

test('conditions on values of a series', async (t) => {
  const tables = questions.map(asTable)
  const series = questions.map((sql) => sql.replace('SERIES', 'generate_series'))
  const [ours, wanted] = [series, tables].map((some) => ourAnswers([...setup, ...some]))
  for (const [i, answer] of ours!.entries())
    t.is(answer, wanted![i]!, series[i - setup.length] ?? 'set up')
  await sameAnswers(t, setup, tables)
})
