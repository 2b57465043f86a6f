/**
 * The JSON functions and operators against SQLite, over statements at random: JSON and JSON5 right and wrong, JSONB right and damaged, paths right and
 * wrong. Prints and takes SEED.
 */
import test from 'ava'
import { createRandom } from '../support/random.ts'
import { sameAnswers } from '../support/same-answers.ts'
import { jsonExpression } from '../support/fuzz/json.ts'

const random = createRandom()

test('json: functions and operators answer as SQLite does', async (t) => {
  t.log(`SEED=${random.seed}`)
  const statements = Array.from({ length: 600 }, () => `SELECT ${jsonExpression(random)}`)
  await sameAnswers(t, [], statements)
})

test('json: what is looked for in text as it is', async (t) => {
  await sameAnswers(
    t,
    [],
    [
      // A backslash in a path without quotes is one.
      `SELECT json_type('{"\\u0061":[1],"a":2}', '$.\\u0061'), json_extract('{"\\u0061":[1]}', '$.a')`,
      "SELECT json_replace('[{}]', '$[#]', 'x'), json_set('[{}]', '$[#]', 'x'), json_set('[1,2]', '$[#-1]', 'é')",
      `SELECT json_set('{"a":1,"é":2}', '$.a', 'x'), json_set('{"a": 1}', '$.a', 2.0), json_replace('{"a":[1]}', '$.a', NULL)`,
      `SELECT json_extract('{"a":1}x', '$.a')`,
      `SELECT json_extract('{"a":1', '$.a')`,
      `SELECT json_extract('{"a":01}', '$.b')`,
      `SELECT json_extract('{"a":1,"a":2,"b":{"c":[[],[1,{"d":-1.50}]]}}', '$.a') , json_extract('{"b":{"c":[[],[1,{"d":-1.50}]]}}', '$.b.c[1][1].d')`,
      `SELECT json_extract('{"a":{"x":1},"a":{"b":2}}', '$.a.b'), json_extract('[[1],[2]]', '$[1][0]'), json_extract('[1]', '$[1]')`,
      `SELECT json_extract('{"a":"b"}', '$.a.b'), json_extract('{"a":[]}', '$.a.b'), json_extract('[]', '$.a'), json_extract('{}', '$[0]')`,
      `SELECT json_extract(' [ 1 , { "a" : [ 2 , 3 ] } ] ', '$[1]'), json_extract(' [ 1 , { "a" : [ 2 , 3 ] } ] ', '$[1].a[1]')`,
      `SELECT json_array_length('[1,[2,3],{"a":[4,5]},"],["]'), json_array_length('{"a":[ ]}', '$.a'), json_array_length('{"a":1}', '$.a')`,
    ],
  )
})

const deep = (count: number): string => `'${'['.repeat(count)}${']'.repeat(count)}'`
const deepBlob = (count: number): string =>
  `(WITH c(n, x) AS (SELECT 1, x'0b' UNION ALL SELECT n + 1, CAST(CASE WHEN length(x) < 12 THEN unhex(printf('%x', length(x)) || 'b') WHEN length(x) < 256 THEN unhex('cb' || printf('%02x', length(x))) ELSE unhex('db' || printf('%04x', length(x))) END || x AS BLOB) FROM c WHERE n < ${count}) SELECT x FROM c WHERE n = ${count})`

test('json: nesting has a limit', async (t) => {
  const statements = [999, 1000, 1001, 5000].flatMap((count) => [
    `SELECT json_valid(${deep(count)}), json_error_position(${deep(count)})`,
    `SELECT length(json(${deep(count)}))`,
    `SELECT json_extract(${deep(count)}, '$[0]') IS NULL`,
    `SELECT length(json_pretty(${deep(count)}, ''))`,
    `SELECT json_type(${deep(count)}, '$${'[0]'.repeat(Math.min(count, 1001))}')`,
    `SELECT length(json_set('{}', '$${'.a'.repeat(Math.min(count, 1001))}', 1))`,
    `SELECT length(json_patch('{}', '${'{"a":'.repeat(Math.min(count, 1002))}1${'}'.repeat(Math.min(count, 1002))}'))`,
  ])
  const blobs = [999, 1000, 1001].flatMap((count) => [
    `SELECT json_valid(${deepBlob(count)}, 8), json_error_position(${deepBlob(count)})`,
    `SELECT length(json(${deepBlob(count)}))`,
    `SELECT length(json_pretty(${deepBlob(count)}, ''))`,
    `SELECT length(json_array(${deepBlob(count)}))`,
  ])
  await sameAnswers(t, [], [...statements, ...blobs])
})
