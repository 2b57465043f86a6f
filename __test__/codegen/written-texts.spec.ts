/**
 * Texts that are computed as bytes for whoever asks no more than their bytes, beside SQLite: random expressions of `||`, concat(), concat_ws(), printf(),
 * upper() and their kind, casts and JSON, over characters of every size, bytes that are no characters, NULs, long texts, numbers, BLOBs and NULL.
 */
import test from 'ava'
import { createRandom } from '../support/random.ts'
import { sameAnswers } from '../support/same-answers.ts'

const random = createRandom()

const values = [
  'NULL',
  "''",
  "'a'",
  "'fjord heron 42'",
  "'  two words  '",
  "'it''s \"so\" \\ here'",
  "'é€😀 ß İ'",
  "'ABCdef'",
  "'tab\tand\u0001'",
  '0',
  '7',
  '-12',
  '99',
  '100',
  '2147483647',
  '-2147483648',
  '2147483648',
  '9007199254740993',
  '-9223372036854775808',
  '0.0',
  '-0.5',
  '1.0',
  '12.25',
  '1e300',
  '1e999',
  '49.47',
  "x'6162'",
  "x'c3'",
  "CAST(x'c3' AS TEXT)",
  "CAST(x'a9' AS TEXT)",
  "CAST(x'61c3a9c3' AS TEXT)",
  "CAST(x'f09f98' AS TEXT)",
  "CAST(x'610062' AS TEXT)",
  "CAST(x'00' AS TEXT)",
  "replace(printf('%5000d', 1), ' ', 'ab')",
  "printf('%4200d', 7)",
]

const setup = [
  'CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, w, n INTEGER, r REAL, x NUMERIC)',
  ...values.flatMap((value) =>
    [0, 1].map(() => {
      const [n, r, x] = [random.pick(values), random.pick(values), random.pick(values)]
      return `INSERT INTO t(v, w, n, r, x) VALUES (${random.pick(values)}, ${value}, ${n}, ${r}, ${x})`
    }),
  ),
]

const separators = ["'-'", "', '", "''", "'€'", 'NULL', '7', '2.5', 'n']
const patterns = [
  '%s',
  '%d',
  '<%s|%s>',
  '%05d-%s',
  '%5d',
  '%.2f',
  '%f',
  '%10.3f|%-6d',
  '%x%%',
  '%q',
  '%Q',
  '%,d',
  '%+d',
  '%.3s',
  '%!.4s',
  '%e',
  '%g',
  '%c',
  '%s%',
  '%',
  'none',
  '',
  '%z %i',
  '%*d',
]

function expression(depth: number): string {
  if (depth === 0 || random.below(4) === 0)
    return random.pick(['v', 'w', 'n', 'r', 'x', 'id', ...separators, "'é'", 'v', 'w'])
  const inner = (): string => expression(depth - 1)
  switch (random.below(16)) {
    case 0:
      return `concat(${inner()}, ${inner()}, ${inner()})`
    case 1:
      return `concat_ws(${random.pick(separators)}, ${inner()}, ${inner()}, ${inner()})`
    case 2: {
      const pattern = random.pick(patterns)
      const count = pattern.split(/%[^%]/).length - 1
      const args = Array.from({ length: count }, inner)
      return `printf(${[`'${pattern}'`, ...args].join(', ')})`
    }
    case 3:
      return `${random.pick(['upper', 'lower', 'trim', 'hex', 'quote', 'ltrim'])}(${inner()})`
    case 4:
      return `substr(${inner()}, ${random.pick(['1', '2', '-3', '0', 'n', 'NULL'])}, ${random.pick(['1', '3', '-2', 'id'])})`
    case 5:
      return `replace(${inner()}, ${random.pick(["'a'", "'é'", "''", 'NULL', 'v'])}, ${random.pick(["'xy'", "''", "'€'", 'w'])})`
    case 6:
      return `CAST(${inner()} AS TEXT)`
    case 7:
      return `coalesce(${random.pick(['v', 'w', 'n'])}, ${random.pick(["''", 'x', 'r'])}, ${random.pick(["'-'", '1'])})`
    case 8:
      return `CASE WHEN id % 2 THEN ${inner()} ELSE ${inner()} END`
    case 9:
      return `json_array(id, ${random.pick(['v', 'n', 'r'])})`
    default:
      return `(${inner()} || ${inner()})`
  }
}

/** Who asks for the bytes. */
const askers = [
  'length(?)',
  'instr(?, 8)',
  'substr(?, 2, 3)',
  'hex(?)',
  'unicode(?)',
  "? LIKE '%a%'",
  "? GLOB '*4*'",
  "? = 'a-'",
  "? > 'B'",
  "'7' <= ?",
  "? <> '' COLLATE NOCASE",
  '? IS NULL',
  'hex(max(?))',
  'hex(min(?))',
  'hex(group_concat(?))',
  "hex(group_concat(?, '; '))",
  'hex(string_agg(?, id))',
  'count(DISTINCT ?)',
]

test('written texts: who asks for bytes is answered as in SQLite', async (t) => {
  t.log(`SEED=${random.seed}`)
  const statements = Array.from({ length: 700 }, () => {
    const asker = random.pick(askers)
    const asked = asker.replace('?', expression(3))
    if (/max|min|concat|string_agg|count/.test(asker))
      return random.below(2) === 0
        ? `SELECT ${asked} FROM t`
        : `SELECT id % 5, ${asked} FROM t GROUP BY 1`
    return random.below(2) === 0
      ? `SELECT id, ${asked} FROM t ORDER BY id`
      : `SELECT id FROM t WHERE ${asked} ORDER BY id`
  })
  await sameAnswers(t, setup, statements)
})

test('written texts: columns that come through subqueries are read in their pages', async (t) => {
  const from = [
    '(SELECT * FROM t LIMIT 60)',
    '(SELECT id, v, w, n, r, x FROM t WHERE id > 3)',
    '(SELECT id, v, w, n, r, upper(v) AS x FROM t LIMIT 50)',
    '(SELECT id + 1 AS id, w AS v, v AS w, n, r, x FROM t LIMIT -1 OFFSET 2)',
  ]
  const asked = [
    'length(v)',
    "v || '-' || w",
    'hex(upper(v) || x)',
    "concat_ws(',', v, w, n, r)",
    "v LIKE '%o%'",
    'hex(json_array(v, n, r))',
  ]
  const rows = "json_group_array(CASE WHEN typeof(v) <> 'blob' THEN v END)"
  await sameAnswers(
    t,
    setup,
    from.flatMap((source) => [
      ...asked.map((one) => `SELECT id, ${one} FROM ${source} AS s ORDER BY id`),
      `SELECT hex(${rows}) FROM ${source} AS s`,
      `SELECT hex(group_concat(v || w)), hex(max(v)) FROM ${source} AS s`,
      `SELECT t.id, (SELECT hex(group_concat(s.v || '-' || t.id)) FROM ${source} AS s WHERE s.id = t.id) FROM t ORDER BY 1`,
    ]),
  )
})

test('written texts: JSON that is extracted from JSONB in its page', async (t) => {
  const documents = [
    '{"a":1,"b":[1,2,{"c":"x"}],"d":{"e":null}}',
    '{"a":"te\\u0078t","b":1.5}',
    '[1,[2,3],{"a":true}]',
    '"text"',
    '7',
    'null',
    '{}',
    '[]',
    '{"a":{"a":[]},"é":"ü"}',
    `{"a":"${'long '.repeat(2000)}","b":[${Array.from({ length: 500 }, (_, i) => i).join(',')}]}`,
  ]
  const odd = [
    "x''",
    "x'7b'",
    "x'5b00'",
    "x'1361'",
    "x'ff'",
    "x'cc056161'",
    "x'7b7d'",
    "x'31'",
    '\'{"a":2}\'',
    '12',
    'NULL',
    "x'5b5d'",
    "x'2c00'",
  ]
  const rows = [...documents.map((one) => `jsonb('${one}')`), ...odd].map(
    (value) => `INSERT INTO j(b, k) VALUES (${value}, ${value})`,
  )
  const paths = [
    '$',
    '$.a',
    '$.b',
    '$.b[1]',
    '$.b[2].c',
    '$[1]',
    '$[1][0]',
    '$.z',
    '$.a.a',
    '$.é',
    '$[#-1]',
    '$.b[#-1]',
  ]
  const calls = paths.flatMap((path) =>
    ['b', 'k', 'jsonb(b)', "json_set(b, '$.q', 1)"].flatMap((json) => [
      `json_extract(${json}, '${path}')`,
      `${json} -> '${path}'`,
      `${json} ->> '${path}'`,
    ]),
  )
  const count = documents.length + odd.length
  await sameAnswers(
    t,
    ['CREATE TABLE j(id INTEGER PRIMARY KEY, b BLOB, k TEXT)', ...rows],
    calls.flatMap((call) => [
      `SELECT id, ${call} FROM j WHERE id <= ${documents.length}`,
      ...Array.from(
        { length: count - documents.length },
        (_, i) => `SELECT ${call} FROM j WHERE id = ${documents.length + 1 + i}`,
      ),
    ]),
  )
})

test('written texts: aggregates with an order, over few rows and many', async (t) => {
  const many = [
    'CREATE TABLE m(id INTEGER PRIMARY KEY, v, k)',
    `WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 700)
     INSERT INTO m(v, k) SELECT i * 7919 % 701, CASE i % 9 WHEN 0 THEN NULL WHEN 1 THEN 'x' || i % 13 WHEN 2 THEN i / 4.0 ELSE i * 31 % 97 END FROM c`,
  ]
  const calls = [
    'group_concat(v ORDER BY k, id)',
    "group_concat(v, ', ' ORDER BY k DESC, v)",
    "string_agg(v, '-' ORDER BY v)",
    'group_concat(v ORDER BY v DESC)',
    'json_group_array(v ORDER BY k NULLS LAST, v)',
    'json_group_array(json_array(v, k) ORDER BY v)',
    'json_group_object(v, k ORDER BY v)',
    'group_concat(DISTINCT v ORDER BY v)',
    'group_concat(v ORDER BY k COLLATE NOCASE, id) FILTER (WHERE v > 100)',
  ]
  await sameAnswers(
    t,
    many,
    calls.flatMap((call) => [
      `SELECT ${call} FROM m`,
      `SELECT id % 90, ${call} FROM m GROUP BY 1`,
      `SELECT id % 3, ${call} FROM m GROUP BY 1`,
      `SELECT ${call} FROM m WHERE 0`,
    ]),
  )
})

test('written texts: integers of texts, and arms of an OR with BETWEEN', async (t) => {
  const digits = [
    '7',
    '-7',
    '-',
    '',
    '007',
    '123456789012345',
    '1234567890123456',
    '12a',
    ' 12',
    '1.5',
    '-0',
    '+3',
    '１２',
  ]
  await sameAnswers(
    t,
    [
      'CREATE TABLE d(id INTEGER PRIMARY KEY, v TEXT, n)',
      ...digits.map((text) => `INSERT INTO d(v, n) VALUES ('${text}', '${text}')`),
      'CREATE INDEX dv ON d(v)',
      'CREATE INDEX dn ON d(n)',
    ],
    [
      'SELECT id, CAST(v AS INTEGER), CAST(n AS INTEGER), CAST(substr(v, 1, 2) AS INTEGER), CAST(v || n AS INTEGER) FROM d',
      "SELECT id FROM d WHERE v = '7' OR n BETWEEN '0' AND '2' ORDER BY id",
      "SELECT id FROM d WHERE v BETWEEN '-' AND '0' OR n BETWEEN '0' AND '2' OR id BETWEEN 2 AND 3 ORDER BY id",
      "SELECT id FROM d WHERE v BETWEEN NULL AND '0' OR n = '007' ORDER BY id",
      "SELECT id FROM d WHERE v NOT BETWEEN '-' AND '0' OR n = '007' ORDER BY id",
    ],
  )
})
