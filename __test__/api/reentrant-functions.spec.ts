/**
 * Functions that run statements of their own connection while the statement that has called them goes on. Answers are SQLite's (its
 * functions may always do so); what it leaves undefined is refused, and no index ever differs from its table.
 */
import test, { type ExecutionContext } from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { createRandom, type Random } from '../support/random.ts'
import { temporaryFolder } from '../support/temporary.ts'

type Db = InstanceType<typeof Database>
type Row = unknown[]

const schema = `
CREATE TABLE t(a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES (1, 10), (2, 20), (3, 30);
CREATE TABLE u(x, y UNIQUE); CREATE INDEX tb ON t(b);
`

function opened(file = ':memory:', multi = false): Db {
  const db = new Database(file, multi ? { experimental: ['multiprocess_wal'] } : {})
  db.exec(schema)
  return db
}

const all = (db: Db, sql: string, ...params: unknown[]): Row[] =>
  db
    .prepare(sql)
    .raw()
    .all(...params) as Row[]
const one = (db: Db, sql: string, ...params: unknown[]): unknown =>
  db
    .prepare(sql)
    .pluck()
    .get(...params)

/** `f`, which may run statements. */
function define(db: Db, call: (x: number) => unknown, name = 'f'): void {
  db.function(name, { reentrant: true }, call)
}

function isWhole(t: ExecutionContext, db: Db): void {
  t.is(db.pragma('integrity_check', { simple: true }), 'ok')
}

test('reentrant: a statement reads inside itself, at any depth', (t) => {
  const db = opened()
  define(db, (x) => one(db, 'SELECT count(*) FROM t WHERE a <= ?', x))
  t.deepEqual(all(db, 'SELECT a, f(a) FROM t'), [
    [1, 1],
    [2, 2],
    [3, 3],
  ])
  t.deepEqual(all(db, 'SELECT f(a) AS n, count(*) FROM t GROUP BY n ORDER BY n DESC'), [
    [3, 1],
    [2, 1],
    [1, 1],
  ])
  t.throws(() => db.prepare('SELECT fib(1)'), { message: 'no such function: fib' })
  db.function('fib', { reentrant: true }, (n: number) =>
    n < 2 ? n : one(db, 'SELECT fib(?1 - 1) + fib(?1 - 2)', n),
  )
  t.is(one(db, 'SELECT fib(10)'), 55)
})

for (const way of ['get', 'all', 'iterate'] as const) {
  test(`reentrant: one statement runs inside itself by ${way}`, (t) => {
    const db = opened()
    const ask = (n: number): unknown => {
      if (way === 'iterate') return [...statement.iterate(n)][0]
      const answer = statement[way](n)
      return way === 'all' ? (answer as unknown[])[0] : answer
    }
    define(db, (x) => (x <= 0 ? 0 : 1 + (ask(x - 1) as number)))
    const statement = db.prepare('SELECT f(?) + (SELECT count(*) FROM t) - 3').pluck()
    if (way === 'iterate') {
      // An iterator keeps its statement to itself, as always.
      t.throws(() => ask(3), { message: 'This statement is busy executing a query' })
    } else {
      t.is(ask(20), 20)
      t.is(ask(3), 3)
    }
  })
}

/** An outer statement whose function writes; the rows of the statement, then of both tables. */
interface Scenario {
  readonly sql: string
  readonly inner: (db: Db, x: number) => unknown
  readonly rows?: Row[]
  readonly error?: string
  readonly t?: Row[]
  readonly u?: Row[]
}

const before = [
  [1, 10],
  [2, 20],
  [3, 30],
]

const run = (sql: string, values: (x: number) => unknown[]) => {
  return (db: Db, x: number): unknown => {
    db.prepare(sql).run(...values(x))
    return x
  }
}

const scenarios: Record<string, Scenario> = {
  'writes another table while one is read': {
    sql: 'SELECT f(a) FROM t',
    inner: run('INSERT INTO u VALUES (?, ?)', (x) => [x, x]),
    rows: [[1], [2], [3]],
    u: [
      [1, 1],
      [2, 2],
      [3, 3],
    ],
  },
  'changes the row that is read': {
    sql: 'SELECT f(a) FROM t',
    inner: run('UPDATE t SET b = b + 1 WHERE a = ?', (x) => [x]),
    rows: [[1], [2], [3]],
    t: [
      [1, 11],
      [2, 21],
      [3, 31],
    ],
  },
  'deletes the row after the one that is read': {
    sql: 'SELECT f(a) FROM t',
    inner: run('DELETE FROM t WHERE a = ?', (x) => [x + 1]),
    rows: [[1], [3]],
    t: [
      [1, 10],
      [3, 30],
    ],
  },
  'adds entries to the index that is read': {
    sql: 'SELECT f(a) FROM t WHERE b > 0 AND b < 40 ORDER BY b',
    inner: run('INSERT INTO t(b) VALUES (? + 100)', (x) => [x]),
    rows: [[1], [2], [3]],
    t: [...before, [4, 101], [5, 102], [6, 103]],
  },
  'inserts into the table that INSERT fills': {
    sql: 'INSERT INTO u SELECT a, f(a) FROM t',
    inner: run('INSERT INTO u VALUES (?, ?)', (x) => [x, x + 100]),
    u: [
      [1, 101],
      [1, 1],
      [2, 102],
      [2, 2],
      [3, 103],
      [3, 3],
    ],
  },
  'takes the rowid that would have been next': {
    sql: 'INSERT INTO t(b) VALUES (f(1)), (f(2))',
    inner: run('INSERT INTO t(b) VALUES (?)', (x) => [x]),
    t: [...before, [4, 1], [5, 1], [6, 2], [7, 2]],
  },
  'changes the row that UPDATE changes': {
    sql: 'UPDATE t SET b = b + f(a)',
    inner: run('UPDATE t SET b = b * 2 WHERE a = ?', (x) => [x]),
    t: [
      [1, 11],
      [2, 22],
      [3, 33],
    ],
  },
  'deletes the row that UPDATE comes to next': {
    sql: 'UPDATE t SET b = b + f(a)',
    inner: run('DELETE FROM t WHERE a = ?', (x) => [x + 1]),
    t: [
      [1, 11],
      [3, 33],
    ],
  },
  'deletes the row that UPDATE changes': {
    sql: 'UPDATE t SET b = b + f(a)',
    inner: run('DELETE FROM t WHERE a = ?', (x) => [x]),
    error: 'database table is locked',
  },
  'deletes the row that UPDATE has found by its rowid': {
    sql: 'UPDATE t SET b = 7 WHERE a = 2 AND f(a) > 0',
    inner: run('DELETE FROM t WHERE a = ?', (x) => [x]),
    t: [
      [1, 10],
      [3, 30],
    ],
  },
  'inserts while DELETE deletes': {
    sql: 'DELETE FROM t WHERE f(a)',
    inner: run('INSERT INTO u VALUES (?, ?)', (x) => [x, x]),
    t: [],
    u: [
      [1, 1],
      [2, 2],
      [3, 3],
    ],
  },
  'fails, and the outer statement goes on': {
    sql: 'INSERT INTO u SELECT a + 10, f(a) + 50 FROM t',
    inner: (db, x) => {
      try {
        db.exec('INSERT INTO u VALUES (1, 1), (2, 2), (3, 1)')
      } catch {
        // Only its own rows are taken back.
      }
      db.prepare('INSERT INTO u VALUES (?, ?)').run(x, x)
      return x
    },
    u: [
      [1, 1],
      [11, 51],
      [2, 2],
      [12, 52],
      [3, 3],
      [13, 53],
    ],
  },
  'fails, and so does the outer statement': {
    sql: 'INSERT INTO u SELECT a + 10, f(a) + 50 FROM t',
    inner: run('INSERT INTO u VALUES (?, 7)', (x) => [x]),
    error: 'UNIQUE constraint failed: u.y',
  },
  'has written before the outer statement fails': {
    sql: 'INSERT INTO u SELECT a + 10, f(a) - a FROM t',
    inner: run('INSERT INTO u VALUES (?, ?)', (x) => [x, x]),
    error: 'UNIQUE constraint failed: u.y',
  },
  'commits inside a statement that writes': {
    sql: 'INSERT INTO u SELECT a, f(a) FROM t',
    inner: (db) => db.exec('BEGIN; COMMIT'),
    error: 'cannot commit transaction - SQL statements in progress',
  },
  'opens a savepoint inside a statement that writes': {
    sql: 'INSERT INTO u SELECT a, f(a) FROM t',
    inner: (db) => db.exec('SAVEPOINT s'),
    error: 'cannot open savepoint - SQL statements in progress',
  },
  'makes a table inside a statement that writes': {
    sql: 'INSERT INTO u SELECT a, f(a) FROM t',
    inner: (db, x) => {
      db.exec(`CREATE TABLE new${x}(a)`)
      return x
    },
    u: [
      [1, 1],
      [2, 2],
      [3, 3],
    ],
  },
  'makes an index inside a statement that writes': {
    sql: 'INSERT INTO u SELECT a, f(a) FROM t',
    inner: (db) => db.exec('CREATE INDEX ux ON u(x)'),
    error: 'database table is locked',
  },
  'rebuilds indexes inside a statement': {
    sql: 'SELECT f(a) FROM t ORDER BY b',
    inner: (db) => db.exec('REINDEX'),
    error: 'database table is locked',
  },
  'drops a table inside a statement': {
    sql: 'SELECT f(a) FROM t',
    inner: (db) => db.exec('DROP TABLE u'),
    error: 'database table is locked',
  },
  'redefines the function that runs': {
    sql: 'SELECT f(a) FROM t',
    inner: (db) => db.function('f', (_x) => 1),
    error: 'unable to delete/modify user-function due to active statements',
  },
  'redefines a built-in function': {
    sql: 'SELECT f(a) FROM t',
    inner: (db) => db.function('abs', (_x) => 1),
    error: 'unable to delete/modify user-function due to active statements',
  },
  'defines a function that nobody knows': {
    sql: 'SELECT f(a) FROM t',
    inner: (db, x) => {
      db.function(`g${x}`, (y: number) => y * 2)
      return one(db, `SELECT g${x}(?)`, x)
    },
    rows: [[2], [4], [6]],
  },
  'closes the database': {
    sql: 'SELECT f(a) FROM t',
    inner: (db) => db.close(),
    error: 'This database connection is busy executing a query',
  },
}

for (const [name, scenario] of Object.entries(scenarios)) {
  for (const multi of [false, true]) {
    test(`reentrant: a function ${name}${multi ? ', several processes' : ''}`, (t) => {
      const file = `${temporaryFolder()}/a.db`
      const db = opened(file, multi)
      define(db, (x) => scenario.inner(db, x))
      const statement = db.prepare(scenario.sql)
      const call = (): unknown => (statement.reader ? statement.raw().all() : statement.run())
      if (scenario.error === undefined) {
        const rows = call()
        if (scenario.rows !== undefined) t.deepEqual(rows, scenario.rows)
      } else t.throws(call, { message: scenario.error })
      if (db.inTransaction) db.exec('COMMIT')
      t.deepEqual(all(db, 'SELECT * FROM t'), scenario.t ?? before)
      t.deepEqual(all(db, 'SELECT * FROM u'), scenario.u ?? [])
      isWhole(t, db)
      // Nothing is locked any more.
      const other = new Database(file, multi ? { experimental: ['multiprocess_wal'] } : {})
      other.exec("INSERT INTO u VALUES (0, 'other')")
      other.close()
      db.close()
    })
  }
}

test('reentrant: transactions end inside as SQLite ends them', (t) => {
  const cases: readonly [string, string, string, Row[] | string, Row[]][] = [
    [
      'BEGIN; INSERT INTO u VALUES (5, 5)',
      'COMMIT',
      'SELECT f(a) FROM t',
      [[1], [2], [3]],
      [[5, 5]],
    ],
    ['BEGIN; INSERT INTO u VALUES (5, 5)', 'ROLLBACK', 'SELECT f(a) FROM t', [[1], [2], [3]], []],
    [
      'BEGIN; CREATE TABLE z(a); INSERT INTO u VALUES (5, 5)',
      'ROLLBACK',
      'SELECT f(a) FROM t',
      'abort due to ROLLBACK',
      [],
    ],
    [
      'BEGIN; INSERT INTO u VALUES (5, 5)',
      'ROLLBACK',
      'INSERT INTO u SELECT a, f(a) FROM t',
      'abort due to ROLLBACK',
      [],
    ],
    [
      'BEGIN; INSERT INTO u VALUES (5, 5)',
      'ROLLBACK',
      'INSERT INTO u VALUES (1, f(1))',
      'abort due to ROLLBACK',
      [],
    ],
    [
      'BEGIN; INSERT INTO u VALUES (5, 5)',
      'COMMIT',
      'INSERT INTO u SELECT a, f(a) FROM t',
      'cannot commit transaction - SQL statements in progress',
      [[5, 5]],
    ],
    [
      'BEGIN; INSERT INTO u VALUES (7, 7); SAVEPOINT s; INSERT INTO u VALUES (8, 8)',
      'ROLLBACK TO s',
      'INSERT INTO u SELECT a, f(a) FROM t',
      'abort due to ROLLBACK',
      [[7, 7]],
    ],
    [
      'SAVEPOINT s',
      'RELEASE s',
      'INSERT INTO u SELECT a, f(a) FROM t',
      'cannot release savepoint - SQL statements in progress',
      [],
    ],
  ]
  for (const [begin, end, sql, wanted, rows] of cases) {
    const db = opened()
    define(db, (x) => {
      if (db.inTransaction) db.exec(end)
      return x
    })
    db.exec(begin)
    const statement = db.prepare(sql)
    const call = (): unknown => (statement.reader ? statement.raw().all() : statement.run())
    if (typeof wanted === 'string') t.throws(call, { message: wanted }, `${sql} ${end}`)
    else t.deepEqual(call(), wanted)
    if (db.inTransaction) db.exec('COMMIT')
    t.deepEqual(all(db, 'SELECT * FROM u'), rows, `${sql} ${end}`)
    isWhole(t, db)
  }
})

test('reentrant: counts are those of the statement that has ended last', (t) => {
  const db = opened()
  const seen: unknown[] = []
  define(db, (x) => {
    db.exec('UPDATE t SET b = b')
    seen.push(all(db, 'SELECT changes(), total_changes()')[0])
    return x
  })
  t.is(db.prepare('INSERT INTO u SELECT a, f(a) FROM t LIMIT 2').run().changes, 2)
  t.deepEqual(seen, [
    [3, 6],
    [3, 9],
  ])
  t.deepEqual(all(db, 'SELECT changes(), total_changes()'), [[2, 11]])
})

test('reentrant: what a constraint or an index changes of its own table is refused', (t) => {
  const db = opened()
  db.function('f', { reentrant: true, deterministic: true }, (x: number) => {
    if (x < 5) db.prepare('INSERT INTO c(b) VALUES (?)').run(x + 4)
    return x
  })
  const isLocked = { code: 'SQLITE_LOCKED', message: 'database table is locked' }
  db.exec('CREATE TABLE c(a INTEGER PRIMARY KEY, b CHECK (f(b)))')
  t.throws(() => db.exec('INSERT INTO c(b) VALUES (1)'), isLocked)
  db.exec(
    'DROP TABLE c; CREATE TABLE c(a INTEGER PRIMARY KEY, b); CREATE UNIQUE INDEX cf ON c(f(b))',
  )
  t.throws(() => db.exec('INSERT INTO c(b) VALUES (1), (2)'), isLocked)
  t.throws(() => db.exec('REPLACE INTO c(b) VALUES (1)'), isLocked)
  db.exec('INSERT INTO c(b) VALUES (9)')
  db.exec('DROP INDEX cf; INSERT INTO c(b) VALUES (1)')
  t.throws(() => db.exec('CREATE INDEX cf ON c(f(b))'), isLocked)
  t.deepEqual(all(db, 'SELECT b FROM c'), [[9], [1]])
  isWhole(t, db)
})

test('reentrant: AUTOINCREMENT goes on behind rows that came from inside', (t) => {
  const db = opened()
  db.exec('CREATE TABLE n(a INTEGER PRIMARY KEY AUTOINCREMENT, b)')
  define(db, (x) => {
    db.prepare('INSERT INTO n(b) VALUES (?)').run(x + 100)
    return x
  })
  db.exec('INSERT INTO n(b) VALUES (f(1)), (f(2))')
  t.deepEqual(all(db, 'SELECT * FROM n'), [
    [1, 101],
    [2, 1],
    [3, 102],
    [4, 2],
  ])
  t.deepEqual(all(db, 'SELECT * FROM sqlite_sequence'), [['n', 4]])
})

test('reentrant: a collation may read, and changes nothing', (t) => {
  const db = opened()
  let inner = 'SELECT count(*) FROM w'
  let outcome: unknown
  db.collation('c', { reentrant: true }, (a, b) => {
    try {
      const statement = db.prepare(inner)
      outcome = statement.reader ? statement.pluck().get() : statement.run()
    } catch (error) {
      outcome = (error as Error).message
    }
    return a < b ? -1 : a > b ? 1 : 0
  })
  db.exec("CREATE TABLE w(x COLLATE c UNIQUE); INSERT INTO w VALUES ('b'), ('a')")
  db.exec("INSERT INTO w VALUES ('c')")
  t.is(outcome, 2)
  for (inner of ["INSERT INTO w VALUES ('z')", 'BEGIN', 'SAVEPOINT s', 'DELETE FROM t']) {
    db.exec("INSERT INTO w VALUES ('d'); DELETE FROM w WHERE x = 'd'")
    t.is(outcome, inner === 'SAVEPOINT s' ? outcome : 'database table is locked')
  }
  t.deepEqual(all(db, 'SELECT x FROM w ORDER BY x'), [['a'], ['b'], ['c']])
  isWhole(t, db)
})

for (const multi of [false, true]) {
  test(`reentrant: recursion without end is ended, and nothing stays${multi ? ', several processes' : ''}`, (t) => {
    const file = `${temporaryFolder()}/a.db`
    const db = opened(file, multi)
    let catches = false
    const other = new Database(file, multi ? { experimental: ['multiprocess_wal'] } : {})
    define(db, (x) => {
      try {
        db.prepare('INSERT INTO t(b) VALUES (f(?))').run(x + 1)
      } catch (error) {
        if (!catches) throw error
      }
      return x
    })
    for (catches of [false, true]) {
      db.exec("BEGIN; INSERT INTO u VALUES (1, 'mine')")
      try {
        db.exec('INSERT INTO t(b) VALUES (f(1))')
        t.true(catches)
      } catch (error) {
        // The stack may end while a statement is compiled, or while one runs, which ends the transaction.
        t.regex((error as Error).message, /out of memory|Recursion limit|abort due to ROLLBACK/)
      }
      if (db.inTransaction) db.exec('ROLLBACK')
      other.exec(`INSERT INTO u VALUES (2, ${Number(catches)})`)
      t.deepEqual(all(db, 'SELECT * FROM t'), before)
      isWhole(t, db)
    }
    t.deepEqual(all(db, 'SELECT * FROM u'), [
      [2, 0],
      [2, 1],
    ])
    other.close()
    db.close()
  })
}

/** A statement at random; `f` may run others. */
function randomStatement(random: Random): string {
  const n = random.below(12)
  const value = random.pick(['f(a)', 'b', 'b + f(b)', 'a'])
  switch (random.below(9)) {
    case 0:
      return `INSERT OR ${random.pick(['IGNORE', 'REPLACE', 'ABORT'])} INTO u SELECT a, ${value} FROM t WHERE a < ${n}`
    case 1:
      return `INSERT INTO t(b) VALUES (f(${n})), (${n})`
    case 2:
      return `UPDATE t SET b = ${value} WHERE a > ${n}`
    case 3:
      return `UPDATE OR REPLACE u SET y = f(y) WHERE x = ${n}`
    case 4:
      return `DELETE FROM t WHERE f(a) % 4 = ${n % 4}`
    case 5:
      return `SELECT f(a), b FROM t WHERE b >= ${n} ORDER BY b`
    case 6:
      return `SELECT count(*) FROM t JOIN u ON t.b = f(u.y)`
    case 7:
      return `UPDATE t SET a = a + 20, b = f(b) WHERE a = ${n}`
    default:
      return `DELETE FROM u WHERE y > f(${n})`
  }
}

test('reentrant: whatever runs inside whatever, indexes hold what tables hold', (t) => {
  const random = createRandom()
  t.log(`SEED=${random.seed}`)
  const db = opened()
  db.exec('CREATE INDEX ux ON u(x, y); CREATE UNIQUE INDEX tu ON t(b, a)')
  let depth = 0
  let left = 0
  define(db, (x) => {
    if (depth < 3 && left > 0 && random.below(3) === 0) {
      left--
      depth++
      try {
        const statement = db.prepare(randomStatement(random))
        if (statement.reader) statement.all()
        else statement.run()
      } catch (error) {
        t.true(/constraint|locked/.test((error as Error).message), (error as Error).message)
      } finally {
        depth--
      }
    }
    return x
  })
  for (let i = 0; i < 300; i++) {
    left = 4
    const transacts = random.below(4) === 0
    if (transacts) db.exec('BEGIN')
    const sql = randomStatement(random)
    try {
      const statement = db.prepare(sql)
      if (statement.reader) statement.all()
      else statement.run()
    } catch (error) {
      t.true(/constraint|locked/.test((error as Error).message), (error as Error).message)
    }
    t.is(db.inTransaction, transacts)
    if (transacts) db.exec(random.pick(['COMMIT', 'ROLLBACK']))
    if ((one(db, 'SELECT count(*) FROM t') as number) > 60) db.exec('DELETE FROM t WHERE a % 3')
    if ((one(db, 'SELECT count(*) FROM u') as number) > 60) db.exec('DELETE FROM u WHERE x % 3')
    if (db.pragma('integrity_check', { simple: true }) !== 'ok') {
      t.fail(`after ${sql}: ${JSON.stringify(db.pragma('integrity_check'))}`)
      return
    }
  }
})
