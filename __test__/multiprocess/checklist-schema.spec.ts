/**
 * Schema changes among several processes: statements 52 and 53 of the conformance checklist of TSHM v1 (§8), and that
 * a change made in one process reaches the prepared statements of all others on their next use, however they are
 * used. Turso's processes take part in both roles as far as they can: a new *column* of a table that they know they do not
 * find before they have read the schema anew for another reason (§5.2, `peer-faults`).
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { multiprocess, openPair, openRemote, pairs, refused, turso } from '../support/remote.ts'
import type { Remote } from '../support/remote.ts'
import { temporaryFolder } from '../support/temporary.ts'

const newPath = (): string => join(temporaryFolder(), 'a.db')

/** Ours in this process, and another that changes the schema. */
async function openWithChanger(
  t: ExecutionContext,
  schema: string,
  engine: string | undefined,
): Promise<[Database, Remote]> {
  const path = newPath()
  const db = new Database(path, { experimental: [...multiprocess.experimental], timeout: 5000 })
  t.teardown(() => db.close())
  db.exec(schema)
  return [db, await openRemote(t, path, engine)]
}

/** Keeps a statement in a process and uses it again later. */
function keep(remote: Remote, name: string, sql: string): Promise<void> {
  return remote.call(
    ({ db, kept }, name, sql) => void (kept[name] = db.prepare(sql).raw()),
    name,
    sql,
  )
}

function use(remote: Remote, name: string, ...params: unknown[]): Promise<unknown[][]> {
  return remote.call(({ kept }, name, params) => kept[name].all(...params), name, params)
}

const message = (call: () => unknown): string => {
  try {
    return `no error: ${JSON.stringify(call())}`
  } catch (error) {
    return (error as Error).message
  }
}

for (const [title, first, second] of pairs) {
  test.serial(
    `checklist 52: a table that one side creates the other uses without opening anew (${title})`,
    async (t) => {
      const schema = 'CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 2)'
      const [one, other] = await openPair(t, newPath(), schema, first, second)
      await keep(other, 'old', 'SELECT a, b FROM t')
      t.deepEqual(await use(other, 'old'), [[1, 2]])
      await one.exec('CREATE TABLE u(c); INSERT INTO u VALUES (3)')
      t.deepEqual(await other.all('SELECT c FROM u'), [[3]], 'a fresh statement')
      t.deepEqual(await use(other, 'old'), [[1, 2]], 'a prepared one')
      await other.exec('INSERT INTO u VALUES (4)')
      t.is(await one.one('SELECT sum(c) FROM u'), 7)
      await keep(other, 'new', 'SELECT c FROM u ORDER BY c')
      await one.exec('DROP TABLE t')
      t.regex((await refused(use(other, 'old'))).message, /no such table: t/)
      t.deepEqual(await use(other, 'new'), [[3], [4]])
      await one.exec('CREATE TABLE t(b, a); INSERT INTO t VALUES (5, 6)')
      t.deepEqual(await use(other, 'old'), [[6, 5]], 'the same name, other columns')
      await one.exec('CREATE INDEX u_c ON u(c)')
      await other.exec('INSERT INTO u VALUES (1)')
      t.deepEqual(await use(other, 'new'), [[1], [3], [4]])
      await one.exec('DROP INDEX u_c')
      await other.exec('INSERT INTO u VALUES (2)')
      t.deepEqual(await use(other, 'new'), [[1], [2], [3], [4]])
      for (const side of [one, other]) t.is(await side.one('PRAGMA integrity_check'), 'ok')
    },
  )

  test.serial(
    `checklist 53: a change of the schema does not touch a transaction that reads (${title})`,
    async (t) => {
      const schema = `
      CREATE TABLE t(a, b); CREATE INDEX t_a ON t(a); INSERT INTO t VALUES (1, 2), (3, 4);
      CREATE TABLE gone(x); INSERT INTO gone VALUES ('still here')`
      const [changer, reader] = await openPair(t, newPath(), schema, first, second)
      await keep(reader, 'rows', 'SELECT a, b FROM t ORDER BY a')
      const names = `SELECT name FROM sqlite_schema ORDER BY name`
      await reader.exec('BEGIN')
      const before = await reader.all(names)
      t.deepEqual(before, [['gone'], ['t'], ['t_a']])
      const changes = [
        'CREATE TABLE fresh(y); INSERT INTO fresh VALUES (1)',
        'DROP TABLE gone',
        'DROP INDEX t_a',
        'CREATE UNIQUE INDEX t_b ON t(b)',
        'DROP TABLE t; CREATE TABLE t(z); INSERT INTO t VALUES (9)',
      ]
      for (const change of changes) {
        await changer.exec(change)
        t.deepEqual(await reader.all(names), before, change)
        t.deepEqual(
          await use(reader, 'rows'),
          [
            [1, 2],
            [3, 4],
          ],
          change,
        )
        t.deepEqual(await reader.all('SELECT x FROM gone'), [['still here']], change)
        t.deepEqual(await reader.all('SELECT b FROM t WHERE a = 3'), [[4]], change)
        t.regex((await refused(reader.all('SELECT y FROM fresh'))).message, /no such table: fresh/)
      }
      await reader.exec('COMMIT')
      t.deepEqual(await reader.all(names), [['fresh'], ['t']])
      t.deepEqual(await reader.all('SELECT z FROM t'), [[9]])
      t.regex((await refused(use(reader, 'rows'))).message, /no such column: "?a/)
    },
  )
}

for (const [title, engine] of [
  ['ours', undefined],
  ['a peer', turso],
] as const) {
  test.serial(
    `schema: a change by ${title} reaches every way to use a prepared statement`,
    async (t) => {
      const [db, changer] = await openWithChanger(t, 'CREATE TABLE t(a, b)', engine)
      db.exec('INSERT INTO t VALUES (1, 2)')
      const all = db.prepare('SELECT * FROM t')
      const get = db.prepare('SELECT * FROM t').raw()
      const pluck = db.prepare('SELECT count(*) FROM t').pluck()
      const iterate = db.prepare('SELECT * FROM t')
      const run = db.prepare('INSERT INTO t VALUES (?, ?)')
      const use = (): unknown[] => [
        all.all(),
        get.get(),
        pluck.get(),
        [...iterate.iterate()],
        all.columns().map(({ name }) => name),
      ]
      const row = { a: 1, b: 2 }
      t.deepEqual(use(), [[row], [1, 2], 1, [row], ['a', 'b']])

      await changer.exec('DROP TABLE t; CREATE TABLE t(c, d, e); INSERT INTO t VALUES (3, 4, 5)')
      const three = { c: 3, d: 4, e: 5 }
      t.deepEqual(use(), [[three], [3, 4, 5], 1, [three], ['c', 'd', 'e']])
      t.is(
        message(() => run.run(1, 2)),
        'table t has 3 columns but 2 values were supplied',
      )

      await changer.exec('DROP TABLE t')
      for (const call of [
        () => all.all(),
        () => get.get(),
        () => pluck.get(),
        () => [...iterate.iterate()],
        () => run.run(1, 2),
      ]) {
        t.is(message(call), 'no such table: t')
      }
      const last = all.columns().map(({ name }) => name)
      t.deepEqual(last, ['c', 'd', 'e'], 'as it was last compiled')

      // Another table now has the pages of the old one.
      await changer.exec('CREATE TABLE other(x); INSERT INTO other VALUES (7)')
      t.is(
        message(() => all.all()),
        'no such table: t',
      )
      await changer.exec('CREATE TABLE t(a, b)')
      t.deepEqual(use(), [[], undefined, 0, [], ['a', 'b']])
      t.is(run.run(8, 9).changes, 1)
      t.deepEqual(await changer.all('SELECT a, b FROM t'), [[8, 9]])
      t.deepEqual(db.prepare('SELECT * FROM other').all(), [{ x: 7 }])
      t.is(db.pragma('integrity_check', { simple: true }), 'ok')
    },
  )

  test.serial(
    `schema: an index that ${title} creates is kept up and used, one that is dropped is left alone`,
    async (t) => {
      const schema = 'CREATE TABLE t(id INTEGER PRIMARY KEY, a, b)'
      const [db, changer] = await openWithChanger(t, schema, engine)
      const insert = db.prepare('INSERT INTO t(a, b) VALUES (?, ?)')
      const update = db.prepare('UPDATE t SET a = a + 1000 WHERE a = ?')
      const remove = db.prepare('DELETE FROM t WHERE a = ?')
      const find = db.prepare('SELECT b FROM t WHERE a = ?').pluck()
      const plan = (): string =>
        JSON.stringify(db.prepare('EXPLAIN QUERY PLAN SELECT b FROM t WHERE a = 5').all())
      for (let i = 0; i < 200; i++) insert.run(i, -i)
      t.is(find.get(5), -5)
      t.notRegex(plan(), /t_a/)
      for (let round = 0; round < 3; round++) {
        await changer.exec('CREATE INDEX t_a ON t(a)')
        t.regex(plan(), /t_a/)
        for (let i = 0; i < 60; i++) insert.run(300 + i, round)
        update.run(7 + round)
        remove.run(20 + round)
        t.is(find.get(1007 + round), -7 - round)
        t.is(find.get(5), -5)
        t.is(await changer.one('SELECT count(*) FROM t WHERE a >= 300 AND a < 400'), 60)
        t.is(db.pragma('integrity_check', { simple: true }), 'ok', 'with the index')
        await changer.exec('DROP INDEX t_a; CREATE TABLE IF NOT EXISTS filler(x)')
        // The pages of the index are somebody else's now.
        await changer.exec(
          `INSERT INTO filler VALUES ${Array(40).fill("(printf('%.2000c', 'f'))").join()}`,
        )
        for (let i = 0; i < 60; i++) remove.run(300 + i)
        insert.run(9, 9)
        t.is(find.get(5), -5)
        t.notRegex(plan(), /t_a/)
        t.is(db.pragma('integrity_check', { simple: true }), 'ok', 'without the index')
        t.is(await changer.one('PRAGMA integrity_check'), 'ok')
      }
      await changer.exec('DELETE FROM t; CREATE UNIQUE INDEX t_b ON t(b)')
      insert.run(1, 1)
      t.is(
        message(() => insert.run(2, 1)),
        'UNIQUE constraint failed: t.b',
      )
      await changer.exec('DROP INDEX t_b')
      t.is(insert.run(2, 1).changes, 1)
    },
  )

  test.serial(
    `schema: inside a transaction a change by ${title} is seen when the transaction begins to read`,
    async (t) => {
      const schema = 'CREATE TABLE t(a); INSERT INTO t VALUES (1)'
      const [db, changer] = await openWithChanger(t, schema, engine)
      const all = db.prepare('SELECT * FROM t')
      const insert = db.prepare('INSERT INTO t VALUES (?)')
      db.exec('BEGIN')
      await changer.exec('DROP TABLE t; CREATE TABLE t(b); INSERT INTO t VALUES (2)')
      t.deepEqual(all.all(), [{ b: 2 }], 'BEGIN alone reads nothing')
      await changer.exec('DROP TABLE t; CREATE TABLE t(c); INSERT INTO t VALUES (3)')
      t.deepEqual(all.all(), [{ b: 2 }])
      t.deepEqual([...all.iterate()], [{ b: 2 }])
      const fresh = db.prepare('SELECT b FROM t').pluck()
      t.is(fresh.get(), 2, 'also what is prepared inside')
      t.is(
        message(() => db.prepare('SELECT c FROM t')),
        'no such column: c',
      )
      t.is(
        message(() => insert.run(4)),
        'database is locked',
      )
      db.exec('COMMIT')
      t.deepEqual(all.all(), [{ c: 3 }])
      t.is(
        message(() => fresh.get()),
        'no such column: b',
      )

      db.exec('BEGIN IMMEDIATE')
      t.is(insert.run(4).changes, 1)
      t.deepEqual(all.all(), [{ c: 3 }, { c: 4 }])
      db.exec('COMMIT')
      await changer.exec('DROP TABLE t; CREATE TABLE t(d)')
      db.exec('BEGIN IMMEDIATE')
      t.is(insert.run(5).changes, 1)
      t.deepEqual(all.all(), [{ d: 5 }])
      db.exec('ROLLBACK')
      t.deepEqual(all.all(), [])
    },
  )

  test.serial(
    `schema: an open iterator ends with the schema that it began with, whatever ${title} does`,
    async (t) => {
      const [db, changer] = await openWithChanger(t, 'CREATE TABLE t(a, b)', engine)
      const insert = db.prepare('INSERT INTO t VALUES (?, ?)')
      db.transaction(() => {
        for (let i = 0; i < 500; i++) insert.run(i, 'x'.repeat(100))
      })()
      const statement = db.prepare('SELECT a FROM t').pluck()
      const rows = statement.iterate()
      t.is(rows.next().value, 0)
      await changer.exec('DROP TABLE t; CREATE TABLE t(a); INSERT INTO t VALUES (-1)')
      let count = 1
      for (const value of rows) t.is(value, count++)
      t.is(count, 500)
      t.deepEqual(statement.all(), [-1])
    },
  )

  test.serial(
    `schema: a change of our own that was rolled back is not taken for one by ${title} with the same cookie`,
    async (t) => {
      const [db, changer] = await openWithChanger(t, 'CREATE TABLE t(a)', engine)
      const undo = [
        'BEGIN; CREATE TABLE own(x); ROLLBACK',
        'BEGIN; SAVEPOINT s; CREATE TABLE own(x); ROLLBACK TO s; COMMIT',
        'BEGIN; DROP TABLE t; CREATE TABLE own(x); ROLLBACK',
      ]
      for (const [round, sql] of undo.entries()) {
        db.exec(sql)
        const cookie = db.pragma('schema_version', { simple: true }) as number
        await changer.exec(`CREATE TABLE theirs${round}(y)`)
        t.is(db.pragma('schema_version', { simple: true }), cookie + 1)
        t.deepEqual(db.prepare(`SELECT * FROM theirs${round}`).all(), [])
        t.is(
          message(() => db.prepare('SELECT * FROM own')),
          'no such table: own',
        )
        t.deepEqual(db.prepare('SELECT * FROM t').all(), [])
      }
    },
  )
}

test.serial('schema: views of another process appear, change and go', async (t) => {
  const schema = 'CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 2), (3, 4)'
  const [db, changer] = await openWithChanger(t, schema, undefined)
  await changer.exec('CREATE VIEW v AS SELECT a FROM t')
  const all = db.prepare('SELECT * FROM v')
  t.deepEqual(all.all(), [{ a: 1 }, { a: 3 }])
  await changer.exec('DROP VIEW v; CREATE VIEW v(x, y) AS SELECT sum(a), max(b) FROM t')
  t.deepEqual(all.all(), [{ x: 4, y: 4 }])
  t.deepEqual([...all.iterate()], [{ x: 4, y: 4 }])
  await changer.exec('DROP TABLE t; CREATE TABLE t(a, b, c); INSERT INTO t VALUES (7, 8, 9)')
  t.deepEqual(all.get(), { x: 7, y: 8 })
  await changer.exec('DROP VIEW v')
  t.is(
    message(() => all.all()),
    'no such table: v',
  )
  await changer.exec('CREATE TABLE v(z)')
  t.deepEqual(all.all(), [])
  t.deepEqual(
    all.columns().map(({ name }) => name),
    ['z'],
  )
})

test.serial(
  'schema: columns that a peer adds and renames are there for ours at once',
  async (t) => {
    const schema = 'CREATE TABLE t(a); INSERT INTO t VALUES (1)'
    const [db, peer] = await openWithChanger(t, schema, turso)
    const all = db.prepare('SELECT * FROM t')
    const insert = db.prepare('INSERT INTO t(a) VALUES (?)')
    t.deepEqual(all.all(), [{ a: 1 }])
    await peer.exec("ALTER TABLE t ADD COLUMN b DEFAULT 'new'")
    t.deepEqual(all.all(), [{ a: 1, b: 'new' }])
    insert.run(2)
    t.deepEqual(await peer.all('SELECT a, b FROM t ORDER BY a'), [
      [1, 'new'],
      [2, 'new'],
    ])
    await peer.exec('ALTER TABLE t RENAME COLUMN b TO c')
    t.deepEqual(all.get(), { a: 1, c: 'new' })
    await peer.exec('ALTER TABLE t RENAME TO u')
    t.is(
      message(() => all.all()),
      'no such table: t',
    )
    t.deepEqual(db.prepare('SELECT c FROM u WHERE a = 2').all(), [{ c: 'new' }])
  },
)

test.serial(
  'schema: changes of two processes at once, all statements prepared, lose nothing',
  async (t) => {
    t.timeout(60_000)
    const schema = 'CREATE TABLE t(a, b); CREATE TABLE u(a); INSERT INTO u VALUES (0)'
    const [db, changer] = await openWithChanger(t, schema, undefined)
    const insert = db.prepare('INSERT INTO t(a, b) VALUES (?, ?)')
    const count = db.prepare('SELECT count(*), total(b) FROM t WHERE a >= 0').raw()
    changer.startLoop(({ db }, round) => {
      db.exec(
        round % 2 === 0 ? 'CREATE INDEX IF NOT EXISTS t_a ON t(a)' : 'DROP INDEX IF EXISTS t_a',
      )
      if (round % 3 === 0) db.exec('DROP TABLE IF EXISTS u; CREATE TABLE u(a, b, c)')
    })
    let inserted = 0
    for (const end = performance.now() + 2000; performance.now() < end;) {
      for (let i = 0; i < 20; i++) {
        insert.run(inserted, 1)
        inserted++
        t.deepEqual(count.get(), [inserted, inserted])
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    const { errors, rounds } = await changer.stopLoop()
    t.deepEqual(errors, {})
    t.true(rounds > 3)
    t.is(db.pragma('integrity_check', { simple: true }), 'ok')
  },
)
