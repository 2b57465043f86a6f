/** `connect()`: what PRAGMAs and definitions say of one connection holds for all of a pool, in the order in which they were given, and no more than that. */
import { join } from 'node:path'
import test from 'ava'
import { connect, type AsyncDatabase } from '../../packages/engine/src/index.ts'
import { temporaryFolder } from '../support/temporary.ts'

async function opened(): Promise<{ readonly db: AsyncDatabase; readonly folder: string }> {
  const folder = temporaryFolder()
  const db = await connect(join(folder, 'a.db'), { experimental: ['multiprocess_wal'] })
  await db.exec('CREATE TABLE t(a INTEGER PRIMARY KEY, b)')
  return { db, folder }
}

/** The answer of all connections: of some that read, of one that streams, and of the one that writes. */
async function everywhere(db: AsyncDatabase, expression: string): Promise<unknown[]> {
  const sql = `SELECT ${expression} AS answer`
  const reads = await Promise.all([1, 2, 3].map(() => db.get<{ answer: unknown }>(sql)))
  const answers = reads.map((row) => row?.answer)
  for await (const { answer } of db.iterate<{ answer: unknown }>(sql)) answers.push(answer)
  const written = await db.get<{ answer: unknown }>(`${sql}, changes()`)
  return [...new Set([...answers, written?.answer])]
}

test('settings of a pool: PRAGMA foreign_keys inside a transaction has no effect, then or later', async (t) => {
  const { db } = await opened()
  const off = db.transactionAsync(async (tx) => {
    await tx.pragma('foreign_keys = OFF')
    return tx.pragma('foreign_keys', { simple: true })
  })
  t.is(await off(), 1)
  t.is(await off.deferred(), 1)
  await db.exec('BEGIN; PRAGMA foreign_keys = OFF; COMMIT')
  await db.batch(['PRAGMA foreign_keys = OFF'], 'write')
  t.deepEqual(await everywhere(db, '(SELECT foreign_keys FROM pragma_foreign_keys)'), [1])
  await db.pragma('foreign_keys = OFF')
  t.deepEqual(await everywhere(db, '(SELECT foreign_keys FROM pragma_foreign_keys)'), [0])
  await db.close()
})

test('settings of a pool: a PRAGMA of an attached database ends with it', async (t) => {
  const { db, folder } = await opened()
  await db.run('ATTACH ? AS other', join(folder, 'b.db'))
  await db.pragma('other.cache_size = 10')
  await db.pragma('main.cache_size = 20')
  await db.exec('DETACH other')
  t.deepEqual(await everywhere(db, '(SELECT cache_size FROM pragma_cache_size)'), [20])
  await db.close()
})

test('settings of a pool: of a PRAGMA and a definition the later one holds', async (t) => {
  const { db } = await opened()
  await db.pragma('case_sensitive_like = 1')
  db.function('like', (pattern: string, text: string) => (pattern === text ? 7 : 8))
  await db.pragma('cache_size = 20')
  t.deepEqual(await everywhere(db, "'a' LIKE 'A'"), [8])
  await db.pragma('case_sensitive_like = 0')
  t.deepEqual(await everywhere(db, "'a' LIKE 'A'"), [1])
  await db.close()
})

test('settings of a pool: functions are defined beside a statement that writes, and inside a transaction', async (t) => {
  const { db } = await opened()
  const long = db.run(`INSERT INTO t(b) WITH RECURSIVE n(i) AS
    (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n`)
  db.function('twice', (x: number) => 2 * x)
  db.collation('backwards', (a: string, b: string) => (a < b ? 1 : a > b ? -1 : 0))
  t.throws(() => db.function('', () => 1), { instanceOf: TypeError })
  t.is((await long).changes, 100_000)
  t.deepEqual(await everywhere(db, 'twice(4)'), [8])
  t.deepEqual(await everywhere(db, "'a' > 'b' COLLATE backwards"), [1])
  await db.transactionAsync(async (tx) => {
    const rows = tx.iterate('SELECT a FROM t')
    await rows.next()
    db.function('thrice', (x: number) => 3 * x)
    await rows.return()
    t.deepEqual(await tx.get('SELECT thrice(2) AS n'), { n: 6 })
  })()
  t.deepEqual(await everywhere(db, 'thrice(3)'), [9])
  await db.close()
})

test('settings of a pool: a view tells of what was changed last, wherever it is read', async (t) => {
  const { db } = await opened()
  await db.exec(
    'CREATE VIEW last AS SELECT last_insert_rowid() AS id, changes() AS n, total_changes() AS total',
  )
  await db.run('INSERT INTO t VALUES (7, 1), (9, 2)')
  const rows = await Promise.all([1, 2, 3].map(() => db.get('SELECT * FROM last')))
  for (const row of rows) t.deepEqual(row, { id: 9, n: 2, total: 2 })
  await db.close()
})
