/** EXPLAIN: the emitted program as rows. */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'

interface Row {
  addr: number
  opcode: string
  p1: number
  p2: number
  p4: string
}

test('explain: each line of the emitted program is a row, in SQLite’s columns', (t) => {
  const database = new Database(':memory:')
  database.exec('CREATE TABLE t(a, b)')
  const rows = database.explain('SELECT a FROM t WHERE b = 123123123123') as Row[]
  t.deepEqual(Object.keys(rows[0]!), ['addr', 'opcode', 'p1', 'p2', 'p3', 'p4', 'p5', 'comment'])
  t.deepEqual(
    rows.map(({ addr }) => addr),
    rows.map((_, i) => i),
  )
  t.true(rows.some(({ opcode }) => opcode === 'Loop'))
  t.true(rows.some(({ p4 }) => p4.startsWith('out.push(')))
  for (const { addr, p1, p2 } of rows)
    if (p2 > 0) t.true(p2 > addr && rows[p2]!.p1 <= p1, `line ${addr}`)
  database.close()
})

test('explain: nothing is run, and what cannot be prepared is not explained', (t) => {
  const database = new Database(':memory:')
  database.exec('CREATE TABLE t(a)')
  t.true(database.explain('INSERT INTO t VALUES (1)').length > 0)
  t.true(database.explain('BEGIN').length > 0)
  t.true(database.explain('PRAGMA user_version = 5').length > 0)
  t.is(database.prepare('SELECT count(*) FROM t').pluck().get(), 0)
  t.is(database.pragma('user_version', { simple: true }), 0)
  t.false(database.inTransaction)
  t.throws(() => database.explain('SELECT * FROM nosuch'), { message: 'no such table: nosuch' })
  database.close()
})
