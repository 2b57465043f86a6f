/** What stands below the right side of a LEFT JOIN is NULL where nothing matches, however deep it stands and whatever it computes. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE a(k, x)',
  'CREATE TABLE b(k, y)',
  'CREATE TABLE c(k, z)',
  'INSERT INTO a VALUES (1, 10), (2, 20), (3, 30)',
  'INSERT INTO b VALUES (1, 11), (2, NULL), (4, 44)',
  'INSERT INTO c VALUES (1, 12), (3, 32)',
  'CREATE VIEW one AS SELECT 1 AS x',
  "CREATE VIEW computed AS SELECT k, y + 1 AS y, 'c' AS word FROM b",
  'CREATE VIEW joined AS SELECT b.k, one.x, c.z FROM b JOIN one LEFT JOIN c ON c.k = b.k',
]

/** The right side of a join, and a column of it that is computed. */
const rights: readonly (readonly [string, string])[] = [
  ['(b JOIN (SELECT 1 AS x) s)', 's.x'],
  ['(b JOIN one s)', 's.x'],
  ['(b LEFT JOIN (SELECT 1 AS x) s)', 's.x'],
  ['(b JOIN (c JOIN (SELECT 2 AS x) s))', 's.x'],
  ['(b JOIN (c LEFT JOIN (SELECT 2 AS x) s ON s.x = c.k) ON c.k = b.k)', 's.x'],
  ['(SELECT b.k, s.x FROM b JOIN (SELECT 1 AS x) s) b', 'b.x'],
  ['(SELECT k, coalesce(y, 5) AS x FROM b) b', 'b.x'],
  ["(SELECT k, 'c' AS x FROM b WHERE y IS NULL) b", 'b.x'],
  ['(b JOIN (SELECT k, coalesce(z, 7) AS x FROM c) s ON s.k = b.k)', 's.x'],
  ['(computed AS b JOIN (SELECT 3 AS x) s)', 'b.word'],
  ['joined AS b', 'b.x'],
  ['(joined AS b JOIN one)', 'one.x'],
]

const conditions = ['0', 'b.k = a.k', 'b.k = a.k AND 1', 'b.k > a.k', 'b.k IS NULL']
const filters = [
  '1',
  'COLUMN IS NULL',
  'COLUMN IS NOT NULL',
  'coalesce(COLUMN, 9) = 9',
  'COLUMN = 1',
]

function queries(): string[] {
  const texts: string[] = []
  for (const [right, column] of rights) {
    for (const on of conditions) {
      for (const filter of filters) {
        const where = filter.replaceAll('COLUMN', column)
        const from = `FROM a LEFT JOIN ${right} ON ${on} WHERE ${where}`
        texts.push(`SELECT a.k, ${column} ${from} ORDER BY a.k, b.k, 2`)
      }
      texts.push(
        `SELECT count(*), count(${column}), max(${column} IS NULL) FROM a LEFT JOIN ${right} ON ${on}`,
        `SELECT a.k, (SELECT ${column}) FROM a LEFT JOIN ${right} ON ${on} ORDER BY a.k, 2`,
      )
    }
  }
  return [
    ...texts,
    'WITH s AS (SELECT 1 AS x) SELECT a.k, s.x FROM a LEFT JOIN (b JOIN s) ON b.k = a.k ORDER BY a.k',
    'SELECT a.k, s.x FROM a LEFT JOIN (b LEFT JOIN (c JOIN (SELECT 5 AS x) s) ON c.k = b.k) ON b.k = a.k ORDER BY a.k',
    'SELECT a.k, s.x FROM a LEFT JOIN (b JOIN (SELECT 1 AS x) s) ON b.k = a.k JOIN c ON c.k = a.k ORDER BY a.k',
    'SELECT * FROM a LEFT JOIN (b JOIN c ON b.k = a.k) ON 1',
    'SELECT * FROM (a JOIN b ON a.k = c.k) JOIN c ON c.k = b.k',
  ]
}

test('left join: everything below its right side is optional', async (t) => {
  await sameAnswers(t, setup, queries())
})
