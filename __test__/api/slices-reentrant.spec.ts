/**
 * Functions that run statements of their own connection while a statement of the asynchronous face calls them: in slices they may do what they may
 * do when the same statement runs in one piece. Between two slices the connection is as busy as beside an open iterator.
 */
import { join } from 'node:path'
import test from 'ava'
import { Database, LocalConnection } from '../../packages/engine/src/index.ts'
import { connectionOf } from '../../packages/engine/src/api/sync/database.ts'
import { temporaryFolder } from '../support/temporary.ts'

type Db = InstanceType<typeof Database>

const rowCount = 400
/** The row whose function does something: behind several slices. */
const at = 300

const setUp = `
  CREATE TABLE t(id INTEGER PRIMARY KEY, a INT); CREATE TABLE u(a UNIQUE); CREATE TABLE log(x);
  WITH digit(d) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))
    INSERT INTO t(a) SELECT x.d * 100 + y.d * 10 + z.d FROM digit AS x, digit AS y, digit AS z WHERE x.d < 4;
`

function open(path: string): Db {
  const db = new Database(path, path === ':memory:' ? {} : { experimental: ['multiprocess_wal'] })
  db.exec(setUp)
  // Slices of a few rows, however fast the machine is.
  let now = 0
  connectionOf(db).context.slice.clock = () => (now += 1000)
  return db
}

const outers = [
  'INSERT INTO u SELECT f(a) FROM t',
  'UPDATE t SET a = f(a) + 1',
  'DELETE FROM t WHERE f(a) >= 0',
  'SELECT sum(f(a)) FROM t',
  'SELECT a FROM t ORDER BY f(a) DESC LIMIT 3',
  'CREATE TABLE z AS SELECT f(a) AS a FROM t',
  'INSERT INTO u SELECT a FROM t WHERE 1 RETURNING f(a)',
]

/** What the function does. What it answers, or the message that it gets, is noted. */
const inners: Record<string, (db: Db, x: number) => unknown> = {
  'writes with every row': (db, x) => db.prepare('INSERT INTO log VALUES (?)').run(x).changes,
  'deletes rows ahead': (db, x) => db.prepare('DELETE FROM t WHERE id = ?').run(x + 2).changes,
  'fails in between': (db, x) => x === at && db.exec('INSERT INTO u VALUES (-1), (-1)'),
  throws: (_, x) => {
    if (x === at) throw new Error('mine')
  },
  'rolls back': (db, x) => x === at && db.exec('ROLLBACK'),
  begins: (db, x) => x === at && db.exec('BEGIN'),
  commits: (db, x) => x === at && db.exec('COMMIT'),
  closes: (db, x) => x === at && db.close(),
  'drops the table': (db, x) => x === at && db.exec('DROP TABLE t'),
  'makes a table': (db, x) => x === at && db.exec('CREATE TABLE made(a)'),
  'defines functions': (db, x) => x === at && db.function('g', () => 1) && 'done',
  'replaces itself': (db, x) => x === at && db.function('f', () => 1) && 'done',
  'opens an iterator': (db, x) => {
    if (x !== at) return null
    const rows = db.prepare('SELECT id FROM t').raw().iterate()
    const first = rows.next().value
    rows.return!()
    return first
  },
}

interface Outcome {
  readonly failure: unknown
  readonly notes: readonly unknown[]
  readonly contents: unknown
}

const failureOf = (error: unknown): unknown => {
  const { name, code, message } = error as { name: string; code?: string; message: string }
  return [name, code, message]
}

async function outcome(
  inner: (db: Db, x: number) => unknown,
  inTransaction: boolean,
  catches: boolean,
  run: (db: Db) => unknown,
): Promise<Outcome> {
  const db = open(':memory:')
  const notes: unknown[] = []
  let isInside = false
  db.function('f', { reentrant: true }, (x: number) => {
    if (isInside) return x
    isInside = true
    try {
      const answer = inner(db, x)
      if (x === at) notes.push(answer)
    } catch (error) {
      notes.push(failureOf(error))
      if (!catches) throw error
    } finally {
      isInside = false
    }
    return x
  })
  if (inTransaction) db.exec('BEGIN; INSERT INTO log VALUES (-1)')
  let failure: unknown = null
  try {
    await run(db)
  } catch (error) {
    failure = failureOf(error)
  }
  const contents = db
    .prepare(
      `SELECT (SELECT count(*) FROM t) AS t, (SELECT sum(a) FROM t) AS sum, (SELECT count(*) FROM u) AS u, (SELECT count(*) FROM log) AS log,
         (SELECT group_concat(name) FROM sqlite_schema) AS names`,
    )
    .get()
  const rest = [contents, db.inTransaction, db.pragma('integrity_check', { simple: true })]
  // No iterator is left open, nor one too few: then it could not be written beside one either.
  const rows = db.prepare('SELECT 1').iterate()
  try {
    db.exec('DELETE FROM log')
    rest.push('not busy')
  } catch (error) {
    rest.push(failureOf(error))
  }
  rows.return!()
  db.exec('DELETE FROM log')
  db.close()
  return { failure, notes, contents: rest }
}

const inOnePiece = (sql: string) => {
  return (db: Db): void => void db.prepare(sql).run()
}

const inSlices = (sql: string) => {
  return (db: Db): Promise<unknown> => new LocalConnection(db).execute(sql)
}

const rowByRow = (sql: string) => {
  return async (db: Db): Promise<void> => {
    const rows = await new LocalConnection(db).query(sql)
    while ((await rows.next()) !== undefined);
  }
}

for (const [name, inner] of Object.entries(inners)) {
  test.serial(`slices: a function that ${name} may do so in slices as in one piece`, async (t) => {
    for (const sql of outers) {
      for (const inTransaction of [false, true]) {
        for (const catches of [false, true]) {
          const which = `${sql}, ${inTransaction ? 'in a transaction' : 'alone'}`
          const run = (way: (db: Db) => unknown): Promise<Outcome> =>
            outcome(inner, inTransaction, catches, way)
          const expected = await run(
            // `run` would take the first row only.
            /^SELECT|RETURNING/.test(sql) ? (db) => db.prepare(sql).all() : inOnePiece(sql),
          )
          t.deepEqual(await run(inSlices(sql)), expected, which)
          if (/RETURNING|ORDER BY/.test(sql)) t.deepEqual(await run(rowByRow(sql)), expected, which)
        }
      }
    }
  })
}

test.serial(
  'slices: between two of them the connection is busy, also behind a function that has written',
  async (t) => {
    for (const path of [':memory:', join(temporaryFolder(), 'a.db')]) {
      const db = open(path)
      const connection = new LocalConnection(db)
      const isBusy = { message: 'This database connection is busy executing a query' }
      let calls = 0
      db.function('f', { reentrant: true }, (x: number) => {
        if (calls++ === 0) db.prepare('INSERT INTO log VALUES (?)').run(x)
        return x
      })
      const update = connection.execute('UPDATE t SET a = f(a) + 1')
      while (calls === 0) await new Promise((resolve) => setImmediate(resolve))
      t.true(calls < rowCount / 2, `${calls}`)
      t.throws(() => db.exec('DELETE FROM log'), isBusy)
      t.throws(() => db.prepare('DELETE FROM log').run(), isBusy)
      t.throws(() => connection.close(), isBusy)
      t.is(db.prepare('SELECT count(*) FROM log').pluck().get(), 1)
      t.is(await update, rowCount)
      db.exec('DELETE FROM log')
      connection.close()
    }
  },
)

test.serial('slices: rows are not closed by a function that their statement calls', async (t) => {
  const db = open(':memory:')
  const connection = new LocalConnection(db)
  const answers: unknown[] = []
  let close = (): void => {}
  db.function('f', { reentrant: true }, (x: number) => {
    if (x !== at) return x
    try {
      close()
      answers.push('closed')
    } catch (error) {
      answers.push((error as Error).message)
    }
    return x
  })
  db.exec('BEGIN; INSERT INTO log VALUES (1)')
  const rows = await connection.query('SELECT max(f(a)) FROM t')
  close = () => rows.close()
  t.deepEqual(Object.values((await rows.next())!), [rowCount - 1])
  t.deepEqual(answers, ['This database connection is busy executing a query'])
  rows.close()
  t.is(await rows.next(), undefined)
  t.true(db.inTransaction)
  t.is(await connection.execute('DELETE FROM log'), 1)
  await connection.execute('COMMIT')
  connection.close()
})
