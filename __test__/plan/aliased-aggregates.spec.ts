/** Aggregates where there may be none, written out or by an alias: SQLite's sentences. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const aggregates = [
  'max(a)',
  'max(a) + 1',
  'count(*)',
  'group_concat(a, b)',
  'json_group_array(a)',
  'coalesce(max(a), 1)',
  'CAST(max(a) AS TEXT)',
  'min(a, b)',
  'median(a)',
  'total(a) FILTER (WHERE a > 1)',
  'sum(a) OVER ()',
  'row_number() OVER ()',
]
const terms =
  "c|c + 0|-c|(c)|c COLLATE NOCASE|abs(c)|c || ''|c IN (1)|1|CASE WHEN c THEN 1 END|d, c + 0|c + 0, c|c + 0, nosuch|c, nosuch|nosuch, c + 0|coalesce(c, max(b))|c + max(b)|+c|c BETWEEN 1 AND 2|c IS NULL|a, -c|max(c)|sum(c + 1)|max(b)".split(
    '|',
  )
const setup = ['CREATE TABLE t(a, b)', 'INSERT INTO t VALUES (1, 2)']

test('aliases of aggregates', (t) =>
  sameAnswers(
    t,
    setup,
    aggregates.flatMap((one) =>
      terms.flatMap((term) => [
        `SELECT ${one} AS c, min(b) AS d FROM t GROUP BY ${term}`,
        `SELECT ${one} AS c, b AS d FROM t GROUP BY ${term}`,
        `SELECT ${one} AS c, b AS d FROM t GROUP BY b HAVING ${term}`,
        `SELECT ${one} AS c, b AS d FROM t GROUP BY b ORDER BY ${term}`,
        `SELECT ${one} AS c, b AS d FROM t WHERE ${term}`,
      ]),
    ),
  ))

test('the last of several aggregates in a condition is told', (t) =>
  sameAnswers(
    t,
    setup,
    [
      'sum(a) + max(b)',
      'sum(a) AND max(b)',
      'sum(a) = max(b)',
      'coalesce(sum(a), max(b), total(b))',
      'a IN (sum(a), max(b))',
      'CASE sum(a) WHEN max(b) THEN total(a) END',
      'sum(a) BETWEEN max(b) AND min(a)',
      'sum(a) LIKE max(b)',
      'abs(sum(a)) + nosuch + max(b)',
      'NOT (sum(a) IS max(b))',
    ].flatMap((condition) => [
      `SELECT count(*) FROM t WHERE ${condition}`,
      `SELECT a FROM t WHERE ${condition}`,
      `SELECT count(*) FROM t JOIN t AS x ON ${condition.replaceAll(/\b([ab])\b/g, 'x.$1')}`,
    ]),
  ))

test('names are looked for behind an aggregate that may not be there', (t) =>
  sameAnswers(
    t,
    setup,
    [
      'c + 0, e',
      'e, c + 0',
      'c + 0, c, e',
      'c + 0, nosuch, e',
      'max(c), e',
      'c + 0, sum(e)',
    ].flatMap((term) => [
      `SELECT max(a) AS c, b AS e FROM t GROUP BY ${term}`,
      `SELECT max(a) AS c, count(*) AS d, b AS e FROM t GROUP BY ${term} ORDER BY e`,
      `SELECT max(a) AS c, b AS e FROM t GROUP BY ${term} HAVING e`,
    ]),
  ))

test('an alias of several aggregates, and one that a subquery names', (t) => {
  const meant = [
    'sum(a)',
    'sum(a) + max(b)',
    'max(b) + sum(a)',
    'coalesce(total(a), max(b), min(a))',
  ]
  const terms = [
    'c',
    'c + 1',
    'abs(c)',
    '(SELECT c)',
    '(SELECT c FROM t)',
    '(SELECT c + 1)',
    '(SELECT (SELECT c))',
    'a IN (SELECT c)',
    'EXISTS (SELECT 1 WHERE c)',
    '(SELECT t.c)',
    '(SELECT c), nosuch',
    '(SELECT c + nosuch)',
  ]
  return sameAnswers(
    t,
    setup,
    meant.flatMap((one) =>
      terms.flatMap((term) => [
        `SELECT ${one} AS c FROM t GROUP BY ${term}`,
        `SELECT ${one} AS c FROM t GROUP BY a HAVING ${term.replace(', ', ' AND ')}`,
        `SELECT ${one} AS c FROM t GROUP BY a ORDER BY ${term}`,
        `SELECT ${one} AS c FROM t WHERE ${term.replace(', ', ' AND ')}`,
        `SELECT ${one} AS c FROM t JOIN t AS x USING (a) WHERE ${term.replace(', ', ' AND ').replaceAll(' t)', ' x)')}`,
      ]),
    ),
  )
})
