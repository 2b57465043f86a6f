/** Which values a JSON function takes for JSON: what carries SQLite's subtype on, and what loses it. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const values = [
  'value',
  'json(value)',
  "json('[1]')",
  "'[1]'",
  `(SELECT value FROM json_each('[[1],2,"x"]'))`,
  "(SELECT json('[1]'))",
  'json_group_array(value)',
  "(SELECT json_group_array(value) FROM json_each('[[1],2]'))",
  "jsonb('[1]')",
  "json_extract('[[1]]', '$[0]')",
  "'[[1]]' -> 0",
  "(SELECT value FROM json_each('[[1],[2]]') ORDER BY 1 LIMIT 1)",
  "(SELECT value FROM json_each('[[3]]') UNION ALL SELECT 1)",
  '(SELECT x FROM q)',
  "json_quote('x')",
  'atom',
]
const places = [
  '{}',
  "max({}, 'a')",
  'min(1, {})',
  'coalesce({}, 1)',
  'ifnull(NULL, {})',
  'iif(1, {}, 2)',
  "nullif({}, 'q')",
  'CASE WHEN 1 THEN {} ELSE 1 END',
  '+{}',
  '{} COLLATE nocase',
  'CAST({} AS TEXT)',
  'CAST({} AS BLOB)',
  "CAST(coalesce({}, 'a') AS TEXT)",
  "{} || ''",
  '(SELECT {})',
  '(SELECT coalesce({}, 2))',
  '(SELECT (SELECT {}))',
  '(SELECT CAST({} AS TEXT) LIMIT 1)',
  'coalesce(NULL, max({}, 1))',
  'substr({}, 1)',
]

test('json marks: what an argument is known to be goes along as in SQLite', async (t) => {
  const statements = values.flatMap((value) =>
    places.map(
      (place) =>
        `SELECT json_array(${place.replaceAll('{}', value)}) FROM json_each('[[1],"[2]"]')`,
    ),
  )
  await sameAnswers(t, ["CREATE TABLE q AS SELECT json('[7]') AS x"], statements)
})
