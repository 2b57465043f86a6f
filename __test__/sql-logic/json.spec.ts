/**
 * JSON in statements, against SQLite: what is known to be JSON from one function to the next, and where that is forgotten; aggregates; paths in stored
 * values of every class; JSON in indexes, CHECKs, conditions, changes.
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE t(a, j)',
  `INSERT INTO t VALUES (1, '[1]'), (2, '{"x":[2]}'), (3, '5')`,
  'CREATE VIEW v AS SELECT json(j) AS x FROM t',
  'CREATE TABLE d(id INTEGER PRIMARY KEY, t TEXT, n JSON, b BLOB, r REAL, u)',
  `INSERT INTO d VALUES (1, '{"a":{"b":[1,2.5,"x",null,true,false,{"c":"d"}]},"e":"\\u00e9\\n"}', '{"a":1}', jsonb('{"a":[1,2]}'), 1.5, '{"a":{"b":7}}')`,
  `INSERT INTO d VALUES (2, ' { "a" : { "b" : [ 1 , [ ] ] } , "a":2 } ', '12', x'00', 2, '[1,2,{"a":{"b":"é"}}]')`,
  `INSERT INTO d VALUES (3, '{a:{b:[0x10,.5,''x'']},/*c*/}', '[1,', '{"a":"text in a blob column"}', NULL, 5)`,
  `INSERT INTO d VALUES (4, NULL, NULL, NULL, NULL, NULL)`,
  `INSERT INTO d VALUES (5, '{"\\u0061":{"b":1},"a":2}', 'null', '', 0, jsonb('{"a":{"b":[9]}}'))`,
  `INSERT INTO d VALUES (6, CAST(x'7b2261223a22ff225d7d' AS TEXT), 1.0, CAST('{"a":3}' AS BLOB), 9e999, '')`,
  `INSERT INTO d VALUES (7, '{"a":1}' || char(0) || 'x', '{"a":{"b":-0,"c":9223372036854775808}}', '"x"', -1, '{"a":"' || replace(hex(zeroblob(5000)), '0', 'y') || '"}')`,
  `INSERT INTO d VALUES (8, CAST(x'7b2261223a22ff227d' AS TEXT), '{"a":"\\ud83d\\ude00\\ud800"}', x'ff', 3, '{"a":1}trailing')`,
]

/** Expressions that keep what is JSON, and that do not. */
const marks = [
  "subtype(json('1')) || subtype(jsonb('1')) || subtype('1') || subtype(json('1') -> '$') || subtype(json('1') ->> '$')",
  "subtype((SELECT json('[1]')))",
  "json_set(json('[1]'), '$[0]', json('2'))",
  "json_insert(json_array(1), '$[#]', json_quote('a'))",
  "json_replace(json_remove('[1]'))",
  "json_set(json('[1]'), json_quote('a'), 2)",
  "CAST(json('[1]') AS TEXT)",
  "+json('[1]')",
  "json('[1]') COLLATE nocase",
  "likely(json('[1]'))",
  "nullif(json('[1]'), 2)",
  "max(json('[1]'), 'a')",
  "min(json('[1]'), 'a')",
  "min('Z', json('[1]'))",
  "coalesce(NULL, json('[1]'))",
  "iif(1, json('[1]'), 2)",
  "iif(0, json('[1]'), '[2]')",
  "CASE WHEN 1 THEN json('[1]') ELSE 'x' END",
  "CASE WHEN 0 THEN json('[1]') ELSE '[x]' END",
  "json('[1]') || ''",
  "(SELECT json('[1]'))",
  "(SELECT json('[1]') UNION ALL SELECT 2)",
  '(SELECT json(j) FROM t ORDER BY a + 0 LIMIT 1)',
  '(SELECT json_group_array(a) FROM t)',
  '(SELECT x FROM v LIMIT 1)',
  '(SELECT json_object(1, a) FROM t)',
  "json_extract('[[1]]', '$[0]')",
  "json_extract('[\"[1]\"]', '$[0]')",
  "json_extract('[[1]]', '$', '$[0]')",
  "'[[1]]' -> 0",
  "'[[1]]' ->> 0",
  "jsonb('[1]')",
  "jsonb_extract('[[1]]', '$[0]')",
  "json_quote('[1]')",
  "json_patch('{}', '{\"a\":1}')",
  "json_remove('[1,2]', '$[0]')",
  "json_pretty('[1]')",
  "json_type('[1]')",
  "replace(json('[1]'), '1', '2')",
  'json(NULL)',
]

const statements = [
  ...marks.flatMap((mark) => [
    `SELECT json_array(${mark})`,
    `SELECT json_object('k', ${mark}), json_set('{}', '$.a', ${mark}), json_quote(${mark}), hex(jsonb_array(${mark}))`,
    `SELECT json_array(x) FROM (SELECT ${mark} AS x)`,
    `SELECT json_group_array(${mark}), json_group_object('k', ${mark}) FROM t`,
  ]),
  'SELECT json_array(max(json(j))), json_array(min(json(j))) FROM t',
  'SELECT json_array(x) FROM v',
  'SELECT json_group_array(x) FROM v',
  'SELECT json_array(json_group_array(a)) FROM t',
  "SELECT json_object('k', json_group_object(a, j)) FROM t GROUP BY a % 2",
  'SELECT json_group_array(json(j) ORDER BY a DESC) FROM t',
  'SELECT json_group_array(DISTINCT json(j)), json_group_array(DISTINCT a % 2) FROM t',
  'SELECT json_group_array(json(j)) FILTER (WHERE a > 1) FROM t',
  'SELECT hex(jsonb_group_array(j)), hex(jsonb_group_object(a, json(j))) FROM t',
  'SELECT json_group_array(a), json_group_object(a, j) FROM t WHERE 0',
  'SELECT hex(jsonb_group_array(a)), hex(jsonb_group_object(a, j)) FROM t WHERE 0',
  'SELECT json_group_object(nullif(a, 2), j) FROM t',
  "SELECT json_group_object('a' || char(0) || 'b', 1)",
  'SELECT a % 2, json_group_array(json_array(a)) FROM t GROUP BY 1 ORDER BY 1 DESC',
  'SELECT json_array((SELECT json_group_array(i.a) FROM t AS i WHERE i.a <= o.a)) FROM t AS o',
  'WITH c AS (SELECT json(j) AS x FROM t) SELECT json_array(p.x, q.x) FROM c AS p, c AS q',
  "WITH RECURSIVE c(x, n) AS (SELECT json('[1]'), 1 UNION ALL SELECT json_array(x), n + 1 FROM c WHERE n < 3) SELECT x FROM c",
  'SELECT json_group_array(a) OVER (ORDER BY a ROWS 1 PRECEDING), json_group_object(nullif(a, 2), json(j)) OVER (ORDER BY a ROWS 1 PRECEDING) FROM t',
  'SELECT json_array(json_group_array(json(j)) OVER (ORDER BY a)), json_array(lag(json(j)) OVER (ORDER BY a)) FROM t',
  'SELECT hex(jsonb_group_array(json(j)) OVER (ORDER BY a ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING)) FROM t',
  'SELECT json_array(x) FROM (SELECT json(j) AS x, row_number() OVER () FROM t)',
  'SELECT * FROM json_each(\'{"a":[1,2],"b":"x"}\')',
  'SELECT key, value, type, atom, id, parent, fullkey, path FROM json_tree(\'{"a":[1,2],"b":"x"}\')',
  'SELECT t.a, e.key, e.value FROM t, json_each(t.j) AS e',
  "SELECT t.a, e.fullkey FROM t LEFT JOIN json_tree(t.j, '$.x') AS e",
  'SELECT a FROM t WHERE EXISTS (SELECT 1 FROM json_each(t.j) WHERE value = 1)',
  "SELECT rowid, json, root FROM json_tree WHERE json = '[1,[2]]' AND root = '$[1]'",
  'SELECT count(*) FROM json_each',
  "SELECT * FROM json_each('[1')",
  "SELECT * FROM json_each('[1]', 'x')",
  "SELECT hex(value), key FROM jsonb_each('[[1],2]')",
  `SELECT json_array(value), json_array(atom), json_array(json) FROM json_each('[[1],{"a":2},3,"[x]"]')`,
  `SELECT json_group_array(value), json_group_object(key, value) FROM json_each('[[1],{"a":2},3,"[x]"]')`,
  'SELECT json_insert()',
  'SELECT json_extract()',
  "SELECT json_extract('{}')",
  "SELECT json_remove(), json_array(), json_object(), hex(jsonb_array()), json_set('[1]')",
  "SELECT json_insert('[1]', '$')",
  "SELECT jsonb_set('[1]', '$', 1, 2)",
  "SELECT json_array_insert('[1]', '$')",
  'SELECT json()',
  'SELECT json_type(1, 2, 3)',
  "SELECT json_object('a')",
  "SELECT json_array(x'ff')",
  "SELECT '[1]' -> '$[0]' -> '$', '{\"a\":{\"b\":1}}' -> 'a' ->> 'b'",
  `SELECT '{"a":1}' ->> 'a' = 1, '{"a":"1"}' ->> 'a' = 1, typeof('{"a":"1"}' ->> 'a')`,
  // One row at a time, for what is malformed is an error.
  ...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((id) =>
    ['t', 'n', 'b', 'r', 'u'].flatMap((column) => [
      `SELECT json_extract(${column}, '$.a.b') FROM d WHERE id = ${id}`,
      `SELECT json_extract(${column}, '$.a') FROM d WHERE id = ${id}`,
      `SELECT ${column} -> 'a', hex(${column} ->> '$.a.b[1]') FROM d WHERE id = ${id}`,
      `SELECT json_extract(${column}, '$.a.b[#-1].c'), json_extract(${column}, '$[2].a.b') FROM d WHERE id = ${id}`,
      `SELECT json_type(${column}, '$.a'), json_array_length(${column}, '$.a.b') FROM d WHERE id = ${id}`,
      `SELECT json_valid(${column}), json_valid(${column}, 2), json_valid(${column}, 6), json_error_position(${column}) FROM d WHERE id = ${id}`,
      `SELECT hex(json(${column})) FROM d WHERE id = ${id}`,
      `SELECT hex(jsonb(${column})) FROM d WHERE id = ${id}`,
      `SELECT json_set(${column}, '$.a', 'new'), json_replace(${column}, '$.a.b', json('[0]')) FROM d WHERE id = ${id}`,
      `SELECT id FROM d WHERE id = ${id} AND ${column} ->> 'a' IS NOT NULL`,
    ]),
  ),
  "SELECT id FROM d WHERE u ->> '$.a.b' = 7 OR json_extract(u, '$.a.b') IS NULL AND id < 6",
  "SELECT t.a, u.a FROM t JOIN t AS u ON json_extract(t.j, '$[0]') = u.a LEFT JOIN d ON d.u -> '$.a' = t.j WHERE d.id IS NULL",
  'CREATE TABLE c(j TEXT CHECK (json_valid(j)), k AS (1))'.replace(', k AS (1)', ''),
  'INSERT INTO c VALUES (\'{"a":3}\'), (\'{"a":1}\'), (\'{"a":2}\')',
  "INSERT INTO c VALUES ('{')",
  "CREATE INDEX ca ON c(json_extract(j, '$.a'))",
  "CREATE INDEX cb ON c(j ->> 'a' DESC) WHERE j -> 'a' IS NOT NULL",
  "SELECT j FROM c WHERE json_extract(j, '$.a') > 1 ORDER BY json_extract(j, '$.a')",
  "SELECT j ->> 'a' FROM c ORDER BY j ->> 'a' DESC",
  "UPDATE c SET j = json_set(j, '$.a', json_extract(j, '$.a') + 10, '$.b', json_array(j ->> 'a')) RETURNING j",
  "DELETE FROM c WHERE j ->> '$.b[0]' = 2 RETURNING json_extract(j, '$.b')",
  "UPDATE c SET j = '[1' WHERE j ->> 'a' = 11",
  'SELECT j FROM c',
  'PRAGMA integrity_check',
]

test('json: statements answer as in SQLite', async (t) => {
  await sameAnswers(t, setup, statements)
})

test('json: statements answer as in SQLite in a database of UTF-16', async (t) => {
  await sameAnswers(
    t,
    ["PRAGMA encoding = 'UTF-16le'", ...setup.slice(0, 8)],
    [
      ...statements.filter((sql) => !/id = [678]/.test(sql)),
      "SELECT json(CAST('[true,\"é\"]' AS BLOB)), json_type(CAST('{}' AS BLOB)), json_array(jsonb('[1]'))",
      "SELECT json_array(CAST('[true]' AS BLOB))",
      "SELECT json_patch(CAST('{\"a\":1}' AS BLOB), CAST('{\"b\":2}' AS BLOB)) -> 'b', CAST('{\"b\":2}' AS BLOB) ->> 'b'",
    ],
  )
})

test('json: a statement run again with other parameters', (t) => {
  const database = new Database(':memory:')
  const get = database.prepare('SELECT json_extract(?, ?) AS x')
  t.is((get.get('{"a":1}', '$.a') as { x: unknown }).x, 1)
  t.is((get.get('{"a":1}', '$.b') as { x: unknown }).x, null)
  t.is((get.get('{"a":[1, 2]}', '$.a') as { x: unknown }).x, '[1,2]')
  t.throws(() => get.get('{"a":', '$.a'), { message: 'malformed JSON' })
  t.throws(() => get.get('{}', 'a'), { message: "bad JSON path: 'a'" })
  const array = database.prepare('SELECT json_array(?, json(?)) AS x')
  t.is((array.get('[1]', '[1]') as { x: unknown }).x, '["[1]",[1]]')
  t.is((array.get(null, null) as { x: unknown }).x, '[null,null]')
  database.close()
})

test('json: marked operands of groups that do not fit into memory', (t) => {
  const database = new Database(':memory:')
  database.exec('CREATE TABLE g(k, j)')
  database.exec(
    `WITH c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 12000) INSERT INTO g SELECT n % 6000, '["é' || n || '",[1]]' FROM c`,
  )
  const wanted = database
    .prepare('SELECT k, json_group_array(json(j)) AS x FROM g GROUP BY k')
    .all()
  database.exec('PRAGMA cache_size = 20')
  const spilled = database
    .prepare('SELECT k, json_group_array(json(j)) AS x FROM g GROUP BY k')
    .all()
  t.deepEqual(spilled, wanted)
  t.is((wanted[7] as { x: string }).x, '[["é7",[1]],["é6007",[1]]]')
  database.close()
})
