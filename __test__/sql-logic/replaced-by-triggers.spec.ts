/**
 * REPLACE deletes rows whose triggers change the same table: what is free, or in the way, by then is what SQLite says.
 */
import test from 'ava'
import { createRandom } from '../support/random.ts'
import type { Random } from '../support/random.ts'
import { sameAnswers } from '../support/same-answers.ts'
import { seed } from '../support/values.ts'

const tables = [
  'CREATE TABLE t(a UNIQUE, b, c UNIQUE)',
  'CREATE TABLE t(a PRIMARY KEY, b, c UNIQUE ON CONFLICT IGNORE)',
  'CREATE TABLE t(id INTEGER PRIMARY KEY, a UNIQUE, b, c)',
  'CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE, b, c UNIQUE)',
  'CREATE TABLE t(id INTEGER PRIMARY KEY ON CONFLICT REPLACE, a UNIQUE ON CONFLICT REPLACE, b, c)',
  'CREATE TABLE t(a PRIMARY KEY, b, c UNIQUE) WITHOUT ROWID',
]

function changeOf(random: Random, isOld: boolean): string {
  const value = (): string =>
    random.pick(['0', '1', '2', '3', '7', ...(isOld ? ['old.a', 'old.a + 1', 'old.c'] : [])])
  const or = random.pick(['', '', ' OR IGNORE', ' OR REPLACE'])
  switch (random.below(5)) {
    case 0:
    case 1:
      return `INSERT${or} INTO t(a, b, c) VALUES (${value()}, ${value()}, ${value()})`
    case 2:
      return `UPDATE${or} t SET ${random.pick(['a', 'b', 'c'])} = ${value()} WHERE a = ${value()}`
    case 3:
      return `DELETE FROM t WHERE a = ${value()}`
    default:
      return `INSERT${or} INTO t(a, b, c) SELECT a + 10, b, c + 10 FROM t WHERE a < ${value()}`
  }
}

function statementOf(random: Random, hasRowid: boolean): string {
  const value = (): number => random.below(5)
  switch (random.below(hasRowid ? 8 : 5)) {
    case 0:
    case 1:
      return `REPLACE INTO t(a, b, c) VALUES (${value()}, ${value()}, ${value()})`
    case 2:
    case 3:
      return `REPLACE INTO t(a, b, c) SELECT a + 1, b, c - 1 FROM t WHERE a < ${value()} ORDER BY +a`
    case 4:
      return `INSERT INTO t(a, b, c) VALUES (${value()}, 1, ${value()}) ON CONFLICT(a) DO UPDATE SET c = ${value()}`
    case 5:
      return `REPLACE INTO t(rowid, a, b, c) VALUES (${value()}, ${value()}, 0, ${value()})`
    case 6:
      return `UPDATE OR REPLACE t SET rowid = 3 - a WHERE a < ${value()}`
    default:
      return `UPDATE OR REPLACE t SET rowid = ${value()} WHERE a < 3`
  }
}

function round(random: Random): string[] {
  const table = random.pick(tables)
  const hasRowid = !table.includes('WITHOUT')
  const when = random.pick(['BEFORE', 'AFTER'])
  const condition = random.pick(['', 'WHEN old.a < 3 '])
  const values = Array.from({ length: 4 }, (_, i) => `(${i}, ${random.below(4)}, ${i})`)
  return [
    'DROP TABLE IF EXISTS t',
    table,
    `INSERT INTO t(a, b, c) VALUES ${values.join(', ')}`,
    `CREATE TRIGGER d ${when} DELETE ON t ${condition}BEGIN ${changeOf(random, true)}; END`,
    ...Array.from({ length: 4 }, () => statementOf(random, hasRowid)),
    `SELECT ${hasRowid ? 'rowid, ' : ''}* FROM t ORDER BY 1, 2`,
    'PRAGMA integrity_check',
  ]
}

test(`replaced by triggers: random ones, seed ${seed}`, async (t) => {
  const random = createRandom(1, seed)
  const statements = ['PRAGMA recursive_triggers = ON', 'PRAGMA foreign_keys = ON']
  for (let i = 0; i < 100; i++) statements.push(...round(random))
  await sameAnswers(t, [], statements)
})
