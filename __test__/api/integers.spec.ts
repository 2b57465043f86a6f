/** What values become outside: INTEGERs in each mode, for a connection, a statement and a column; booleans; and what an application encodes. */
import test from 'ava'
import BetterSqlite3 from '../../packages/engine/src/better-sqlite3.ts'
import { Builder, Database, type IntegerMode } from '../../packages/engine/src/index.ts'

const sql =
  'SELECT 1 AS small, 9007199254740993 AS big, -9007199254740991 AS edge, 1.5 AS r, NULL AS n'

const expected = {
  bigint: { small: 1n, big: 9007199254740993n, edge: -9007199254740991n, r: 1.5, n: null },
  mixed: { small: 1, big: 9007199254740993n, edge: -9007199254740991, r: 1.5, n: null },
} as const
const tooLarge = { instanceOf: RangeError, message: /^The INTEGER 9007199254740993 is too large/ }

for (const mode of ['bigint', 'mixed'] as const) {
  test(`integers: ${mode}, wherever it is asked for`, (t) => {
    const row = expected[mode]
    const inOptions = new Database(':memory:', { integers: mode })
    t.deepEqual(inOptions.prepare(sql).get(), row)
    t.deepEqual(inOptions.prepare(sql).all(), [row])
    t.deepEqual([...inOptions.prepare(sql).iterate()], [row])
    t.deepEqual(inOptions.prepare(sql).raw().get(), Object.values(row))
    t.deepEqual(inOptions.prepare(sql).expand().get(), { $: row })
    t.is(inOptions.prepare(`SELECT big FROM (${sql})`).pluck().get(), row.big)
    const db = new Database(':memory:')
    t.deepEqual(db.prepare(sql).integers(mode).get(), row)
    t.deepEqual(db.defaultIntegers(mode).prepare(sql).get(), row)
    t.deepEqual(new BetterSqlite3().prepare(sql).integers(mode).get(), row)
  })
}

test('integers: one that is no number is refused, and nothing else', (t) => {
  const db = new Database(':memory:')
  for (const statement of [db.prepare(sql), db.prepare(sql).raw(), db.prepare(sql).expand()]) {
    t.throws(() => statement.get(), tooLarge)
    t.throws(() => statement.all(), tooLarge)
    t.throws(() => [...statement.iterate()], tooLarge)
  }
  t.deepEqual(db.prepare(`SELECT small, edge FROM (${sql})`).raw().get(), [1, -9007199254740991])
  t.is(db.prepare(sql).pluck().get(), 1)
  t.deepEqual(db.prepare(sql).safeIntegers().get(), expected.bigint)
  t.throws(() => db.prepare(sql).safeIntegers().safeIntegers(false).get(), tooLarge)
  // The connection goes on.
  db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (9007199254740993), (2)')
  const rows = db.prepare('SELECT a FROM t').iterate()
  t.throws(() => rows.next(), tooLarge)
  t.is(db.prepare('DELETE FROM t WHERE a = 2').run().changes, 1)
})

test('integers: better-sqlite3 rounds', (t) => {
  const db = new BetterSqlite3()
  t.is(db.prepare('SELECT 9007199254740993').pluck().get(), 9007199254740992)
  t.throws(() => db.prepare(sql).integers('number').get(), tooLarge)
})

test('integers: of single columns', (t) => {
  const db = new Database(':memory:')
  const statement = db.prepare(sql).integers({ big: 'mixed', small: 'bigint' })
  const row = { ...expected.mixed, small: 1n }
  t.deepEqual(statement.get(), row)
  t.deepEqual(statement.all(), [row])
  t.deepEqual([...statement.iterate()], [row])
  t.deepEqual(statement.raw().get(), Object.values(row))
  t.deepEqual([...statement.iterate()], [Object.values(row)])
  t.deepEqual(statement.expand().all(), [{ $: row }])
  t.is(statement.pluck().get(), 1n)
  t.throws(() => db.prepare(sql).integers({ small: 'bigint' }).get(), tooLarge)
  t.deepEqual(db.prepare(sql).safeIntegers().integers({ small: 'number' }).get(), {
    ...expected.bigint,
    small: 1,
  })
  t.is(db.prepare('SELECT 1 WHERE 0').integers({ 1: 'bigint' }).get(), undefined)
  t.throws(() => db.prepare(sql).integers({ other: 'bigint' }), {
    instanceOf: TypeError,
    message: 'There is no column "other"',
  })
  const left = statement.raw().iterate()
  left.next()
  t.throws(() => statement.integers('mixed'), { message: /busy/ })
  left.return!()
  t.false(statement.busy)
})

test('integers: wrong modes are refused', (t) => {
  const db = new Database(':memory:')
  for (const mode of ['exact', 'rounded', 5, true, null, undefined]) {
    const wrong = mode as IntegerMode
    const error = { instanceOf: TypeError, message: /"number", "bigint" or "mixed"/ }
    t.throws(() => db.defaultIntegers(wrong), error)
    t.throws(() => db.prepare('SELECT 1').integers(wrong), error)
    t.throws(() => db.prepare('SELECT 1 AS a').integers({ a: wrong }), error)
    if (mode !== undefined) t.throws(() => new Database(':memory:', { integers: wrong }), error)
  }
})

test('integers: a rowid that is no number is a bigint, for the row is there', (t) => {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE t(id INTEGER PRIMARY KEY)')
  const insert = db.prepare('INSERT INTO t VALUES (?)')
  t.is(insert.run(5n).lastInsertRowid, 5)
  t.is(insert.run(2n ** 60n).lastInsertRowid, 2n ** 60n)
  t.is(db.prepare('SELECT count(*) FROM t').pluck().get(), 2)
})

test('integers: functions get what statements show', (t) => {
  const seen: unknown[] = []
  const db = new Database(':memory:')
  const big = 'SELECT see(9007199254740993)'
  db.function('see', (x: unknown) => void seen.push(x))
  t.throws(() => db.prepare(big).get(), tooLarge)
  db.defaultIntegers('mixed').function('see', (x: unknown) => void seen.push(x))
  db.prepare(big).get()
  db.prepare('SELECT see(1)').get()
  db.function('see', { safeIntegers: true }, (x: unknown) => void seen.push(x))
  db.prepare('SELECT see(1)').get()
  const door = new BetterSqlite3()
  door.function('see', (x: unknown) => void seen.push(x))
  door.prepare(big).get()
  t.deepEqual(seen, [9007199254740993n, 1, 1n, 9007199254740992])
})

test('integers: the asynchronous face refuses them too', async (t) => {
  const database = await Builder.newLocal(':memory:').build()
  const connection = database.connect()
  await t.throwsAsync(async () => {
    for await (const row of await connection.query(sql)) t.log(row)
  }, tooLarge)
  const rows = []
  for await (const row of await connection.query('SELECT 1 AS a')) rows.push(row)
  t.deepEqual(rows, [{ a: 1 }])
  connection.close()
})

test('values: booleans are 0 and 1, everywhere', (t) => {
  const db = new Database(':memory:')
  db.function('isBig', (x: number) => x > 5)
  db.exec('CREATE TABLE t(done INT CHECK (done IN (0, 1)))')
  db.prepare('INSERT INTO t VALUES (?), (:b), (isBig(9))').run(true, { b: false })
  t.deepEqual(db.prepare('SELECT done, typeof(done) FROM t').raw().all(), [
    [1, 'integer'],
    [0, 'integer'],
    [1, 'integer'],
  ])
  t.is(db.prepare('SELECT typeof(?)').pluck().bind(true).get(), 'integer')
})

test('values: a Date is refused in a sentence, unless the application encodes it', (t) => {
  const sentence = { instanceOf: TypeError, message: /^A Date cannot be bound: .*"codec"$/ }
  const db = new Database(':memory:')
  const date = new Date(0)
  t.throws(() => db.prepare('SELECT ?').get(date), sentence)
  t.throws(() => db.prepare('SELECT ?').get([date]), sentence)
  t.throws(() => db.prepare('SELECT :d').get({ d: date }), sentence)
  const codec = {
    encode(value: object): unknown {
      if (value instanceof Date) return value.toISOString()
      if (value instanceof URL) return value.href
      if (value instanceof Set) return [...value]
      throw new RangeError('what is this?')
    },
  }
  for (const Constructor of [Database, BetterSqlite3]) {
    const coded = new Constructor(':memory:', { codec })
    const echo = coded.prepare('SELECT ?').pluck()
    t.is(echo.get(date), '1970-01-01T00:00:00.000Z')
    t.is(echo.get([new URL('chorus://x/y')]), 'chorus://x/y')
    t.is(coded.prepare('SELECT :d').pluck().get({ d: date }), '1970-01-01T00:00:00.000Z')
    t.throws(() => echo.get([new Set()]), { message: /can only bind/ }, 'asked once')
    t.throws(() => echo.get(/x/), { instanceOf: RangeError, message: 'what is this?' })
    coded.function('now', () => date)
    t.is(coded.prepare('SELECT now()').pluck().get(), '1970-01-01T00:00:00.000Z')
  }
  for (const wrong of [null, 5, {}, { encode: 5 }]) {
    t.throws(() => new Database(':memory:', { codec: wrong as never }), {
      instanceOf: TypeError,
      message: /"codec"/,
    })
  }
})
