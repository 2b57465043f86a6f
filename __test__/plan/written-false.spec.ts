/**
 * A 0 that is written out beside AND, and an empty list after IN, are the answer already when the text is read: names on the other
 * side mean nothing, aggregates make no aggregate query, functions must exist.
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE r(a, b)',
  'INSERT INTO r VALUES (1, 2), (3, 4)',
  'CREATE TABLE c(x CHECK (nosuch AND 0), y DEFAULT (1 AND 0))',
]

const conditions = [
  'nosuch AND 0',
  '0 AND nosuch',
  'a AND (0)',
  'nosuch AND 0x00',
  'nosuch AND 00',
  'nosuch AND 0_0',
  'nosuch AND -0',
  'nosuch AND 0.0',
  'nosuch AND FALSE',
  'nosuch AND NULL',
  'nosuch AND 0 COLLATE nocase',
  'nosuch AND CAST(0 AS INT)',
  '(nosuch AND 0) AND other',
  'nosuch AND (1 AND 0)',
  'nosuch OR 0 AND other',
  'NOT (nosuch AND 0)',
  'nosuch IN ()',
  'nosuch NOT IN ()',
  'nosuch IN () AND other',
  '(a, nosuch) IN ()',
  '(abs(nosuch), 2) IN ()',
  '(2, abs(nosuch)) IN ()',
  '(max(a), 2) IN ()',
  'max(a) IN ()',
  'max(a) NOT IN ()',
  'count(*) AND 0',
  '0 AND sum(a)',
  'nosuch(1) AND 0',
  'nosuch(1) IN ()',
  'abs() AND 0',
  'abs(-9223372036854775808) IN ()',
  'abs(-9223372036854775808) NOT IN ()',
  '0 AND nosuch LIKE 1',
  '0 AND CURRENT_TIME',
  '0 AND CASE WHEN nosuch THEN 1 END',
  '0 AND CASE WHEN 1 THEN abs(nosuch) END',
  '0 AND nosuch IN (abs(1))',
  '0 AND nosuch IN (SELECT abs(1))',
  '0 AND nosuch BETWEEN 1 AND 2',
  '0 AND EXISTS (SELECT nosuch())',
  '0 AND (SELECT 1, 2)',
]

test('written false: what stands beside it is looked at as far as SQLite does', async (t) => {
  const places = ['SELECT X FROM r', 'SELECT 1 FROM r WHERE X', 'SELECT 1 FROM r GROUP BY X']
  await sameAnswers(t, setup, [
    ...conditions.flatMap((condition) => places.map((place) => place.replace('X', condition))),
    'SELECT 1 FROM r JOIN r AS s ON 0 AND nosuch',
    'SELECT 1 FROM r LEFT JOIN r AS s ON 0 AND s.nosuch',
    'SELECT 1 FROM r ORDER BY nosuch AND 0',
    'SELECT a FROM r ORDER BY nosuch IN (), a DESC',
    'SELECT 1 LIMIT nosuch AND 0',
    'INSERT INTO c(x) VALUES (1)',
    'SELECT * FROM c',
    'CREATE INDEX i ON r(nosuch AND 0)',
    'CREATE INDEX i ON r(a) WHERE nosuch AND 0',
    'SELECT sql FROM sqlite_schema',
    'DELETE FROM r WHERE 0 AND nosuch',
    'UPDATE r SET a = nosuch AND 0',
    'SELECT * FROM r',
  ])
})

test('written false: a text like an earlier one is read by its own values', (t) => {
  const database = new Database(':memory:')
  database.exec('CREATE TABLE r(a, b); INSERT INTO r VALUES (1, 2)')
  const failing = ['1', '2', '3']
  for (const value of failing) {
    t.throws(() =>
      database.exec(`UPDATE r SET a = abs(b - ${'9223372036854775807'} - 3) AND ${value}`),
    )
  }
  for (const value of ['0', '1', '2', '0', '(0)', '0x0']) {
    const ask = `SELECT b FROM r WHERE a = 1 AND nosuch AND ${value}`
    if (/[12]/.test(value))
      t.throws(() => database.prepare(ask), { message: 'no such column: nosuch' })
    else t.deepEqual(database.prepare(ask).all(), [])
  }
  database.close()
})

test('written false: a number beyond 32 bits names no column of ORDER BY and GROUP BY', async (t) => {
  const numbers = [
    '2147483647',
    '2147483648',
    '-2147483647',
    '-2147483648',
    '9223372036854775807',
    '-9223372036854775808',
    '9223372036854775808',
    '0xffffffff',
    '0xffffffffffffffff',
    '0x2',
  ]
  await sameAnswers(
    t,
    setup,
    numbers.flatMap((n) => [
      `SELECT a, ${n} FROM r ORDER BY ${n}, 1`,
      `SELECT a FROM r GROUP BY ${n}`,
      `SELECT DISTINCT a FROM r ORDER BY a, ${n}`,
      `SELECT a FROM r UNION SELECT b FROM r ORDER BY ${n}`,
    ]),
  )
})
