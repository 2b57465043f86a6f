/** median, percentile, percentile_cont, percentile_disc, and functions that are refused: answers and sentences are SQLite's. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const groups = [
  'VALUES (1), (2), (3), (10)',
  'VALUES (NULL), (5)',
  'VALUES (2.5), (1), (NULL), (-3), (7), (7)',
  'VALUES (9223372036854775807), (9223372036854775805)',
  "VALUES ('a')",
  "VALUES ('1'), (2)",
  "VALUES (x'31')",
  'VALUES (9e999)',
  'VALUES (-9e999), (1)',
  'SELECT 1 AS column1 WHERE 0',
]

const calls = [
  'median(column1)',
  'median(DISTINCT column1)',
  'median(column1) FILTER (WHERE column1 > 1)',
  ...[
    '0',
    '25',
    '50',
    '99.9',
    '100',
    "'30'",
    "' 30 '",
    "'30x'",
    "'x'",
    'NULL',
    "x''",
    '-1',
    '101',
  ].map((part) => `percentile(column1, ${part})`),
  ...['0', '.25', '.5', '1', '1.5'].flatMap((part) => [
    `percentile_cont(column1, ${part})`,
    `percentile_disc(column1, ${part})`,
  ]),
]

test('percentile: of groups of many kinds, as in SQLite', async (t) => {
  const statements = groups.flatMap((group) =>
    calls.map((call) => `SELECT typeof(${call}), ${call} FROM (${group})`),
  )
  await sameAnswers(t, [], statements)
})

test('percentile: fractions that differ, numbers of arguments, and what is refused', async (t) => {
  const over = (call: string, rows: string): string => `SELECT ${call} FROM (VALUES ${rows})`
  await sameAnswers(
    t,
    [],
    [
      over('percentile(column1, column1)', '(1), (2)'),
      over('percentile(column1, column2)', '(1, 50), (2, 50.0005)'),
      over('percentile(column1, column2)', '(1, 50), (2, 51)'),
      over('percentile(column1, column2)', '(NULL, 50), (2, 10)'),
      over('percentile(column1, column2)', '(NULL, 500), (2, 10)'),
      'SELECT median()',
      'SELECT median(1, 2)',
      'SELECT percentile(1)',
      'SELECT percentile_cont(1)',
      "SELECT load_extension('x')",
      "SELECT load_extension('x', 'y')",
      'SELECT load_extension()',
      "SELECT sqlite_log(1, 'x')",
      'SELECT sqlite_log(1)',
    ],
  )
})
