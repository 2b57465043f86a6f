/**
 * `db.function`: what better-sqlite3 takes and refuses, in its sentences; which of several functions a call means; what functions get
 * and may answer; where they may stand; how often they are called; and what becomes of a statement whose function throws.
 */
import test from 'ava'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { temporaryFolder } from '../support/temporary.ts'

type Db = InstanceType<typeof Database>
type AnyFunction = (...args: unknown[]) => unknown

const memory = (): Db => new Database(':memory:')
const row = (db: Db, sql: string, ...params: unknown[]): unknown =>
  db
    .prepare(sql)
    .raw()
    .get(...params)
const list = (db: Db, sql: string): unknown => db.prepare(sql).pluck().all()

/** A function that says it has so many parameters. */
function ofLength(length: unknown): AnyFunction {
  const call = (): number => 1
  Object.defineProperty(call, 'length', { value: length })
  return call
}

test('user function: wrong definitions are refused', (t) => {
  const db = memory()
  const define = db.function.bind(db) as unknown as AnyFunction
  const call = (): number => 1
  const cases: readonly (readonly [unknown[], string])[] = [
    [[], 'Expected first argument to be a string'],
    [[null, call], 'Expected first argument to be a string'],
    [['a'], 'Expected last argument to be a function'],
    [['a', {}], 'Expected last argument to be a function'],
    [['a', {}, 1], 'Expected last argument to be a function'],
    [['a', 'x', call], 'Expected second argument to be an options object'],
    [['', call], 'User-defined function name cannot be an empty string'],
    [['a', { varargs: 1 }, call], 'Expected the "varargs" option to be a boolean'],
    [['a', { deterministic: null }, call], 'Expected the "deterministic" option to be a boolean'],
    [['a', { directOnly: 'x' }, call], 'Expected the "directOnly" option to be a boolean'],
    [
      ['a', { safeIntegers: undefined }, call],
      'Expected the "safeIntegers" option to be a boolean',
    ],
    [['a', ofLength(-1)], 'Expected function.length to be a positive integer'],
    [['a', ofLength(1.5)], 'Expected function.length to be a positive integer'],
  ]
  for (const [args, message] of cases) {
    t.throws(() => define(...args), { instanceOf: TypeError, message })
  }
  t.throws(() => define('a', ofLength(101)), {
    instanceOf: RangeError,
    message: 'User-defined functions cannot have more than 100 arguments',
  })
  t.is(define('a', ofLength(100)), db)
  t.is(define('a', null, call), db)
  t.is(define('a', undefined, call), db)
  t.is(define('x'.repeat(255), call), db)
  t.throws(() => define('x'.repeat(256), call), { code: 'SQLITE_OK' })
  const iterator = db.prepare('SELECT 1 UNION ALL SELECT 2').iterate()
  iterator.next()
  for (const unsafe of [false, true]) {
    db.unsafeMode(unsafe)
    t.throws(() => define('a', call), {
      message: 'This database connection is busy executing a query',
    })
  }
  iterator.return!()
  db.close()
  t.throws(() => define('a', call), { message: 'The database connection is not open' })
})

test('user function: the number of arguments chooses, an exact one before any number', (t) => {
  const db = memory()
  db.function('Abs', { varargs: true }, (...args) => `any ${args.length}`)
  t.deepEqual(row(db, 'SELECT abs(1), ABS(1, 2), abs()'), ['any 1', 'any 2', 'any 0'])
  db.function('abs', (_x) => 'one')
  t.deepEqual(row(db, 'SELECT abs(1), abs(1, 2)'), ['one', 'any 2'])
  // A definition for another number hides nothing, also of an aggregate.
  db.function('max', (_x) => 'own')
  t.deepEqual(row(db, 'SELECT max(1), max(1, 2)'), ['own', 2])
  db.function('round', (_a, _b, _c) => 'three')
  t.deepEqual(row(db, 'SELECT round(1.5), round(1, 2, 3)'), [2, 'three'])
  for (const sql of ['SELECT round()', 'SELECT round(1, 2, 3, 4)']) {
    t.throws(() => db.prepare(sql), { message: 'wrong number of arguments to function round()' })
  }
  db.function('none', () => 'none')
  t.deepEqual(row(db, 'SELECT none(*), none()'), ['none', 'none'])
  t.throws(() => db.prepare('SELECT none(1)'), {
    message: 'wrong number of arguments to function none()',
  })
  t.throws(() => db.prepare('SELECT none() FILTER (WHERE 1)'), {
    message: 'FILTER may not be used with non-aggregate none()',
  })
})

test('user function: operators and forms that are functions mean it too', (t) => {
  const db = memory()
  db.function('like', (pattern, text) => `${String(pattern)} of ${String(text)}`)
  t.deepEqual(row(db, "SELECT 'x' LIKE 'y', 'x' LIKE 'X' ESCAPE 'z'"), ['y of x', 1])
  db.function('regexp', (pattern, text) => (new RegExp(String(pattern)).test(String(text)) ? 1 : 0))
  t.deepEqual(row(db, "SELECT 'xyz' REGEXP '^x', 'a' NOT REGEXP 'b'"), [1, 1])
  db.function('match', (_pattern, _text) => 'm')
  t.deepEqual(row(db, "SELECT 'a' MATCH 'b'"), ['m'])
  db.function('coalesce', { varargs: true }, (...args) => args.length)
  t.deepEqual(row(db, 'SELECT coalesce(NULL, 1, 2)'), [3])
  db.exec(
    "CREATE TABLE t(a TEXT COLLATE NOCASE); CREATE INDEX i ON t(a); INSERT INTO t VALUES ('b')",
  )
  t.deepEqual(list(db, "SELECT a FROM t WHERE a LIKE 'x%'"), [])
  db.function('like', (_pattern, _text) => 1)
  t.deepEqual(list(db, "SELECT a FROM t WHERE a LIKE 'x%'"), ['b'])
})

test('user function: what it gets, with and without safe integers', (t) => {
  const db = memory()
  const show = (x: unknown): string => `${Buffer.isBuffer(x) ? 'buffer' : typeof x} ${String(x)}`
  const sql = (name: string): string =>
    `SELECT ${['1', '1.5', '2.0', "'x'", 'NULL', "x'4142'", '9223372036854775807']
      .map((value) => `${name}(${value})`)
      .join(', ')}`
  const plain = ['number 1', 'number 1.5', 'number 2', 'string x', 'object null', 'buffer AB']
  const safe = ['bigint 1', ...plain.slice(1)]
  db.function('plain', show)
  t.deepEqual(row(db, sql('plain').replace(/, [^,]*$/, '')), plain)
  // An INTEGER that is no number is none for a function either.
  t.throws(() => row(db, sql('plain')), { instanceOf: RangeError, message: /too large/ })
  db.function('safe', { safeIntegers: true }, show)
  t.deepEqual(row(db, sql('safe')), [...safe, 'bigint 9223372036854775807'])
  db.defaultSafeIntegers(true)
  db.function('byDefault', show)
  db.function('not', { safeIntegers: false }, show)
  db.defaultSafeIntegers(false)
  t.deepEqual(row(db, 'SELECT byDefault(1), "not"(1)'), ['bigint 1', 'number 1'])
  // A Buffer is a copy.
  db.function('spoil', (bytes: Buffer) => bytes.fill(0).length)
  t.deepEqual(row(db, 'SELECT spoil(b), hex(b) FROM (SELECT ? AS b)', Buffer.from('AB')), [
    2,
    '4142',
  ])
  db.function('self', function (this: unknown) {
    return typeof this
  })
  t.deepEqual(row(db, 'SELECT self()'), ['undefined'])
})

/** A view of bytes that were given away. */
function givenAway<View extends ArrayBufferView>(view: View): View {
  structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] })
  return view
}

const emptyViews = [
  new Uint8Array(0),
  new DataView(new ArrayBuffer(0)),
  givenAway(new Uint8Array(4)),
  givenAway(new Uint16Array(4)),
  givenAway(new DataView(new ArrayBuffer(4))),
  givenAway(new Uint8Array(4).subarray(2)),
]

test('user function: bytes that were given away are an empty BLOB, as parameters too', (t) => {
  const db = memory()
  let value: unknown
  db.function('v', () => value)
  db.exec('CREATE TABLE kept(x)')
  for (const view of emptyViews) {
    value = view
    t.deepEqual(row(db, 'SELECT typeof(v()), length(v())'), ['blob', 0])
    t.deepEqual(db.prepare('SELECT typeof(?), hex(?)').raw().get(view, view), ['blob', ''])
    t.deepEqual(db.prepare('SELECT typeof(:a)').raw().get({ a: view }), ['blob'])
    db.prepare('INSERT INTO kept VALUES (?)').run(view)
  }
  t.deepEqual(row(db, "SELECT count(*), sum(x = x'') FROM kept"), [6, 6])
})

test('user function: a NUL ends the name', (t) => {
  const db = memory()
  db.function('fa\0b', () => 1)
  t.deepEqual(row(db, 'SELECT fa()'), [1])
  db.collation('ca\0b', (a, b) => (a < b ? 1 : a > b ? -1 : 0))
  t.deepEqual(row(db, "SELECT 'a' < 'b' COLLATE ca"), [0])
  t.throws(() => db.collation('binary\0b', () => 0), {
    message: 'The collation BINARY cannot be redefined',
  })
})

test('user function: what it may answer', (t) => {
  const db = memory()
  let value: unknown
  db.function('v', () => value)
  const good: readonly (readonly [unknown, string, unknown])[] = [
    [undefined, 'null', null],
    [null, 'null', null],
    [1, 'real', 1],
    [1.5, 'real', 1.5],
    [NaN, 'null', null],
    [-Infinity, 'real', -Infinity],
    [5n, 'integer', 5],
    [-(2n ** 53n) + 1n, 'integer', -(2 ** 53) + 1],
    [true, 'integer', 1],
    [false, 'integer', 0],
    [Buffer.from('ab'), 'blob', Buffer.from('ab')],
    [new Uint8Array([7]), 'blob', Buffer.from([7])],
    ['s', 'text', 's'],
    ['a\0b', 'text', 'a\0b'],
    ['\ud800x', 'text', '\ufffdx'],
  ]
  for (const [given, type, shown] of good) {
    value = given
    t.deepEqual(row(db, 'SELECT typeof(v()), v()'), [type, shown])
  }
  const wrong = [{}, [], Symbol('s'), () => 1, Promise.resolve(1), new Date(), new Number(1)]
  for (const given of [...wrong, new ArrayBuffer(1)]) {
    value = given
    t.throws(() => row(db, 'SELECT v()'), {
      instanceOf: TypeError,
      message: 'User-defined function v() returned an invalid value',
    })
  }
  value = 2n ** 63n
  t.throws(() => row(db, 'SELECT v()'), {
    instanceOf: RangeError,
    message: 'User-defined function v() returned a bigint that was too big',
  })
  value = Buffer.from('ab')
  const kept = db.prepare('SELECT v()').pluck().get() as Buffer
  ;(value as Buffer).fill(0)
  t.is(kept.toString(), 'ab')
})

test('user function: how often it is called', (t) => {
  const db = memory()
  db.exec('CREATE TABLE r(a); INSERT INTO r VALUES (1), (2), (3)')
  let calls = 0
  db.function('once', { deterministic: true }, (_x) => ++calls)
  db.function('zero', { deterministic: true }, () => ++calls)
  db.function('each', (_x) => ++calls)
  const counted = (sql: string, ...params: unknown[]): unknown[] => {
    calls = 0
    const rows = db
      .prepare(sql)
      .raw()
      .all(...params)
    return [rows, calls]
  }
  t.deepEqual(counted('SELECT once(1) FROM r'), [[[1], [1], [1]], 1])
  t.deepEqual(counted('SELECT once(?) FROM r', 7), [[[1], [1], [1]], 1])
  t.deepEqual(counted('SELECT zero() FROM r'), [[[1], [1], [1]], 1])
  t.deepEqual(counted('SELECT once(1), once(1) FROM r LIMIT 1'), [[[1, 2]], 2])
  t.deepEqual(counted('SELECT each(1) FROM r'), [[[1], [2], [3]], 3])
  t.deepEqual(counted('SELECT a FROM r WHERE a = once(1)'), [[[1]], 1])
  t.deepEqual(counted('SELECT each(a) AS x FROM r ORDER BY x'), [[[1], [2], [3]], 3])
  t.deepEqual(counted('SELECT each(a) AS x, count(*) FROM r GROUP BY x'), [
    [
      [1, 1],
      [2, 1],
      [3, 1],
    ],
    3,
  ])
  t.deepEqual(counted('SELECT each(1) BETWEEN 1 AND 5, each(1) IN (5, 6, 2)'), [[[1, 1]], 2])
  calls = 0
  db.prepare('SELECT once(1), zero()')
  t.is(calls, 0)
})

test('user function: what a schema may hold', (t) => {
  const file = `${temporaryFolder()}/a.db`
  const db = new Database(file)
  db.exec('CREATE TABLE t(a, b)')
  db.function('vary', (x) => x)
  db.function('same', { deterministic: true }, (x) => x)
  db.function('direct', { deterministic: true, directOnly: true }, (x) => x)
  const refused = (sql: string, message: string): void => {
    t.throws(() => db.exec(sql), { instanceOf: SqliteError, code: 'SQLITE_ERROR', message }, sql)
  }
  refused(
    'CREATE INDEX i ON t(vary(a))',
    'non-deterministic functions prohibited in index expressions',
  )
  refused(
    'CREATE INDEX i ON t(a) WHERE vary(a)',
    'non-deterministic functions prohibited in partial index WHERE clauses',
  )
  db.exec('CREATE TABLE c(a CHECK (vary(a) > 0)); INSERT INTO c VALUES (1)')
  for (const sql of [
    'CREATE INDEX i ON t(direct(a))',
    'CREATE INDEX i ON t(a) WHERE direct(a)',
    'CREATE TABLE d(a CHECK (direct(a)))',
    'CREATE TABLE d(a DEFAULT (direct(1)), b); INSERT INTO d(b) VALUES (1)',
    'CREATE VIEW v AS SELECT direct(a) FROM t; SELECT * FROM v',
  ]) {
    refused(sql, 'unsafe use of direct()')
  }
  db.exec('CREATE TEMP TABLE own(a CHECK (direct(a))); INSERT INTO own VALUES (1)')
  db.exec('CREATE TEMP VIEW ownView AS SELECT direct(a) FROM t; SELECT * FROM ownView')
  db.exec('CREATE INDEX i ON t(same(a)); CREATE INDEX p ON t(b) WHERE same(b) > 1')
  db.exec('CREATE TABLE dated(a DEFAULT (same(7)), b); INSERT INTO dated(b) VALUES (1)')
  db.exec('CREATE VIEW sameView AS SELECT same(a) AS a FROM t')
  db.exec('INSERT INTO t VALUES (1, 2), (3, 4)')
  t.deepEqual(list(db, 'SELECT a FROM dated'), [7])
  t.deepEqual(list(db, 'SELECT b FROM t WHERE same(a) = 3'), [4])
  t.is(db.pragma('integrity_check', { simple: true }), 'ok')
  t.throws(() => db.exec('INSERT INTO c VALUES (-1)'), { code: 'SQLITE_CONSTRAINT_CHECK' })
  db.close()

  const other = new Database(file)
  t.deepEqual(list(other, 'SELECT a FROM t WHERE b > 2'), [3])
  for (const [sql, message] of [
    ['SELECT same(a) FROM t', 'no such function: same'],
    ['SELECT * FROM sameView', 'no such function: same'],
    ['CREATE INDEX j ON t(same(a))', 'no such function: same'],
    ['CREATE TABLE e(a CHECK (same(a)))', 'no such function: same'],
    ['INSERT INTO t VALUES (5, 6)', 'unknown function: same()'],
    ['UPDATE t SET a = 9', 'unknown function: same()'],
    ['DELETE FROM t', 'unknown function: same()'],
    ['INSERT INTO c VALUES (1)', 'unknown function: vary()'],
    ['INSERT INTO dated(b) VALUES (1)', 'unknown function: same()'],
    ['REINDEX i', 'unknown function: same()'],
  ] as const) {
    t.throws(() => other.exec(sql), { code: 'SQLITE_ERROR', message }, sql)
  }
  other.exec('INSERT INTO dated VALUES (1, 1)')
  other.function('same', { deterministic: true }, (x) => x)
  other.function('vary', (x) => x)
  other.exec('INSERT INTO t VALUES (5, 6)')
  t.is(other.pragma('integrity_check', { simple: true }), 'ok')
  other.close()
})

test('user function: a definition counts for statements that are prepared and cached', (t) => {
  const db = memory()
  db.function('f', (_x) => 'first')
  const statement = db.prepare('SELECT f(1)').pluck()
  t.is(statement.get(), 'first')
  db.function('f', (_x) => 'second')
  t.is(statement.get(), 'second')
  t.is(db.prepare('SELECT f(1)').pluck().get(), 'second')
  const builtIn = db.prepare('SELECT abs(-1)').pluck()
  t.is(builtIn.get(), 1)
  for (const x of [2, 3]) t.is(db.prepare(`SELECT abs(-${x})`).pluck().get(), x)
  db.function('abs', (x: number) => x * 10)
  t.is(builtIn.get(), -10)
  for (const x of [2, 3]) t.is(db.prepare(`SELECT abs(-${x})`).pluck().get(), -10 * x)
  t.is(memory().prepare('SELECT abs(-1)').pluck().get(), 1)
})

test('user function: what it throws comes out as it is, and the statement is taken back', (t) => {
  const db = memory()
  db.exec('CREATE TABLE t(a INTEGER PRIMARY KEY, b UNIQUE); INSERT INTO t VALUES (1, 1), (2, 2)')
  for (const failure of [new Error('mine'), 'a text', undefined, { code: 'SQLITE_BUSY' }]) {
    db.function('fail', (when, value) => {
      if (when === value) throw failure
      return value
    })
    for (const inside of [false, true]) {
      if (inside) db.exec('BEGIN; INSERT INTO t VALUES (9, 9)')
      for (const sql of [
        'SELECT fail(1, 1)',
        'SELECT count(*) FROM t WHERE fail(2, a)',
        'INSERT INTO t VALUES (3, fail(1, 1))',
        'INSERT INTO t SELECT a + 10, fail(2, a) FROM t',
        'INSERT OR FAIL INTO t SELECT a + 10, fail(2, a) FROM t',
        'INSERT OR IGNORE INTO t SELECT a + 10, fail(2, a) FROM t',
        'REPLACE INTO t SELECT a + 10, fail(2, a) FROM t',
        'UPDATE t SET b = fail(2, b) + 100',
        'DELETE FROM t WHERE fail(2, a) < 9',
      ]) {
        let thrown: unknown = 'nothing'
        try {
          db.prepare(sql).run()
        } catch (error) {
          thrown = error
        }
        t.is(thrown, failure, sql)
        t.is(db.inTransaction, inside)
        t.deepEqual(list(db, 'SELECT b FROM t ORDER BY a'), inside ? [1, 2, 9] : [1, 2])
      }
      if (inside) db.exec('ROLLBACK')
    }
  }
  const rows = db.prepare('SELECT fail(2, a) FROM t').iterate()
  rows.next()
  t.throws(() => rows.next(), { any: true })
  db.exec('INSERT INTO t VALUES (3, 3)')
})

const isBusy = { message: 'This database connection is busy executing a query' }

test('user function: from inside, the connection takes no calls', (t) => {
  for (const unsafe of [false, true]) {
    const db = memory()
    db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)')
    db.unsafeMode(unsafe)
    const get = db.prepare('SELECT 1')
    const write = db.prepare('INSERT INTO t VALUES (9)')
    const transaction = db.transaction(() => 1)
    let refused = 0
    db.function('probe', () => {
      for (const call of [
        () => db.prepare('SELECT 2'),
        () => get.get(),
        () => get.all(),
        () => write.run(),
        () => get.iterate(),
        () => get.columns(),
        () => get.raw(),
        () => get.bind(),
        () => db.exec('SELECT 1'),
        () => db.pragma('user_version'),
        () => db.function('other', () => 1),
        () => db.collation('other', () => 0),
        () => db.close(),
        () => transaction(),
      ]) {
        t.throws(call, isBusy)
        refused++
      }
      // These say what they are asked, or what holds later.
      t.true(db.open)
      t.false(db.inTransaction)
      t.false(get.busy)
      t.is(String(get), 'SELECT 1')
      db.transaction(() => 2)
      db.defaultSafeIntegers(false)
      db.unsafeMode(unsafe)
      return 1
    })
    db.prepare('SELECT probe()').get()
    db.prepare('SELECT probe()').all()
    db.exec('INSERT INTO t SELECT probe()')
    for (const _row of db.prepare('SELECT probe()').iterate());
    t.is(refused, 4 * 14)
    t.is(db.prepare('SELECT count(*) FROM t').pluck().get(), 3)
    db.close()
  }
})

test('user function: one in the place of a built-in function keeps the rows of an outer join', (t) => {
  const db = memory()
  db.exec(`CREATE TABLE t(id INTEGER PRIMARY KEY, a); CREATE TABLE u(a, s);
    INSERT INTO t VALUES (1, 1), (2, 5); INSERT INTO u VALUES (1, 'x')`)
  const kept = (condition: string, join = 'LEFT'): unknown =>
    list(db, `SELECT t.id FROM t ${join} JOIN u ON t.a = u.a WHERE ${condition} ORDER BY t.id`)
  const conditions = ['abs(u.a) = 7', "u.s LIKE 'y%'", "u.s GLOB 'y'", 'length(u.s) = 7']
  for (const condition of conditions) t.deepEqual(kept(condition), [])
  db.function('abs', (x: unknown) => (x === null ? 7 : 8))
  db.function('length', (x: unknown) => (x === null ? 7 : 8))
  db.function('like', (_: unknown, text: unknown) => (text === null ? 1 : 0))
  db.function('glob', (_: unknown, text: unknown) => (text === null ? 1 : 0))
  t.deepEqual(kept('abs(u.a) = 7'), [2])
  t.deepEqual(kept('length(u.s) = 7', 'FULL'), [2])
  t.deepEqual(kept("u.s LIKE 'y%'"), [2])
  t.deepEqual(kept("u.s GLOB 'y'", 'FULL'), [2])
  db.close()
})
