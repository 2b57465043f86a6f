/**
 * `db.aggregate`: what better-sqlite3 takes and refuses, in its sentences; how often which of the functions is called, over groups and over
 * windows; what they get and may answer; and what becomes of a statement whose function throws.
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'

type Db = InstanceType<typeof Database>
type AnyFunction = (...args: unknown[]) => unknown

function open(): Db {
  const db = new Database(':memory:')
  db.exec(`CREATE TABLE t(a, b);
    INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'x'), (4, NULL), (9007199254740991, x'01')`)
  return db
}

const rows = (db: Db, sql: string): unknown => db.prepare(sql).raw().all()
const list = (db: Db, sql: string): unknown => db.prepare(sql).pluck().all()

function ofLength(length: unknown): AnyFunction {
  return Object.defineProperty(() => 1, 'length', { value: length })
}

test('user aggregate: wrong definitions are refused', (t) => {
  const db = open()
  const define = db.aggregate.bind(db) as unknown as AnyFunction
  const step = (): number => 1
  const cases: readonly (readonly [unknown[], string])[] = [
    [[], 'Expected first argument to be a string'],
    [['a'], 'Expected second argument to be an options object'],
    [['a', null], 'Expected second argument to be an options object'],
    [['', {}], 'User-defined function name cannot be an empty string'],
    [['a', {}], 'Missing required option "step"'],
    [['a', { step: 1 }], 'Expected the "step" option to be a function'],
    [['a', { step, inverse: 1 }], 'Expected the "inverse" option to be a function'],
    [['a', { step, result: 'x' }], 'Expected the "result" option to be a function'],
    [['a', { step, varargs: 1 }], 'Expected the "varargs" option to be a boolean'],
    [['a', { step, safeIntegers: 1 }], 'Expected the "safeIntegers" option to be a boolean'],
    [['a', { step, deterministic: null }], 'Expected the "deterministic" option to be a boolean'],
    [['a', { step: ofLength('a') }], 'Expected function.length to be a positive integer'],
  ]
  for (const [args, message] of cases) {
    t.throws(() => define(...args), { instanceOf: TypeError, message })
  }
  t.throws(() => define('a', { step: ofLength(102) }), {
    instanceOf: RangeError,
    message: 'User-defined functions cannot have more than 100 arguments',
  })
  t.is(define('a', { step: ofLength(101) }), db)
  db.close()
})

test('user aggregate: groups, FILTER, DISTINCT, ORDER BY, any number of arguments', (t) => {
  const db = open()
  db.aggregate('add_all', { start: 0, step: (sum: number, n: number | null) => sum + (n ?? 0) })
  t.deepEqual(rows(db, 'SELECT b, ADD_ALL(a) FROM t WHERE a < 9 GROUP BY b'), [
    [null, 4],
    ['x', 4],
    ['y', 2],
  ])
  t.deepEqual(list(db, 'SELECT add_all(a) FROM t WHERE 0'), [0])
  t.deepEqual(list(db, 'SELECT add_all(DISTINCT a % 2) FROM t WHERE a < 9'), [1])
  t.deepEqual(list(db, 'SELECT add_all(a) FILTER (WHERE a > 2) FROM t WHERE a < 9'), [7])
  t.throws(() => rows(db, 'SELECT add_all(a, b) FROM t'), {
    message: 'wrong number of arguments to function add_all()',
  })
  db.aggregate('texts', {
    start: () => [] as unknown[],
    step: (all, text: unknown) => void all.push(Buffer.isBuffer(text) ? 'blob' : text),
    result: (all) => all.join(),
  })
  t.deepEqual(list(db, 'SELECT texts(b ORDER BY a DESC) FROM t'), ['blob,,x,y,x'])
  db.aggregate('count_args', {
    varargs: true,
    start: () => 0,
    step: (n, ...args) => n + args.length,
    result: (n) => n * 10,
  })
  t.deepEqual(rows(db, 'SELECT count_args(), count_args(1), count_args(1, 2) FROM t'), [
    [0, 50, 100],
  ])
  db.close()
})

test('user aggregate: with an inverse it is a window function, called as often as by SQLite', (t) => {
  const db = open()
  let calls: string[] = []
  db.aggregate('trace', {
    start: () => {
      calls.push('start')
      return 0
    },
    step: (sum, n: number) => {
      calls.push(`step ${n}`)
      return sum + n
    },
    inverse: (sum, n: number) => {
      calls.push(`inverse ${n}`)
      return sum - n
    },
    result: (sum) => {
      calls.push(`result ${sum}`)
      return sum
    },
  })
  const trace = (window: string): unknown => {
    calls = []
    const answers = list(db, `SELECT trace(a) OVER (${window}) FROM t WHERE a < 4`)
    return [answers, calls.join(', ')]
  }
  t.deepEqual(trace('ORDER BY a ROWS 1 PRECEDING'), [
    [1, 3, 5],
    'start, step 1, result 1, step 2, result 3, inverse 1, step 3, result 5',
  ])
  t.deepEqual(trace('PARTITION BY b'), [
    [4, 4, 2],
    'start, step 1, step 3, result 4, start, step 2, result 2',
  ])
  t.deepEqual(trace('ORDER BY a ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING'), [
    [5, 3, 0],
    'start, step 1, step 2, inverse 1, step 3, result 5, inverse 2, result 3, inverse 3, result 0',
  ])
  db.aggregate('no_window', { start: 0, step: (sum: number, n: number) => sum + n })
  t.throws(() => rows(db, 'SELECT no_window(a) OVER () FROM t'), {
    message: 'no_window() may not be used as a window function',
  })
  db.close()
})

test('user aggregate: integers, and answers that are none', (t) => {
  const db = open()
  db.aggregate('big', {
    safeIntegers: true,
    start: 0n,
    step: (sum, n: unknown) => sum + (typeof n === 'bigint' ? n : 0n),
  })
  t.is(db.prepare('SELECT big(a) FROM t').pluck().safeIntegers().get(), 9007199254741001n)
  db.aggregate('too_big', { start: 2n ** 64n, step: (n, _n: unknown) => n })
  t.throws(() => rows(db, 'SELECT too_big(a) FROM t'), {
    instanceOf: RangeError,
    message: 'User-defined function too_big() returned a bigint that was too big',
  })
  db.aggregate('object', { start: () => ({}), step: (o, _o: unknown) => o })
  t.throws(() => rows(db, 'SELECT object(a) FROM t'), {
    instanceOf: TypeError,
    message: 'User-defined function object() returned an invalid value',
  })
  db.aggregate('undefined_one', { step: (_n: unknown, _a: unknown) => undefined })
  t.deepEqual(list(db, 'SELECT undefined_one(a) FROM t'), [null])
  db.close()
})

test('user aggregate: what it throws is thrown on, and the statement is taken back', (t) => {
  const db = open()
  db.exec('CREATE TABLE u(x)')
  const error = new RangeError('three')
  db.aggregate('boom', {
    start: 0,
    step: (n: number, a: number) => {
      if (a === 3) throw error
      return n + 1
    },
    inverse: (n: number) => n - 1,
  })
  for (const sql of [
    'INSERT INTO u SELECT boom(a) FROM t GROUP BY a',
    'INSERT INTO u SELECT boom(a) OVER (ORDER BY a) FROM t',
  ]) {
    t.is(
      t.throws(() => db.exec(sql)),
      error,
    )
    t.deepEqual(list(db, 'SELECT count(*) FROM u'), [0])
  }
  db.aggregate('inside', {
    start: 0,
    step: (_n: number, _a: unknown) => db.prepare('SELECT 1').pluck().get() as number,
  })
  t.throws(() => rows(db, 'SELECT inside(a) FROM t'), {
    message: 'This database connection is busy executing a query',
  })
  db.close()
})

test('user aggregate: it takes the place of built-in functions, and of others of its name', (t) => {
  const db = open()
  db.aggregate('sum', { start: 100, step: (n: number, a: number) => n + a })
  t.deepEqual(list(db, 'SELECT sum(a) FROM t WHERE a < 9'), [110])
  db.aggregate('abs', { start: 5, step: (n: number, _a: unknown) => n + 1 })
  t.deepEqual(list(db, 'SELECT abs(a) FROM t'), [10])
  db.function('abs', (a: number) => -a)
  t.deepEqual(list(db, 'SELECT abs(a) FROM t WHERE a = 2'), [-2])
  db.aggregate('direct', { directOnly: true, start: 0, step: (n: number, _a: unknown) => n + 1 })
  db.exec('CREATE VIEW v AS SELECT direct(a) AS n FROM t')
  t.throws(() => rows(db, 'SELECT n FROM v'), { message: 'unsafe use of direct()' })
  db.close()
})
