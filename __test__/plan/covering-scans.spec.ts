/** Which of several indexes that have all that is wanted is read from end to end: the one that SQLite takes, so rows come in its order. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'
import { createRandom } from '../support/random.ts'

const types = [
  '',
  'INTEGER',
  'TEXT',
  'VARCHAR(10)',
  'CHAR(100)',
  'BLOB',
  'REAL',
  'NUMERIC',
  'BLOB(20)',
  'VARCHAR(255)',
  'CLOB',
]

test('scans of covering indexes: SQLite’s choice', async (t) => {
  const random = createRandom(31)
  t.log(`SEED=${random.seed}`)
  for (let round = 0; round < 12; round++) {
    const names = ['a', 'b', 'c', 'd', 'e'].slice(0, 3 + random.below(3))
    const isKeyed = random.below(3) === 0
    const columns = names.map((name, i) => {
      const constraint =
        i > 0 ? '' : isKeyed ? ' PRIMARY KEY' : random.below(2) === 0 ? ' UNIQUE' : ''
      return `${name} ${random.pick(types)}${constraint}`
    })
    const setup = [`CREATE TABLE t(${columns.join(', ')})${isKeyed ? ' WITHOUT ROWID' : ''}`]
    for (let i = 0; i < 3; i++) {
      const indexed = names.filter(() => random.below(2) === 0)
      setup.push(`CREATE INDEX i${i} ON t(${(indexed.length === 0 ? names : indexed).join(', ')})`)
    }
    for (let i = 0; i < 20; i++) {
      const row = names.map((_, k) => (k === 0 ? `'k${(i * 7) % 20}'` : String(random.below(9))))
      setup.push(`INSERT INTO t VALUES (${row.join(', ')})`)
    }
    const asked = names.flatMap((name, i) => [name, names.slice(i).join(', ')])
    await sameAnswers(t, setup, [
      ...asked.flatMap((list) => [
        `SELECT ${list} FROM t`,
        `SELECT ${list} FROM t WHERE ${list.split(', ')[0]!} <> 3`,
      ]),
      'SELECT count(*) FROM t',
    ])
  }
})
