/**
 * Text that functions put together of bytes (surrogates of char() and unistr(), characters that printf() cuts through), in databases of
 * each encoding: UTF-16 has no room for it, and what the application sees of it is what SQLite's does.
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { openOracle, show } from '../support/oracle.ts'

const texts = [
  'char(55296)',
  'char(56320)',
  'char(55296, 56320)',
  'char(97, 57343, 98)',
  'char(65534)',
  'char(65535, 120)',
  'char(1114111)',
  "unistr('\\d800')",
  "unistr('a\\udc80b')",
  "printf('%.1s', 'é')",
  "printf('%.2s|', '€x')",
  "format('%.3s', '😀')",
  "format('%.6s', '😀😀')",
  "printf('%.1s', v)",
  "char(v + 55296, 'b')",
  "printf('%.1s', 'é') || printf('%.1s', 'é')",
]

const readings = [
  '?',
  'hex(?)',
  'length(?)',
  'octet_length(?)',
  'upper(?)',
  'unicode(?)',
  'CAST(? AS BLOB)',
  "? || 'q'",
  'substr(?, 1, 1)',
  'hex(substr(?, 2))',
  '? = char(65533)',
  "? < 'b'",
  "? LIKE '_'",
  'quote(?)',
  "replace(?, 'a', 'é')",
]

for (const encoding of ['UTF-8', 'UTF-16le', 'UTF-16be']) {
  test(`invalid text: made, stored and looked up as by SQLite, ${encoding}`, async (t) => {
    const oracle = openOracle()
    if (oracle === null) return void t.pass()
    t.teardown(() => oracle.close())
    const setup = [
      `PRAGMA encoding = '${encoding}'`,
      'CREATE TABLE e(v)',
      "INSERT INTO e VALUES ('é')",
      'CREATE TABLE t(id INTEGER PRIMARY KEY, v)',
      'CREATE INDEX i ON t(v)',
      ...texts.map((text) => `INSERT INTO t(v) SELECT ${text} FROM e`),
      'CREATE TABLE r(r REAL, i INT)',
      "INSERT INTO r VALUES (x'61', x'6100'), (2, 3), ('a', x'')",
    ]
    const questions = [
      ...texts.flatMap((text) => readings.map((r) => `SELECT ${r.replaceAll('?', text)} FROM e`)),
      ...readings.map((r) => `SELECT ${r.replaceAll('?', 'v')} FROM t ORDER BY id`),
      ...texts.map((text) => `SELECT id FROM t WHERE v = (SELECT ${text} FROM e) ORDER BY id`),
      'SELECT id FROM t ORDER BY v, id',
      'SELECT c, typeof(c), hex(c) FROM (SELECT r AS c FROM r UNION ALL SELECT i FROM r)',
      'SELECT c, typeof(c) FROM (SELECT i AS c FROM r UNION ALL SELECT r FROM r) WHERE c < 5',
      "SELECT unicode(x'da8a8e'), unicode(x'f09f9880808080'), unicode(x'6180')",
    ]
    const database = new Database(':memory:')
    for (const sql of setup) database.exec(sql)
    await oracle.reset(setup.join(';\n'))
    for (const sql of questions) {
      const ours = database.prepare(sql).raw().safeIntegers().all() as unknown[][]
      const theirs = await oracle.query(sql)
      t.deepEqual(
        ours.map((row) => row.map(shown)).join('; '),
        theirs.map((row) => row.map(show)).join('; '),
        sql,
      )
    }
    t.is(database.pragma('integrity_check', { simple: true }), 'ok')
    database.close()
  })
}

function shown(value: unknown): string {
  if (value === null) return 'NULL'
  if (typeof value === 'bigint') return `integer ${value}`
  if (typeof value === 'number') return `real ${value}`
  if (typeof value === 'string') return `text ${JSON.stringify(value)}`
  return `blob ${Buffer.from(value as Uint8Array).toString('hex')}`
}
