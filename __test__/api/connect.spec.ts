/** `connect()`: what the calls of the asynchronous face answer, one at a time. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import {
  Builder,
  connect,
  Database,
  SqliteError,
  status,
  type AsyncDatabase,
  type ConnectOptions,
} from '../../packages/engine/src/index.ts'
import { DatabaseSync } from '../../packages/engine/src/node-sqlite.ts'
import { temporaryFolder } from '../support/temporary.ts'

type Open = (options?: ConnectOptions) => Promise<AsyncDatabase>

const places: Record<string, Open> = {
  'in memory': (options) => connect(':memory:', options),
  'a file': (options) => connect(join(temporaryFolder(), 'a.db'), options),
  'a shared file': (options) =>
    connect(join(temporaryFolder(), 'a.db'), { experimental: ['multiprocess_wal'], ...options }),
}

function everywhere(name: string, body: (t: ExecutionContext, open: Open) => Promise<void>): void {
  for (const [place, open] of Object.entries(places)) {
    test(`connect: ${name} (${place})`, (t) => body(t, open))
  }
}

const schema = `
  CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL, size INT);
  INSERT INTO note(text, size) VALUES ('one', 1), ('two', 2), ('three', 3);
`

everywhere('one-shot calls answer as those of Database', async (t, open) => {
  const db = await open()
  await db.exec(schema)
  t.deepEqual(await db.run('INSERT INTO note(text) VALUES (?)', 'four'), {
    changes: 1,
    lastInsertRowid: 4,
  })
  t.deepEqual(await db.get('SELECT id, text FROM note WHERE id = ?', 4), { id: 4, text: 'four' })
  t.is(await db.get('SELECT id FROM note WHERE id = 99'), undefined)
  t.deepEqual(await db.all('SELECT id FROM note WHERE id > :low ORDER BY id', { low: 2 }), [
    { id: 3 },
    { id: 4 },
  ])
  t.deepEqual(await db.all('SELECT ? AS a, ? AS b', ['x', 2n]), [{ a: 'x', b: 2 }])
  const seen: unknown[] = []
  for await (const row of db.iterate('SELECT id FROM note ORDER BY id')) {
    seen.push(row)
    if (seen.length === 2) break
  }
  t.deepEqual(seen, [{ id: 1 }, { id: 2 }])
  t.is(await db.pragma('user_version', { simple: true }), 0)
  t.deepEqual(await db.pragma('user_version = 7'), [])
  t.deepEqual(await db.pragma('user_version'), [{ user_version: 7 }])
  await db.close()
  t.false(db.open)
  await db.close()
  await t.throwsAsync(db.get('SELECT 1'), { message: 'The database connection is not open' })
})

everywhere('statements have the switches of those of Database', async (t, open) => {
  const db = await open()
  await db.exec(schema)
  const find = await db.prepare<[number], { text: string }>(
    'SELECT text, size FROM note WHERE id = ?',
  )
  t.true(find.reader && find.readonly)
  t.is(find.source, 'SELECT text, size FROM note WHERE id = ?')
  t.is(find.database, db)
  t.deepEqual(
    find.columns().map(({ name, column, table, type }) => [name, column, table, type]),
    [
      ['text', 'text', 'note', 'TEXT'],
      ['size', 'size', 'note', 'INT'],
    ],
  )
  t.deepEqual(await Promise.all([1, 2, 3].map((id) => find.get(id))), [
    { text: 'one', size: 1 },
    { text: 'two', size: 2 },
    { text: 'three', size: 3 },
  ] as never)
  // Each call has the switches as they were when it was made.
  const calls = [find.raw().get(1), find.pluck().get(2), find.expand().get(3)]
  calls.push(find.expand(false).safeIntegers().get(1))
  calls.push(find.integers({ size: 'bigint' }).get(2))
  t.deepEqual(await Promise.all(calls), [
    ['one', 1],
    'two',
    { note: { text: 'three', size: 3 } },
    { text: 'one', size: 1n },
    { text: 'two', size: 2n },
  ] as never)
  const bound = (await db.prepare('SELECT text FROM note WHERE id = ?')).bind(2)
  t.deepEqual(await bound.all(), [{ text: 'two' }])
  t.is(`${bound}`, 'SELECT text FROM note WHERE id = 2.0')
  t.throws(() => bound.bind(3), { instanceOf: TypeError })
  await t.throwsAsync(bound.get(3), { message: 'This statement already has bound parameters' })
  const add = await db.prepare('INSERT INTO note(text) VALUES (?)')
  t.false(add.reader || add.readonly)
  t.throws(() => add.raw(), { instanceOf: TypeError })
  await t.throwsAsync(add.get('x'), { instanceOf: TypeError, message: /Use run\(\) instead/ })
  t.throws(() => find.integers({ nowhere: 'bigint' }), { message: 'There is no column "nowhere"' })
  add.close()
  await t.throwsAsync(add.run('x'), { instanceOf: TypeError })
  await db.close()
})

everywhere('errors are those of Database', async (t, open) => {
  const db = await open()
  await db.exec(schema)
  const code = async (call: Promise<unknown>): Promise<unknown> => {
    const error = await t.throwsAsync(call, { instanceOf: SqliteError })
    return [error.code, error.message]
  }
  t.deepEqual(await code(db.get('SELECT * FROM nowhere', 1)), [
    'SQLITE_ERROR',
    'no such table: nowhere',
  ])
  t.deepEqual(await code(db.run('INSERT INTO note(id, text) VALUES (1, 2)')), [
    'SQLITE_CONSTRAINT_PRIMARYKEY',
    'UNIQUE constraint failed: note.id',
  ])
  t.deepEqual(await code(db.prepare('SELEC')), ['SQLITE_ERROR', 'near "SELEC": syntax error'])
  await t.throwsAsync(db.prepare(''), { instanceOf: RangeError })
  await t.throwsAsync(db.get(5 as never), { instanceOf: TypeError })
  await t.throwsAsync(db.get('SELECT ?'), { instanceOf: RangeError })
  await t.throwsAsync(db.get('SELECT ?', new Date()), { message: /A Date cannot be bound/ })
  await t.throwsAsync(db.run('BEGIN'), { message: /has to end within the same call/ })
  t.false(db.inTransaction)
  await db.exec('BEGIN; INSERT INTO note(text) VALUES (4); COMMIT')
  await t.throwsAsync(db.exec('BEGIN; DELETE FROM note; SELEC'), { instanceOf: SqliteError })
  t.deepEqual(await db.get('SELECT count(*) AS n FROM note'), { n: 4 })
  await t.throwsAsync(connect('/no/such/folder/a.db'), { instanceOf: TypeError })
  await t.throwsAsync(connect(':memory:', { readers: 0 }), { instanceOf: TypeError })
  await db.close()
})

everywhere('a batch answers one result for each statement', async (t, open) => {
  const db = await open()
  await db.exec(schema)
  const results = await db.batch([
    { sql: 'INSERT INTO note(text, size) VALUES (?, ?)', args: ['four', 4n] },
    { sql: 'SELECT id, text FROM note WHERE size >= :size', args: { size: 3 } },
    'DELETE FROM note WHERE id < 3',
  ])
  t.deepEqual(results, [
    { columns: [], columnTypes: [], rows: [], rowsAffected: 1 },
    {
      columns: ['id', 'text'],
      columnTypes: ['INTEGER', 'TEXT'],
      rows: [
        { id: 3, text: 'three' },
        { id: 4, text: 'four' },
      ],
      rowsAffected: 0,
    },
    { columns: [], columnTypes: [], rows: [], rowsAffected: 2 },
  ])
  const failing = ['DELETE FROM note', 'INSERT INTO note(text) VALUES (NULL)']
  for (const mode of ['write', 'immediate', 'deferred'] as const) {
    await t.throwsAsync(db.batch(failing, mode), { instanceOf: SqliteError })
    t.deepEqual(await db.batch(['SELECT count(*) FROM note'], { mode: 'read', raw: true }), [
      { columns: ['count(*)'], columnTypes: [''], rows: [[2]], rowsAffected: 0 },
    ])
  }
  await t.throwsAsync(db.batch(failing), { instanceOf: SqliteError })
  t.deepEqual(await db.all('SELECT * FROM note'), [])
  await t.throwsAsync(db.batch(['SELECT 1'], 'concurrent' as never), { instanceOf: TypeError })
  await t.throwsAsync(db.batch(['COMMIT'], 'write'), { instanceOf: TypeError })
  await db.close()
})

everywhere('what a call has written is seen by the next read', async (t, open) => {
  const db = await open()
  await db.exec('CREATE TABLE t(a)')
  for (let i = 1; i <= 100; i++) {
    await db.run('INSERT INTO t VALUES (?)', i)
    const rows = await Promise.all([1, 2, 3].map(() => db.get('SELECT count(*) AS n FROM t')))
    t.deepEqual(rows, [{ n: i }, { n: i }, { n: i }])
  }
  await db.close()
})

everywhere(
  'settings, functions and temporary objects are those of all connections',
  async (t, open) => {
    const db = await open()
    await db.exec('CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p REFERENCES p)')
    const ask = (sql: string): Promise<unknown[]> =>
      Promise.all(
        Array.from({ length: 6 }, () => db.get<{ x: unknown }>(sql).then((row) => row!.x)),
      )
    db.function('twice', (x: number) => 2 * x)
    t.deepEqual(await ask('SELECT twice(4) AS x'), [8, 8, 8, 8, 8, 8])
    db.aggregate('product', { start: 1, step: (product: number, x: number) => product * x })
    db.collation('odd', (a, b) => (a < b ? 1 : a > b ? -1 : 0))
    db.table('three', {
      columns: ['n'],
      *rows() {
        yield [1]
        yield [2]
        yield [3]
      },
    })
    t.deepEqual(await ask('SELECT product(n) AS x FROM three'), [6, 6, 6, 6, 6, 6])
    t.deepEqual(await ask("SELECT 'a' > 'b' COLLATE odd AS x"), [1, 1, 1, 1, 1, 1])
    t.throws(() => db.function('again', { reentrant: true }, () => 1), { instanceOf: TypeError })
    t.throws(() => db.function('wrong', 5 as never), { instanceOf: TypeError })
    await db.pragma('case_sensitive_like = ON')
    t.deepEqual(await ask("SELECT 'a' LIKE 'A' AS x"), [0, 0, 0, 0, 0, 0])
    await db.exec('PRAGMA foreign_keys = OFF; INSERT INTO c VALUES (1)')
    await db.transactionAsync(async (tx) => {
      await tx.pragma('case_sensitive_like = OFF')
    })()
    t.deepEqual(await ask("SELECT 'a' LIKE 'A' AS x"), [1, 1, 1, 1, 1, 1])
    await db.exec('CREATE TEMP TABLE mine AS SELECT 5 AS a')
    t.deepEqual(await ask('SELECT a AS x FROM mine'), [5, 5, 5, 5, 5, 5])
    await db.exec('DROP TABLE mine')
    await db.exec("ATTACH ':memory:' AS other; CREATE TABLE other.t AS SELECT 6 AS a")
    t.deepEqual(await ask('SELECT a AS x FROM other.t'), [6, 6, 6, 6, 6, 6])
    await db.exec('DETACH other')
    await db.run('INSERT INTO c VALUES (2)')
    t.deepEqual(await db.get('SELECT last_insert_rowid() AS x'), { x: 2 })
    await db.close()
  },
)

everywhere('rows may be iterated while others are written', async (t, open) => {
  const db = await open()
  await db.exec(schema)
  const seen: unknown[] = []
  for await (const { id } of db.iterate<{ id: number }>('SELECT id FROM note ORDER BY id')) {
    await db.run('UPDATE note SET size = size * 10 WHERE id = ?', id)
    seen.push(id)
  }
  t.deepEqual(seen, [1, 2, 3])
  t.deepEqual(await db.get('SELECT sum(size) AS n FROM note'), { n: 60 })
  // What writes has written all when the first row comes.
  for await (const row of db.iterate('UPDATE note SET size = 0 RETURNING id')) {
    t.deepEqual(row, { id: 1 })
    break
  }
  t.deepEqual(await db.get('SELECT sum(size) AS n FROM note'), { n: 0 })
  await t.throwsAsync(db.iterate('DELETE FROM note').next(), { instanceOf: TypeError })
  await t.throwsAsync(db.iterate('SELECT * FROM nowhere').next(), { instanceOf: SqliteError })
  const rows = db.iterate('SELECT id FROM note')
  t.deepEqual(await Promise.all([rows.next(), rows.next(), rows.return(), rows.next()]), [
    { value: { id: 1 }, done: false },
    { value: { id: 2 }, done: false },
    { value: undefined, done: true },
    { value: undefined, done: true },
  ])
  await db.close()
})

test('connect: a feature that nobody knows is a TypeError at every door', async (t) => {
  const known = {
    instanceOf: TypeError,
    message: "unknown experimental feature 'odd': known is 'multiprocess_wal'",
  }
  const name = join(temporaryFolder(), 'a.db')
  const asking = `${name}?experimental=odd`
  const experimental = ['multiprocess_wal', 'odd']
  const doors: ((name: string, options?: object) => Promise<unknown>)[] = [
    (path, options) => connect(path, options),
    async (path, options) => new Database(path, options),
    async (path, options) => new DatabaseSync(path, options ?? {}),
    async (path) => Builder.newLocal(path).build(),
  ]
  for (const [i, door] of doors.entries()) {
    await t.throwsAsync(door(asking), known)
    if (i < 3) await t.throwsAsync(door(name, { experimental }), known)
    process.env['CHORUSDB_EXPERIMENTAL'] = 'odd'
    await t.throwsAsync(door(name), known)
    delete process.env['CHORUSDB_EXPERIMENTAL']
  }
  t.throws(() => status(asking), known)
  const db = await connect(name)
  const error = await t.throwsAsync(db.exec(`ATTACH '${asking}' AS other`), {
    instanceOf: SqliteError,
  })
  t.deepEqual([error.code, error.message], ['SQLITE_MISUSE', known.message])
  await db.close()
})

test('connect: the log is copied back beside the calls', async (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const db = await connect(path, { experimental: ['multiprocess_wal'] })
  await db.exec('PRAGMA wal_autocheckpoint = 20; CREATE TABLE t(a)')
  // A log that has been copied back as a whole begins anew with the next commit.
  const isCopied = async (): Promise<boolean> => {
    const [row] = (await db.pragma('wal_checkpoint(NOOP)')) as Record<string, number>[]
    return row!['checkpointed']! > 0 || row!['log']! < 60
  }
  for (let i = 0; i < 60; i++) await db.run('INSERT INTO t VALUES (zeroblob(3000))')
  for (let i = 0; i < 1000 && !(await isCopied()); i++) await sleep(1)
  t.true(await isCopied())
  for (const mode of ['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE']) {
    await db.exec(
      'INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT zeroblob(3000) FROM n',
    )
    const [row] = (await db.pragma(`wal_checkpoint(${mode})`)) as Record<string, number>[]
    t.is(row!['busy'], 0, mode)
    t.is(row!['log'], row!['checkpointed'], mode)
  }
  t.is(await db.pragma('integrity_check', { simple: true }), 'ok')
  await db.close()
  t.is(new Database(path).prepare('SELECT count(*) FROM t').pluck().get(), 12_060)
})

everywhere('copies are made', async (t, open) => {
  const db = await open()
  await db.exec(schema)
  const bytes = await db.serialize()
  const copy = await connect(bytes)
  t.deepEqual(await copy.get('SELECT count(*) AS n FROM note'), { n: 3 })
  await copy.close()
  const path = join(temporaryFolder(), 'copy.db')
  await db.backup(path)
  const second = await connect(path)
  t.deepEqual(await second.get('SELECT count(*) AS n FROM note'), { n: 3 })
  await Promise.all([second.close(), db.close()])
})
