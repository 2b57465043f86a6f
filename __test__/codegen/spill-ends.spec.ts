/** However a statement ends, its temporary file is closed, and what it changed is whole or not there. */
import test from 'ava'
import { databaseFull, ioError } from '../../packages/engine/src/base/error.ts'
import { SpillingEngine, fillTable } from '../support/spilling.ts'
import { seed } from '../support/values.ts'

function filled(): SpillingEngine {
  const engine = new SpillingEngine()
  fillTable(engine, seed, 400)
  engine.limit(2)
  return engine
}

const statements = [
  'SELECT * FROM t ORDER BY k',
  'SELECT * FROM t ORDER BY r LIMIT 390',
  'CREATE INDEX tk ON t(k, v)',
  'REINDEX t',
]

test('spill: a write that is refused ends the statement with its error, and the file is closed', (t) => {
  const engine = filled()
  engine.exec('CREATE INDEX tv ON t(v)')
  const before = engine.rows('SELECT * FROM sqlite_schema')
  for (const sql of statements)
    for (const at of [1, 2, 5])
      for (const error of [databaseFull(), ioError('WRITE')]) {
        engine.opened = engine.closed = engine.written = 0
        engine.refuse = (write) => (write === at ? error : null)
        const thrown = t.throws(() => engine.rows(sql), { code: error.code }, sql)
        t.is(thrown.message, error.message)
        t.is(engine.opened, 1, sql)
        t.is(engine.closed, 1, sql)
        engine.refuse = null
        t.deepEqual(engine.rows('SELECT * FROM sqlite_schema'), before)
        t.deepEqual(engine.rows('PRAGMA integrity_check'), ['text "ok"'])
        t.false(engine.connection.inTransaction)
      }
  for (const sql of statements) t.notThrows(() => engine.rows(sql), sql)
  engine.close()
})

test('spill: an error of JavaScript at a write ends the statement, and the file is closed', (t) => {
  const engine = filled()
  for (const sql of statements.slice(0, 3)) {
    engine.opened = engine.closed = engine.written = 0
    engine.refuse = (write) =>
      write === 3 ? new RangeError('Array buffer allocation failed') : null
    t.throws(() => engine.rows(sql), { code: 'SQLITE_NOMEM' }, sql)
    engine.refuse = null
    t.is(engine.rows('SELECT count(*) FROM t')[0], 'integer 400')
    t.is(engine.opened, 1)
    t.is(engine.closed, 1, sql)
  }
  engine.close()
})

test('spill: an iterator that is returned early closes the file', (t) => {
  const engine = filled()
  const rows = engine.each('SELECT * FROM t ORDER BY k')
  for (let i = 0; i < 10; i++) t.false(rows.next().done)
  t.deepEqual([engine.opened, engine.closed], [1, 0])
  rows.return?.()
  t.deepEqual([engine.opened, engine.closed], [1, 1])
  t.is(engine.rows('SELECT id FROM t ORDER BY k').length, 400)
  engine.close()
})

test('spill: an error in the middle of the input closes the file', (t) => {
  const engine = filled()
  const sql =
    'SELECT * FROM t ORDER BY abs(CASE id WHEN 399 THEN -9223372036854775807 - 1 ELSE id END), k'
  t.throws(() => engine.rows(sql), { message: 'integer overflow' })
  t.deepEqual([engine.opened, engine.closed], [1, 1])
  engine.close()
})

test('spill: the file does not grow with the number of times that a subquery runs', (t) => {
  const engine = filled()
  const run = (rows: number): void => {
    engine.written = 0
    engine.rows(
      `SELECT (SELECT group_concat(v) FROM (SELECT v FROM u WHERE u.r <> t.r ORDER BY u.k LIMIT 150 OFFSET 1)) FROM t WHERE id < ${rows}`,
    )
  }
  const sizes: number[] = []
  for (const rows of [3, 60]) {
    let largest = 0
    engine.refuse = (_, end) => {
      largest = Math.max(largest, end)
      return null
    }
    run(rows)
    sizes.push(largest)
  }
  t.true(sizes[0]! > 0)
  t.true(sizes[1]! <= 2 * sizes[0]!, sizes.join())
  engine.close()
})

test('spill: an index that is built through a file is the one that is built in memory', (t) => {
  const columns = ['k', 'k DESC, v', 'n, r', 'v, n COLLATE BINARY DESC']
  for (const encoding of ['UTF-8', 'UTF-16le']) {
    const engine = new SpillingEngine(encoding)
    fillTable(engine, seed, 500)
    engine.limit(1)
    for (const [i, list] of columns.entries()) engine.exec(`CREATE INDEX t${i} ON t(${list})`)
    t.is(engine.opened, columns.length)
    t.deepEqual(engine.rows('PRAGMA integrity_check'), ['text "ok"'], `seed ${seed}`)
    engine.exec('REINDEX')
    t.deepEqual(engine.rows('PRAGMA integrity_check'), ['text "ok"'], `seed ${seed}`)
    engine.exec('INSERT INTO t SELECT id + 1000, k, v, r, n FROM t WHERE id = 7')
    t.throws(() => engine.exec('CREATE UNIQUE INDEX once ON t(n)'), {
      message: 'UNIQUE constraint failed: t.n',
    })
    t.deepEqual(engine.rows('PRAGMA integrity_check'), ['text "ok"'], `seed ${seed}`)
    t.is(engine.closed, engine.opened)
    engine.close()
  }
})

test('spill: with temp_store in memory no file is made', (t) => {
  const engine = filled()
  engine.exec('PRAGMA temp_store = MEMORY')
  t.is(engine.rows('SELECT * FROM t ORDER BY k').length, 400)
  t.is(engine.opened, 0)
  engine.exec('PRAGMA temp_store = FILE')
  engine.rows('SELECT * FROM t ORDER BY k')
  t.is(engine.opened, 1)
  engine.close()
})
