/** The sign of zero, where SQLite shows it: a literal `-0.0` has one, a text that is an INTEGER and a difference have none. */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'

/** Expressions, and what SQLite 3.53 answers. */
const answers: readonly (readonly [expression: string, answer: number])[] = [
  ['-0.0', -0],
  ['-(0.0)', -0],
  ['- 0.00e5', -0],
  ['- -0.0', 0],
  ['-0', 0],
  ['0.0', 0],
  ['0.0 * -1', -0],
  ['abs(-0.0)', -0],
  [`abs('-0')`, -0],
  [`abs('-0.0')`, -0],
  ['max(-0.0, -5.0)', -0],
  ['ceil(-0.5)', -0],
  ['mod(-4, 2)', -0],
  ['sign(-0.0)', 0],
  ['round(-0.2)', 0],
  ['total(-0.0)', 0],
  [`'-0' + 0`, 0],
  [`sign(atan2('-0', -1))`, 1],
  [`sign(atan2(' -0 ', -9223372036854775808))`, 1],
  [`sign(atan2('-0.0', -1))`, -1],
  ['sign(atan2(-0.0, -1))', -1],
  [`degrees('-0')`, 0],
]

for (const [expression, answer] of answers) {
  test(`negative zero: SELECT ${expression}`, (t) => {
    const db = new Database(':memory:')
    const value = db.prepare(`SELECT ${expression}`).pluck().get()
    t.true(Object.is(value, answer), `${expression} is ${Object.is(value, -0) ? '-0' : value}`)
    db.close()
  })
}

test('negative zero: stored by each way that a literal comes into a table', (t) => {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE t(a); CREATE TABLE r(a REAL)')
  db.exec('INSERT INTO t VALUES (-0.0)')
  db.exec(`INSERT INTO t VALUES ${Array(20).fill('(-0.0)').join()}`)
  db.exec('INSERT INTO t VALUES (1); UPDATE t SET a = -0.0 WHERE a = 1')
  const signs = db.prepare('SELECT sign(atan2(a, -1)), count(*) FROM t GROUP BY 1').raw().all()
  t.deepEqual(signs, [[-1, 22]])
  // A REAL column keeps whole numbers as INTEGERs.
  db.exec('INSERT INTO r VALUES (-0.0)')
  t.true(Object.is(db.prepare('SELECT a FROM r').pluck().get(), 0))
  db.close()
})
