/**
 * An operand that fails makes its expression fail, also where the answer could be told without it: IS NULL of what is never NULL, IN of a NULL.
 * Where SQLite does not evaluate it, its error does not show.
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { openOracle } from '../support/oracle.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

/** `c` is the integer that has no absolute value, `n` is NULL. */
const setup = 'CREATE TABLE t(c, n); INSERT INTO t VALUES (-9223372036854775807 - 1, NULL)'
const never = [
  "coalesce(abs(c), 'k')",
  'ifnull(abs(c), 1)',
  'typeof(abs(c))',
  "coalesce(abs(c), 'x') COLLATE NOCASE",
  '-coalesce(abs(c), 1)',
  'CAST(coalesce(abs(c), 1) AS TEXT)',
  '(abs(c) IS NULL)',
  'hex(abs(c))',
  'coalesce(1, abs(c))',
]
const lists = [
  'n IN (abs(c))',
  'n IN (1, abs(c))',
  'n NOT IN (abs(c), 2)',
  'NULL IN (2, abs(c))',
  'CAST(n AS TEXT) IN (abs(c))',
  '1 IN (1, abs(c))',
  '1 IN (2, abs(c), 1)',
  '(n IN (abs(c))) IS NULL',
  'n IN (1, 2)',
]
const expressions = [
  ...never.flatMap((text) => [`${text} IS NULL`, `${text} IS NOT NULL`]),
  ...lists,
]

for (const expression of expressions) {
  test.serial(`operands that fail: ${expression}`, async (t) => {
    if (oracle === null) return void t.pass()
    await oracle.reset(setup)
    const database = new Database(':memory:')
    database.exec(setup)
    for (const sql of [
      `SELECT ${expression} FROM t`,
      `SELECT 1 FROM t WHERE ${expression}`,
      `SELECT 1 FROM t WHERE NOT (${expression})`,
      `SELECT CASE WHEN ${expression} THEN 1 ELSE 0 END FROM t`,
    ]) {
      const there = await oracle.query(sql).then(
        (rows) => `${rows.length}`,
        (error: Error) => error.message,
      )
      t.is(answer(database, sql), there, sql)
    }
    database.close()
  })
}

function answer(database: Database, sql: string): string {
  try {
    return `${database.prepare(sql).all().length}`
  } catch (error) {
    return (error as Error).message
  }
}
