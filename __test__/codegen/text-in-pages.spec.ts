/**
 * Functions and aggregates over texts that are still in their page, beside SQLite: characters of every size, bytes that are no characters, NULs, texts that are
 * too long for one page, and what is no text.
 */
import test from 'ava'
import { createRandom } from '../support/random.ts'
import { sameAnswers } from '../support/same-answers.ts'

const random = createRandom()

const pieces = [
  'a',
  'B',
  'z',
  ' ',
  '-',
  "''",
  '"',
  '\\',
  '1',
  'é',
  'ß',
  '€',
  '😀',
  'İ',
  '\u0001',
  '\t',
]

function someText(): string {
  const size = random.pick([0, 1, 2, 3, 5, 8, 20, 26, 40])
  return `'${Array.from({ length: size }, () => random.pick(pieces)).join('')}'`
}

const fixed = [
  'NULL',
  '12',
  '-3.5',
  "x'6162'",
  "CAST(x'c3' AS TEXT)",
  "CAST(x'61c3a9c3' AS TEXT)",
  "CAST(x'8081e282' AS TEXT)",
  "CAST(x'610062' AS TEXT)",
  "CAST(x'00' AS TEXT)",
  "CAST(x'f09f9880f0' AS TEXT)",
  "replace(printf('%5000d', 1), ' ', 'ab')",
  "printf('%4200d', 7)",
  "'fjord heron 42'",
]

const setup = [
  'CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, w)',
  'CREATE TABLE p(n)',
  "INSERT INTO p VALUES (1), (0), (-2), (3), (NULL), (2.5), (9223372036854775807), (-9223372036854775807), ('2')",
  ...[...fixed, ...Array.from({ length: 60 }, someText)].map(
    (value) => `INSERT INTO t(v, w) VALUES (${value}, ${value})`,
  ),
]

/** JSON, plain and otherwise, right and wrong. */
const documents = [
  '{"a":1,"b":[1,2,{"c":"x"}],"d":{"e":null}}',
  '{"b":[],"a":"te\\u0078t"}',
  '{ "a" : 1 }',
  '{"a":{"a":1}}',
  '{}',
  '[]',
  '[1,2,3]',
  '[[],{}]',
  '"a"',
  '7',
  '{"a":1,"a":2}',
  '{"é":"ü","a":true}',
  '{a:1}',
  '{"a":1',
  '',
  '{"a":1} ',
  '{"\\u0061":5}',
  '[1,2,3,]',
  '{"a":[{"b":1},{"b":2}],"b":-1.50e3}',
  ' [ 1 , { "a b" : [ true , false , null ] , "c" : " { [ \\" " } , [ [ ] , 2.5 ] ] ',
  '{"a":{"":{"x":[[[1]],"]"]}},"é":[{"a":"}"}]}',
  '[-0,-0.0,1e5,123456789012345678901234567890,"\\n"]',
  '[12345678901234567,{"k\\"q":1}]',
]

const calls = [
  'length(?)',
  'upper(?)',
  'lower(?)',
  'trim(?)',
  "trim(?, 'aB')",
  'hex(?)',
  'quote(?)',
  ...['a', 'é', 'é€', '', 'B ', '😀'].map((needle) => `instr(?, '${needle}')`),
  "instr(?, x'c3')",
  'instr(?, id)',
  'instr(?, NULL)',
  "replace(?, 'a', 'xyz')",
  "replace(?, 'é', '')",
  "replace(?, 'B', '€')",
  "replace(?, '', 'x')",
  'replace(?, 1, 2)',
  "replace(?, 'a', NULL)",
  "replace(?, CAST(x'c3' AS TEXT), 'c')",
  'unicode(?)',
  'typeof(?)',
]

test('text in pages: functions answer as SQLite does', async (t) => {
  t.log(`SEED=${random.seed}`)
  const places = [0, 1, 2, 3, -1, -2, -5, 30]
  const cuts = places.flatMap((start) => [
    `substr(?, ${start})`,
    ...[0, 1, 2, -1, -3, 7].map((count) => `substr(?, ${start}, ${count})`),
  ])
  const statements = [...calls, ...cuts].flatMap((call) => [
    `SELECT id, hex(${call.replaceAll('?', 'v')}) FROM t ORDER BY id`,
    `SELECT id, hex(${call.replaceAll('?', 'w')}) FROM t ORDER BY id`,
  ])
  const joined = ['substr(v, n)', 'substr(v, n, 2)', 'substr(v, 2, n)', 'substr(v, n, n)'].map(
    (call) => `SELECT id, hex(${call}) FROM p, t ORDER BY id, p.rowid`,
  )
  await sameAnswers(t, setup, [...statements, ...joined])
})

test('text in pages: texts are compared with constants', async (t) => {
  const constants = [
    "'a'",
    "''",
    "'fjord heron 42'",
    "'FJORD HERON 42'",
    "'é'",
    "'B'",
    "' '",
    '12',
    '-3.5',
    'NULL',
    "x'6162'",
    "CAST(x'6100' AS TEXT)",
    someText(),
    someText(),
  ]
  const statements = constants.flatMap((constant) =>
    ['=', '<>', '<', '<=', '>', '>=', 'IS', 'IS NOT'].flatMap((operator) => [
      `SELECT id FROM t WHERE v ${operator} ${constant} ORDER BY id`,
      `SELECT id FROM t WHERE NOT (${constant} ${operator} v) ORDER BY id`,
      `SELECT id FROM t WHERE w ${operator} ${constant} ORDER BY id`,
      `SELECT id FROM t WHERE v ${operator} ${constant} COLLATE NOCASE ORDER BY id`,
      `SELECT id FROM t WHERE v COLLATE RTRIM ${operator} ${constant} ORDER BY id`,
      `SELECT id, CASE WHEN v ${operator} ${constant} THEN v ELSE 1 END FROM t ORDER BY id`,
    ]),
  )
  const more = [
    "SELECT id FROM t WHERE v > 'a' AND v < 'b' AND length(v) > 1 ORDER BY id",
    'SELECT id, min(v) FROM t',
    'SELECT id, max(v), w FROM t WHERE v IS NULL OR id > 20',
    'SELECT id % 5, id, max(v) FROM t GROUP BY 1',
    'SELECT id % 5, min(v), max(v), min(w) FROM t GROUP BY 1',
    'SELECT min(v), max(v) FROM t WHERE v IS NULL',
    "SELECT id, min(v COLLATE NOCASE) FROM t WHERE v >= 'a'",
    'SELECT max(v) FILTER (WHERE id < 5), min(v) FILTER (WHERE id > 70) FROM t',
  ]
  await sameAnswers(t, setup, [...statements, ...more])
})

test('text in pages: a column that is younger than a row has its default', async (t) => {
  const young = [
    'CREATE TABLE y(id INTEGER PRIMARY KEY)',
    'INSERT INTO y VALUES (1), (2)',
    "ALTER TABLE y ADD COLUMN v TEXT DEFAULT 'Zü 2024'",
    "ALTER TABLE y ADD COLUMN j TEXT NOT NULL DEFAULT '[1,2]'",
    "INSERT INTO y VALUES (3, 'ab', '[3]'), (4, NULL, '{}')",
  ]
  const statements = [
    "SELECT length(v), upper(v), substr(v, 2, 3), date(v), instr(v, '2') FROM y ORDER BY id",
    "SELECT id FROM y WHERE v = 'Zü 2024' ORDER BY id",
    "SELECT id FROM y WHERE v > 'b' COLLATE NOCASE ORDER BY id",
    "SELECT id FROM y WHERE v LIKE 'z%' ORDER BY id",
    'SELECT min(v), max(v), group_concat(v), json_group_array(v), json_group_object(v, j) FROM y',
    'SELECT y.id, value FROM y, json_each(j) ORDER BY y.id, key',
    "SELECT json_extract(j, '$[0]'), json_set(j, '$[0]', 9), json_object('v', v, 'j', json(j)) FROM y ORDER BY id",
  ]
  await sameAnswers(t, young, statements)
})

test('text in pages: aggregates join what they find', async (t) => {
  const many = [
    'WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 400) INSERT INTO t(v, w) SELECT char(97 + i % 26) || i || char(233), i FROM c',
  ]
  const statements = [
    'group_concat(v)',
    "group_concat(v, '')",
    "group_concat(v, '; ')",
    'group_concat(v, id)',
    'group_concat(v, NULL)',
    "string_agg(w, '-')",
    'json_group_array(v)',
    'json_group_array(id)',
    'json_group_array(-id * 77777)',
    'json_group_object(v, id)',
    'json_group_object(v, v)',
    'json_group_object(w, NULL)',
    'json_group_array(json_array(v))',
    'jsonb_group_array(v)',
    'jsonb_group_object(v, id)',
    'group_concat(v) FILTER (WHERE id % 2 = 0)',
    'json_group_array(v) FILTER (WHERE id > 5)',
    'min(v)',
    'max(v)',
  ].flatMap((call) => [
    `SELECT hex(${call}) FROM t WHERE typeof(w) <> 'blob'`,
    `SELECT id % 7, hex(${call}) FROM t WHERE typeof(w) <> 'blob' GROUP BY 1`,
    `SELECT hex(${call}) FROM t WHERE 0`,
    `SELECT id, hex(${call} OVER (ORDER BY id)) FROM t WHERE typeof(w) <> 'blob' AND id < 30`,
  ])
  await sameAnswers(
    t,
    [...setup, ...many],
    [
      ...statements.filter((sql) => !/\) FILTER .* OVER/.test(sql) || !sql.includes('hex(min')),
      'SELECT json_group_array(w) FROM t',
    ],
  )
})

test('text in pages: JSON is looked for, and changed, where it is', async (t) => {
  const paths = [
    '$',
    '$.a',
    '$.b',
    '$.a.b',
    '$.b[1]',
    '$.b[2].c',
    '$[0]',
    '$[3]',
    '$[#]',
    '$[#-1]',
    '$.z',
    '$.d.e',
    '$."a"',
    '$.é',
    '$.z.y',
    'a',
    '$.',
  ]
  const values = ['1', "'x\"y'", 'NULL', '2.0', "json('[1]')", "x'00'", 'id']
  const rows = documents.map(
    (json) => `INSERT INTO j(body) VALUES ('${json.replaceAll("'", "''")}')`,
  )
  const statements: string[] = []
  for (const path of paths) {
    for (const name of ['json_extract', 'json_type', 'json_array_length', 'json_remove'])
      statements.push(`${name}(body, '${path}')`)
    for (const name of ['json_set', 'json_insert', 'json_replace'])
      statements.push(`${name}(body, '${path}', ${random.pick(values)})`)
  }
  statements.push(
    'json(body)',
    'jsonb(body)',
    'json_patch(body, \'{"a":null,"b":{"z":1}}\')',
    'json_patch(body, NULL)',
    "json_patch(body, '{')",
    'json_patch(body, body)',
    "json_array(body, json_array(id, json_object('b', json(body), 'i', id)))",
    "json_object('k', body, 'é\"', id, 'n', NULL, 'r', 1.0, 'x', x'00')",
    "json_group_array(json_object('k', body, 'a', json_array(id, upper(body))))",
    'json_valid(body)',
    'json_valid(body, 2)',
    'json_type(body)',
    'json_array_length(body)',
    'json_remove(body)',
    'json_set(body)',
    "json_set(body, '$.a', 1, '$.b', 2)",
    'json_set(body, NULL, 1)',
    "json_set(body, '$.a', 1, NULL, 2)",
    "json_array(json_set(body, '$.q', 1))",
    "json_remove(body, '$.a', '$.b')",
  )
  const ids = documents.map((_, i) => i + 1)
  await sameAnswers(
    t,
    ['CREATE TABLE j(id INTEGER PRIMARY KEY, body TEXT)', ...rows],
    statements.flatMap((call) => ids.map((id) => `SELECT ${call} FROM j WHERE id = ${id}`)),
  )
})

test('text in pages: the rows of JSON', async (t) => {
  const rows = documents.map((json) => `INSERT INTO j(body) VALUES ('${json}')`)
  const columns = [
    'key, value, type, atom, fullkey, path',
    'rowid, id, parent, key, value',
    'count(*)',
    'key, id, fullkey',
    'atom, json, root',
    'json_group_array(value)',
    'json_array(value), typeof(value)',
  ]
  const calls = [
    'json_each(body)',
    'json_tree(body)',
    'jsonb_each(body)',
    'jsonb_tree(body)',
  ].concat(
    ['$.a', '$.b', '$[1]', '$.z', '$', '$.a.""', '$[#-1]', 'a'].flatMap((path) => [
      `json_each(body, '${path}')`,
      `json_tree(body, '${path}')`,
    ]),
  )
  const ids = documents.map((_, i) => i + 1)
  const statements = columns.flatMap((list) =>
    calls.flatMap((call) => ids.map((id) => `SELECT ${list} FROM j, ${call} WHERE j.id = ${id}`)),
  )
  const many = [
    'SELECT j.id, e.key, e.value, f.key, f.value FROM j, json_each(j.body) e, json_each(j.body) f WHERE json_valid(j.body)',
    "SELECT j.id, e.fullkey, f.fullkey FROM j, json_tree(j.body) e JOIN json_each(CASE WHEN e.type = 'array' THEN e.value ELSE '[]' END) f WHERE json_valid(j.body)",
    'SELECT key, value FROM json_each((SELECT body FROM j WHERE id = 1))',
    "SELECT j.id FROM j WHERE json_valid(body) AND EXISTS (SELECT 1 FROM json_each(j.body, '$.b') WHERE value = 2)",
    'SELECT value FROM j, json_each(NULL)',
    'SELECT e.key, e.id FROM j, json_each(j.body) e WHERE json_valid(j.body) ORDER BY j.id, e.rowid DESC',
  ]
  await sameAnswers(
    t,
    ['CREATE TABLE j(id INTEGER PRIMARY KEY, body TEXT)', ...rows],
    [...statements, ...many],
  )
})

test('text in pages: moments', async (t) => {
  const moments = [
    '2024-02-29',
    '2024-02-29 23:59:59',
    '2024-02-29T12:30',
    '2023-02-31',
    '0000-01-01 00:00:00',
    '9999-12-31 24:00:00',
    '2024-13-01',
    '2024-1-01',
    '2024-01-01 25:00:00',
    '2024-01-01 10:60:00',
    '2024-01-01x10:00:00',
    '2024-01-01 10:00:00.5',
    '2024-01-01 10:00:00Z',
    '2024-01-01 10:00+01:00',
    '-0001-05-05',
    '12:30',
    '2460000.5',
    '',
    'nonsense',
    '２０２４-01-01',
  ]
  const modifiers = [
    '',
    ", '+1 day'",
    ", '-13 months'",
    ", '+1 month', 'floor'",
    ", 'start of year', '+3 hours'",
    ", 'weekday 3'",
    ", 'unixepoch'",
    ", '+0001-02-03'",
    ", '+10:30'",
    ", 'subsec'",
    ", 'start of week'",
    ', NULL',
    ", '+1 day', '+1 day'",
    ", '5 fortnights'",
  ]
  const rows = moments.map((moment) => `INSERT INTO d(at) VALUES ('${moment}')`)
  const statements = modifiers.flatMap((more) => [
    ...['date', 'time', 'datetime', 'julianday', 'unixepoch'].map((name) => `${name}(at${more})`),
    ...['%Y-%m', '%H:%M:%S', '%F %T', '%d%%', '%j %W %w', '%s', '%q', 'é%d', ''].map(
      (pattern) => `strftime('${pattern}', at${more})`,
    ),
  ])
  statements.push(
    'strftime(at, at)',
    "strftime('%Y', at, at)",
    'timediff(at, at)',
    "timediff(at, '2000-01-01')",
  )
  await sameAnswers(
    t,
    ['CREATE TABLE d(id INTEGER PRIMARY KEY, at TEXT)', ...rows],
    statements.map((call) => `SELECT id, ${call} FROM d ORDER BY id`),
  )
})
