/** What a pool can do for others: commits are told, named locks are held, the state of the database is shown. */
import { join } from 'node:path'
import test from 'ava'
import { connect, Database } from '../../packages/engine/src/index.ts'
import { temporaryFolder } from '../support/temporary.ts'

for (const experimental of [[], ['multiprocess_wal']]) {
  const mode = experimental.length === 0 ? 'one process' : 'several processes'
  test(`connect: commits of the pool and of others are told (${mode})`, async (t) => {
    const path = join(temporaryFolder(), 'a.db')
    const db = await connect(path, { experimental })
    await db.exec('CREATE TABLE a(x); CREATE TABLE b(x)')
    const commits = db.watch('a')
    await db.run('INSERT INTO b VALUES (1)')
    await db.run('INSERT INTO a VALUES (1)')
    const first = await commits.next()
    t.like(first.value, { tables: ['a'], own: true })
    const other = new Database(path, { experimental })
    const waiting = commits.next()
    other.exec('INSERT INTO a VALUES (2)')
    const second = await waiting
    t.like(second.value, { tables: ['a'], own: false, from: first.value!.to })
    t.throws(() => db.watch('nosuch'), { message: 'no such table: nosuch' })
    const last = commits.next()
    await db.close()
    t.deepEqual(await last, { done: true, value: undefined })
    t.throws(() => db.watch('a'), { message: 'The database connection is not open' })
    other.close()
  })

  test(`connect: named locks hold between pools, and are shown (${mode})`, async (t) => {
    const path = join(temporaryFolder(), 'a.db')
    const pools = [await connect(path, { experimental }), await connect(path, { experimental })]
    const order: string[] = []
    let isInside = false
    const enter = (name: string) => async (): Promise<string> => {
      t.false(isInside)
      isInside = true
      order.push(name)
      t.like(pools[0]!.status(), { openHere: true })
      await pools[0]!.run('CREATE TABLE IF NOT EXISTS t(a)')
      isInside = false
      return name
    }
    const names = ['one', 'two', 'three', 'four']
    const answers = await Promise.all(
      names.map((name, i) => pools[i % 2]!.lock('migrate', enter(name))),
    )
    t.deepEqual(answers, names)
    t.is(order.length, 4)
    await pools[0]!.lock('held', () => {
      t.like(pools[0]!.status().connection!.locks[0], { name: 'held', held: true })
    })
    const busy = pools[0]!.lock('held', () => pools[1]!.lock('held', () => 0, { timeout: 1 }))
    await t.throwsAsync(busy, { code: 'SQLITE_MISUSE' })
    await Promise.all(pools.map((pool) => pool.close()))
    await t.throwsAsync(
      pools[0]!.lock('held', () => 0),
      { instanceOf: TypeError },
    )
  })
}
