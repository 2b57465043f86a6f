/**
 * JSON that comes out of a scalar subquery, against SQLite: it is JSON to the function around it, unless its rows were sorted. An index that has
 * the order, one row, or no row to compare leave it JSON.
 */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE u(n INTEGER, s TEXT, UNIQUE (n, s))',
  "INSERT INTO u VALUES (7, 'b'), (7, 'a'), (8, 'c')",
  'CREATE TABLE v(n INTEGER PRIMARY KEY, s, g AS (json_array(n)), h AS (json_array(s)) STORED)',
  'INSERT INTO v VALUES (1, 2), (2, 1)',
]

const results = [
  'json_object()',
  'json_array(n)',
  'json_quote(s)',
  "'[[1]]' -> 0",
  "'[[1]]' ->> 0",
  "json_extract('[[1]]', '$[0]')",
  'CASE WHEN n = 7 THEN json_array(n) ELSE s END',
  'coalesce(NULL, json_array(s))',
  'nullif(json_array(2), json_array(1))',
  'min(json_array(2), json_array(1))',
  'iif(n > 1, json_array(2), s)',
  'CAST(json_array(2) AS TEXT)',
  '(SELECT json_array(x.n))',
  '(SELECT json_array(x.n) ORDER BY 1)',
  "(SELECT value FROM json_each('[[1], [2]]') ORDER BY rowid DESC)",
  'jsonb_array(n)',
  's',
  'json_group_array(s)',
  'json_group_object(s, n)',
  'max(json_array(s))',
  "max(json_extract('[[1]]', '$[0]'))",
  'min(iif(n = 7, json_array(s), s))',
  'max(coalesce(NULL, json_array(n))) FILTER (WHERE n > 7)',
  "coalesce(min(json_extract('[[1]]', '$[0]')), s, n)",
]

const tails = [
  '',
  'LIMIT 1 OFFSET 1',
  'ORDER BY rowid DESC',
  'ORDER BY n, s',
  'ORDER BY n DESC LIMIT 1 OFFSET 1',
  'ORDER BY s',
  'ORDER BY s LIMIT 1',
  'ORDER BY 1',
  'ORDER BY 1 + 1',
  'WHERE n = 7 ORDER BY s',
  'WHERE n = 7 AND s = 1 ORDER BY s',
  'WHERE rowid = 2 ORDER BY s',
  'GROUP BY n',
  'GROUP BY n ORDER BY n',
  'GROUP BY s ORDER BY count(*), s',
]

test('a subquery is JSON where its rows are not sorted', async (t) => {
  const statements = ['u', 'v'].flatMap((table) =>
    results.flatMap((result) =>
      tails.map((tail) => `SELECT json_array((SELECT ${result} FROM ${table} AS x ${tail}))`),
    ),
  )
  await sameAnswers(t, setup, statements)
})

const others = [
  'SELECT json_array((SELECT DISTINCT json_array(n) FROM u))',
  'SELECT json_array((SELECT DISTINCT json_array(s) FROM u LIMIT 1 OFFSET 1))',
  'SELECT json_array((SELECT DISTINCT json_array(s) FROM u ORDER BY 1))',
  'SELECT json_array((SELECT g FROM v ORDER BY n)), json_array((SELECT g FROM v ORDER BY s))',
  'SELECT json_array((SELECT h FROM v ORDER BY n)), json_array((SELECT g FROM v))',
  'SELECT json_array((SELECT DISTINCT json_group_array(n) FROM u ORDER BY 1))',
  'SELECT json_array((SELECT json_group_array(n) FROM u HAVING count(*) > 1 ORDER BY s))',
  'SELECT json_array((SELECT json_group_array(s) OVER (ORDER BY s) FROM u))',
  'SELECT json_array((SELECT json_group_array(s) OVER (ORDER BY s) FROM u ORDER BY s))',
  'SELECT json_array((SELECT json_array(row_number() OVER (ORDER BY s)) FROM u ORDER BY s))',
  'SELECT json_array((SELECT json_array(row_number() OVER (ORDER BY s)) FROM u ORDER BY n))',
  'SELECT json_array((VALUES (json_array(1)))), json_array((VALUES (json_array(1)), (2)))',
  "SELECT json_array((SELECT json_array(value) FROM json_each('[1, 2]') ORDER BY key))",
  "SELECT json_array((SELECT json_array(value) FROM json_each('[1, 2]') ORDER BY rowid))",
  'SELECT json_array((SELECT json_array(u.s, w.s) FROM u JOIN u AS w ON u.n = w.n ORDER BY u.rowid))',
  'SELECT json_group_object(s, (SELECT json_group_array(w.s) FROM u AS w WHERE w.n = u.n ORDER BY w.s)) FROM u',
  "SELECT json_group_array(json_object('n', n, 'of', (SELECT json_group_array(json_object('s', s) ORDER BY s) FROM u AS w WHERE w.n = o.n ORDER BY s))) FROM (SELECT DISTINCT n FROM u) AS o",
  "SELECT json_set('{}', '$.a', (SELECT json_array(s) FROM u ORDER BY n)), json_set('{}', '$.a', (SELECT json_array(s) FROM u ORDER BY s))",
  "SELECT typeof((SELECT json_array(n) FROM u ORDER BY n)), (SELECT json_array(n) FROM u ORDER BY n) || 'x'",
  'SELECT json((SELECT json_array(n) FROM u ORDER BY n)), json_type((SELECT json_array(n) FROM u ORDER BY n))',
  "SELECT json_array(max(json_extract('[[1]]', '$[0]')), min(json_extract('[2]', '$[0]')), n, s, max(json_extract('[[1]]', '$[0]'))) FROM u",
  "SELECT json_array(max(json_extract(s, '$')), s, n), max(json_extract(s, '$')) FROM (SELECT 1 AS n, '[5]' AS s UNION ALL SELECT 2, '[6]')",
  "SELECT json_array(min(json_extract(s, '$')), s, n), s FROM (SELECT 1 AS n, '[5]' AS s UNION ALL SELECT 2, '\"x\"') GROUP BY n ORDER BY n",
  'SELECT json_array(min(DISTINCT iif(n = 7, json_array(s), s))), json_array(max(iif(n = 7, json_array(s), s) ORDER BY n)) FROM u',
  "SELECT json_array((SELECT max(json_extract('[[1]]', '$[0]')) OVER () FROM u)), json_array(max(json_array(n)) OVER ()), json_array(max(iif(n, json_array(n), 1)) OVER ()) FROM u",
  'SELECT json_array((SELECT json_array(max(iif(u.n = 7, json_array(u.s), w.s))) FROM u AS w)) FROM u',
  'SELECT (SELECT json_array(max(iif(u.n = 7, json_array(u.s), u.s))) FROM v LIMIT 1), count(*), n FROM u',
  "SELECT json_group_array(x) FROM (SELECT json_array(max(iif(n = 7, json_array(s), s)), s) AS x FROM u GROUP BY n HAVING max(iif(n = 7, json_array(s), s)) > 'a' ORDER BY max(iif(n = 7, json_array(s), s)))",
  'UPDATE u SET s = json_array((SELECT json_group_array(w.n) FROM u AS w ORDER BY w.s)) RETURNING s',
]

test('and where it is grouped, windowed, generated or of one row', async (t) => {
  await sameAnswers(t, setup, others)
})
