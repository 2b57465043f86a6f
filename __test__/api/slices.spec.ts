/** The asynchronous face while a statement runs for long: the event loop has its turn, and calls keep their order. */
import test from 'ava'
import { Builder, type LocalConnection } from '../../packages/engine/src/index.ts'

async function open(rows: number): Promise<LocalConnection> {
  const connection = (await Builder.newLocal(':memory:').build()).connect()
  await connection.executeBatch(`
    CREATE TABLE digit(d); INSERT INTO digit VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
    CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT);
  `)
  await connection.execute(
    `INSERT INTO t(a, b) SELECT (x.d * 7919 + y.d * 104729 + z.d * 31 + w.d * 17 + v.d * 1299709) % 10007, 'row ' || v.d || w.d || x.d
     FROM digit AS v, digit AS w, digit AS x, digit AS y, digit AS z LIMIT ?`,
    [rows],
  )
  return connection
}

/** Turns of the event loop while something runs, and the longest time between two of them. */
async function turnsDuring(
  work: () => Promise<unknown>,
): Promise<{ readonly turns: number; readonly longest: number }> {
  let turns = 0
  let longest = 0
  let isDone = false
  let last = performance.now()
  const turn = (): void => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    turns++
    if (!isDone) setImmediate(turn)
  }
  setImmediate(turn)
  await work()
  isDone = true
  return { turns, longest }
}

const statements = [
  'SELECT count(*) FROM t AS x, t AS y WHERE x.id < 1000 AND x.a >= y.a + y.id',
  'SELECT a, count(*), max(b) FROM t GROUP BY a ORDER BY 3, 2 DESC, 1',
  'SELECT * FROM t ORDER BY b, a DESC',
  'SELECT count(*) FROM (SELECT DISTINCT a, b FROM t)',
  'CREATE INDEX t_b ON t(b, a)',
  'PRAGMA integrity_check',
  'PRAGMA quick_check',
  "UPDATE t SET b = b || 'x', a = a + 1",
  'DELETE FROM t WHERE a % 2 = 0',
]

test.serial('slices: timers run while a statement does', async (t) => {
  const connection = await open(50_000)
  for (const sql of statements) {
    const { turns, longest } = await turnsDuring(() => connection.execute(sql))
    // Slices take 3 ms. Generous, for other processes want the processor too.
    t.true(turns >= 5, `${sql}: ${turns} turns`)
    t.true(longest < 1000, `${sql}: ${longest} ms without a turn`)
  }
  connection.close()
})

test.serial('slices: calls wait for those before them', async (t) => {
  const connection = await open(20_000)
  const done: string[] = []
  const note = (name: string) => (): void => void done.push(name)
  await Promise.all([
    connection.execute("UPDATE t SET b = 'x'").then(note('update')),
    connection.execute('INSERT INTO t(a, b) VALUES (1, 2)').then(note('insert')),
    connection
      .query("SELECT count(*) AS n FROM t WHERE b = 'x'")
      .then(async (rows) => {
        t.deepEqual(await rows.next(), { n: 20_000 })
        rows.close()
      })
      .then(note('query')),
  ])
  t.deepEqual(done, ['update', 'insert', 'query'])
  connection.close()
})

test.serial('slices: a connection in the middle of a statement is not closed', async (t) => {
  const connection = await open(20_000)
  const update = connection.execute(
    "UPDATE t SET b = 'x' WHERE (SELECT count(*) FROM t AS z WHERE z.id < 100 AND z.id < t.id) >= 0",
  )
  t.throws(() => connection.close(), { message: /busy/ })
  t.is(await update, 20_000)
  connection.close()
})

test.serial('slices: small statements are done when the call returns', async (t) => {
  const connection = await open(10)
  const insert = connection.execute('INSERT INTO t(a) VALUES (1)')
  connection.close()
  t.is(await insert, 1)
})

test.serial('slices: rows can be closed while the next one is looked for', async (t) => {
  const connection = await open(50_000)
  const rows = await connection.query('SELECT * FROM t ORDER BY b, a')
  const next = rows.next()
  rows.close()
  t.is(await next, undefined)
  t.is(await connection.execute('DELETE FROM t WHERE id < 11'), 10)
  connection.close()
})

test.serial('slices: a statement that fails lets the next one run', async (t) => {
  const connection = await open(20_000)
  await connection.execute('CREATE UNIQUE INDEX u ON t(id, b)')
  const failing = connection.execute('INSERT INTO t(id, a) SELECT id, a FROM t')
  const after = connection.execute('DELETE FROM t')
  await t.throwsAsync(failing, { message: 'UNIQUE constraint failed: t.id' })
  t.is(await after, 20_000)
  connection.close()
})

test.serial('slices: an explicit transaction spans long statements', async (t) => {
  const connection = await open(20_000)
  await connection.execute('BEGIN')
  await connection.execute("UPDATE t SET b = 'x'")
  t.false(connection.isAutocommit())
  await connection.execute('ROLLBACK')
  const rows = await connection.query("SELECT count(*) AS n FROM t WHERE b = 'x'")
  t.deepEqual(await rows.next(), { n: 0 })
  rows.close()
  connection.close()
})

test.serial('slices: what IF EXISTS leaves to do is found out when it runs', async (t) => {
  const connection = await open(100)
  const create = 'CREATE INDEX IF NOT EXISTS t_a ON t(a)'
  for (const sql of [
    create,
    create,
    'DROP INDEX IF EXISTS t_a',
    'DROP INDEX IF EXISTS t_a',
    create,
  ]) {
    await connection.execute(sql)
  }
  const rows = await connection.query("SELECT count(*) AS n FROM sqlite_schema WHERE name = 't_a'")
  t.deepEqual(await rows.next(), { n: 1 })
  await t.throwsAsync(connection.execute('DROP TABLE t'), { message: /busy/ })
  rows.close()
  await connection.execute('DROP TABLE t')
  connection.close()
})

test.serial('slices: a change that is given up is taken back, and no more', async (t) => {
  const connection = await open(20_000)
  for (const isInside of [false, true]) {
    if (isInside) await connection.executeBatch("BEGIN; UPDATE t SET b = 'before' WHERE id = 1")
    const rows = await connection.query("UPDATE t SET b = 'x' WHERE id > 1 RETURNING id")
    const next = rows.next()
    rows.close()
    t.is(await next, undefined)
    t.is(connection.isAutocommit(), !isInside)
    if (isInside) await connection.execute('COMMIT')
    const counts = await connection.query(
      "SELECT count(*) FILTER (WHERE b = 'x') AS x, count(*) FILTER (WHERE b = 'before') AS before FROM t",
    )
    t.deepEqual(await counts.next(), { x: 0, before: isInside ? 1 : 0 })
    counts.close()
  }
  t.is(await connection.execute("UPDATE t SET b = 'x' RETURNING id"), 20_000)
  connection.close()
})

test.serial('slices: rows of a change may be left behind the first', async (t) => {
  const connection = await open(20_000)
  const rows = await connection.query("UPDATE t SET b = 'x' RETURNING id")
  t.deepEqual(await rows.next(), { id: 1 })
  rows.close()
  const count = await connection.query("SELECT count(*) AS n FROM t WHERE b = 'x'")
  t.deepEqual(await count.next(), { n: 20_000 })
  count.close()
  connection.close()
})
