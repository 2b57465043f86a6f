/** What a connection of Builder can do for others: commits are told, named locks are held, the state of the database is shown. */
import { join } from 'node:path'
import test from 'ava'
import { Builder, connect, type LocalDatabase } from '../../packages/engine/src/index.ts'
import { temporaryFolder } from '../support/temporary.ts'

for (const isShared of [false, true]) {
  const mode = isShared ? 'several processes' : 'one process'
  const built = (path: string): Promise<LocalDatabase> =>
    Builder.newLocal(path).experimentalMultiprocessWal(isShared).build()

  test(`builder: commits of the connection and of others are told, also in a transaction (${mode})`, async (t) => {
    const database = await built(join(temporaryFolder(), 'a.db'))
    const connection = database.connect()
    await connection.executeBatch('CREATE TABLE a(x); CREATE TABLE b(x)')
    const commits = connection.watch('a')
    await connection.execute('INSERT INTO b VALUES (1)')
    await connection.execute('INSERT INTO a VALUES (1)')
    const first = await commits.next()
    t.like(first.value, { tables: ['a'], own: true })
    const other = database.connect()
    const transaction = await connection.transaction()
    const waiting = commits.next()
    await other.execute('INSERT INTO a VALUES (2)')
    t.like((await waiting).value, { tables: ['a'], own: false, from: first.value!.to })
    await transaction.rollback()
    t.throws(() => connection.watch('nosuch'), { message: 'no such table: nosuch' })
    t.throws(() => connection.watch('a', { signal: 1 as never }), {
      instanceOf: TypeError,
      message: 'Expected the "signal" option to be an AbortSignal',
    })
    t.throws(() => connection.watch('a', { signal: AbortSignal.abort() }), { name: 'AbortError' })
    const last = commits.next()
    connection.close()
    t.deepEqual(await last, { done: true, value: undefined })
    t.throws(() => connection.watch('a'), { message: 'The database connection is not open' })
    other.close()
  })

  test(`builder: a named lock is one with those of other faces, and is shown (${mode})`, async (t) => {
    const path = join(temporaryFolder(), 'a.db')
    const experimental = isShared ? (['multiprocess_wal'] as const) : []
    const connection = (await built(path)).connect()
    const pool = await connect(path, { experimental })
    const order: string[] = []
    const answers = await Promise.all([
      connection.lock('migrate', async () => {
        order.push('first begins')
        t.like(connection.status().connection!.locks[0], { name: 'migrate', held: true })
        await connection.execute('CREATE TABLE t(a)')
        order.push('first ends')
        return 1
      }),
      pool.lock('migrate', async () => {
        order.push('second begins')
        await pool.run('INSERT INTO t VALUES (1)')
        return 2
      }),
    ])
    t.deepEqual(answers, [1, 2])
    t.deepEqual(order, ['first begins', 'first ends', 'second begins'])
    await pool.lock('held', async () => {
      await t.throwsAsync(
        connection.lock('other', () => connection.lock('other', () => 0)),
        { code: 'SQLITE_MISUSE' },
      )
    })
    await t.throwsAsync(connection.lock('held', null as never), { instanceOf: TypeError })
    connection.close()
    await t.throwsAsync(
      connection.lock('held', () => 0),
      { instanceOf: TypeError },
    )
    await pool.close()
  })
}
