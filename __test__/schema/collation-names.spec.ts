/** PRAGMA index_xinfo calls collations as they were written, wherever that was. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const definitions = [
  'CREATE TABLE a(x COLLATE nocase, y COLLATE RTrim UNIQUE, z COLLATE "binary", UNIQUE (x, z COLLATE NoCase), UNIQUE (z COLLATE nocase, x COLLATE NOCASE))',
  'CREATE INDEX ai ON a(x, y COLLATE Nocase DESC, z)',
  'CREATE INDEX aj ON a(x COLLATE binary, lower(y), y || z COLLATE rtrim) WHERE x > 1',
  'CREATE TABLE k(a COLLATE nocase, b, c COLLATE rTrim UNIQUE, PRIMARY KEY (b, a)) WITHOUT ROWID',
  'CREATE INDEX ki ON k(a COLLATE NOCASE)',
  'CREATE INDEX kj ON k(a COLLATE binary, c)',
  'CREATE TABLE d(a, b, PRIMARY KEY (a COLLATE nocase, a)) WITHOUT ROWID',
  'CREATE TABLE i(a INTEGER PRIMARY KEY COLLATE nocase, b)',
  'CREATE INDEX ii ON i(b, a)',
]

const names = ['ai', 'aj', 'k', 'ki', 'kj', 'd', 'i', 'ii', 'a']
for (const [table, count] of [
  ['a', 3],
  ['k', 2],
  ['d', 1],
] as const) {
  for (let n = 1; n <= count; n++) names.push(`sqlite_autoindex_${table}_${n}`)
}

test('collation names: index_xinfo shows them as they were written', async (t) => {
  await sameAnswers(
    t,
    definitions,
    names.flatMap((name) => [
      `PRAGMA index_xinfo(${name})`,
      `SELECT * FROM pragma_index_info('${name}')`,
      `SELECT name, coll, key FROM pragma_index_xinfo('${name}', 'main')`,
    ]),
  )
})
