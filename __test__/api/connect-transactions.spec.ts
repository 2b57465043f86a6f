/** Transactions of `connect()`: bound to their handle, one inside the other, taken back by whatever ends them, and told of when they are forgotten. */
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import {
  connect,
  SqliteError,
  type AsyncDatabase,
  type AsyncTransaction,
  type ConnectOptions,
} from '../../packages/engine/src/index.ts'
import { temporaryFolder } from '../support/temporary.ts'

type Open = (options?: ConnectOptions) => Promise<AsyncDatabase>

async function withTable(db: Promise<AsyncDatabase>): Promise<AsyncDatabase> {
  const opened = await db
  await opened.exec('CREATE TABLE t(a)')
  return opened
}

const places: Record<string, Open> = {
  'in memory': (options) => withTable(connect(':memory:', options)),
  'a file': (options) => withTable(connect(join(temporaryFolder(), 'a.db'), options)),
}

function everywhere(name: string, body: (t: ExecutionContext, open: Open) => Promise<void>): void {
  for (const [place, open] of Object.entries(places)) {
    test(`connect transactions: ${name} (${place})`, (t) => body(t, open))
  }
}

const count = async (db: AsyncDatabase): Promise<unknown> =>
  (await db.get<{ n: number }>('SELECT count(*) AS n FROM t'))!.n

const isCompleted = { instanceOf: TypeError, message: /transaction has already completed/ }

everywhere('a callback commits, and what it throws takes everything back', async (t, open) => {
  const db = await open()
  const add = db.transactionAsync(async (tx, a: number, fails: boolean) => {
    await tx.run('INSERT INTO t VALUES (?)', a)
    if (fails) throw new RangeError('not so')
    return a + 1
  })
  t.is(await add(1, false), 2)
  await t.throwsAsync(add(2, true), { instanceOf: RangeError, message: 'not so' })
  for (const mode of ['default', 'deferred', 'immediate', 'exclusive'] as const) {
    t.is(await add[mode](3, false), 4)
    t.is(add[mode].database, db)
  }
  t.is(await count(db), 5)
  t.false(db.inTransaction)
  t.throws(() => db.transactionAsync(async () => {}), { instanceOf: TypeError, message: /handle/ })
  t.throws(() => db.transactionAsync(5 as never), { instanceOf: TypeError })
  t.throws(() => db.transactionAsync(async (tx) => tx, { mode: 'concurrent' as never }), {
    instanceOf: TypeError,
  })
  await db.close()
})

everywhere('calls of others wait, and do not belong to it', async (t, open) => {
  const db = await open()
  const order: string[] = []
  const first = db.transactionAsync(async (tx) => {
    await tx.run('INSERT INTO t VALUES (1)')
    await sleep(5)
    await tx.run('INSERT INTO t VALUES (2)')
    order.push('first')
    throw new Error('back')
  })()
  const second = db.run('INSERT INTO t VALUES (3)').then(() => order.push('second'))
  const third = db.transactionAsync(async (tx) => {
    await tx.run('INSERT INTO t VALUES (4)')
    order.push('third')
  })()
  await t.throwsAsync(first, { message: 'back' })
  await Promise.all([second, third])
  t.deepEqual(order, ['first', 'second', 'third'])
  t.deepEqual(await db.all('SELECT a FROM t'), [{ a: 3 }, { a: 4 }])
  await db.close()
})

everywhere('the handle has everything that the database has, and ends', async (t, open) => {
  const db = await open()
  let kept: AsyncTransaction | null = null
  await db.transactionAsync(async (tx) => {
    kept = tx
    t.true(tx.open && db.inTransaction)
    const add = await tx.prepare<[number]>('INSERT INTO t VALUES (?)')
    await Promise.all([1, 2, 3].map((a) => add.run(a)))
    await tx.exec('INSERT INTO t VALUES (4); INSERT INTO t VALUES (5)')
    await tx.batch(['INSERT INTO t VALUES (6)'], 'write')
    t.deepEqual(await tx.get('SELECT count(*) AS n FROM t'), { n: 6 })
    t.is(await tx.pragma('user_version', { simple: true }), 0)
    const seen: unknown[] = []
    for await (const { a } of tx.iterate<{ a: number }>('SELECT a FROM t WHERE a < 4')) {
      await tx.run('INSERT INTO t VALUES (?)', 10 + a)
      seen.push(a)
    }
    t.deepEqual(seen, [1, 2, 3])
    for (const sql of ['COMMIT', 'ROLLBACK', 'BEGIN', ' /* x */ END']) {
      await t.throwsAsync(tx.run(sql), { instanceOf: TypeError })
      await t.throwsAsync(tx.exec(sql), { instanceOf: TypeError })
    }
    // Not awaited, but called before the end.
    void tx.run('INSERT INTO t VALUES (20)')
  })()
  t.is(await count(db), 10)
  t.false(kept!.open)
  await t.throwsAsync(kept!.run('INSERT INTO t VALUES (1)'), isCompleted)
  await t.throwsAsync(kept!.transactionAsync(async (tx) => tx.get('SELECT 1'))(), isCompleted)
  await t.throwsAsync(kept!.iterate('SELECT 1').next(), isCompleted)
  t.is(await count(db), 10)
  await db.close()
})

everywhere('one inside another is taken back alone', async (t, open) => {
  const db = await open()
  await db.transactionAsync(async (tx) => {
    await tx.run('INSERT INTO t VALUES (1)')
    const inner = tx.transactionAsync(async (sub, fails: boolean) => {
      await sub.run('INSERT INTO t VALUES (2)')
      await sub.transactionAsync(async (third) => {
        await third.run('INSERT INTO t VALUES (3)')
      })()
      if (fails) throw new Error('inner')
    })
    await t.throwsAsync(inner(true), { message: 'inner' })
    t.deepEqual(await tx.all('SELECT a FROM t'), [{ a: 1 }])
    const [, after] = await Promise.all([inner(false), tx.all('SELECT a FROM t')])
    // Calls of the outer one wait for it.
    t.deepEqual(after, [{ a: 1 }, { a: 2 }, { a: 3 }])
  })()
  t.is(await count(db), 3)
  await db.close()
})

everywhere('an error that ends it leaves nothing to be committed', async (t, open) => {
  const db = await open()
  await db.exec('CREATE UNIQUE INDEX u ON t(a); INSERT INTO t VALUES (1)')
  const lost = db.transactionAsync(async (tx) => {
    await tx.run('INSERT INTO t VALUES (2)')
    await t.throwsAsync(tx.run('INSERT OR ROLLBACK INTO t VALUES (1)'), { instanceOf: SqliteError })
    await t.throwsAsync(tx.run('INSERT INTO t VALUES (3)'), isCompleted)
  })()
  await t.throwsAsync(lost, { message: 'cannot commit - no transaction is active' })
  t.is(await count(db), 1)
  await db.close()
})

everywhere('a deferred commit that fails takes it back', async (t, open) => {
  const db = await open()
  await db.exec(`
    CREATE TABLE p(id INTEGER PRIMARY KEY);
    CREATE TABLE c(p REFERENCES p DEFERRABLE INITIALLY DEFERRED)`)
  const orphan = db.transactionAsync(async (tx) => {
    await tx.run('INSERT INTO c VALUES (1)')
  })()
  await t.throwsAsync(orphan, { code: 'SQLITE_CONSTRAINT_FOREIGNKEY' } as never)
  t.false(db.inTransaction)
  t.deepEqual(await db.all('SELECT * FROM c'), [])
  await db.close()
})

everywhere('who waits for the database inside it is told', async (t, open) => {
  const db = await open({ timeout: 100 })
  const stuck = db.transactionAsync(
    async (tx) => {
      await tx.run('INSERT INTO t VALUES (1)')
      const error = await t.throwsAsync(db.run('INSERT INTO t VALUES (2)'), {
        instanceOf: SqliteError,
      })
      t.is(error.code, 'SQLITE_BUSY')
      t.regex(String(error.cause), /The transaction "mine", open for .* does nothing/)
      await tx.run('INSERT INTO t VALUES (3)')
    },
    { label: 'mine' },
  )
  await stuck()
  t.deepEqual(await db.all('SELECT a FROM t'), [{ a: 1 }, { a: 3 }])
  // Who waits for one that is at work is not.
  const [, , after] = await Promise.all([
    db.transactionAsync(async (tx) => {
      for (let i = 0; i < 15; i++) {
        await tx.run('INSERT INTO t VALUES (4)')
        await sleep(10)
      }
    })(),
    db.run('DELETE FROM t WHERE a = 4'),
    db.run('DELETE FROM t'),
  ])
  t.is(after.changes, 2)
  await db.close()
})

everywhere('transaction() lets what its callback calls join, and nobody else', async (t, open) => {
  const db = await open()
  const add = await db.prepare<[number]>('INSERT INTO t VALUES (?)')
  const addAll = db.transaction(async (values: number[], fails: boolean) => {
    for (const value of values) {
      await add.run(value)
      await sleep(1)
    }
    if (fails) throw new Error('back')
    return db.get('SELECT count(*) AS n FROM t')
  })
  const [result, outside] = await Promise.all([addAll([1, 2, 3], false), add.run(100)])
  t.deepEqual(result, { n: 3 })
  t.is(outside.changes, 1)
  await Promise.all([t.throwsAsync(addAll([4, 5], true), { message: 'back' }), add.run(101)])
  t.deepEqual(
    await db.all('SELECT a FROM t'),
    [1, 2, 3, 100, 101].map((a) => ({ a })),
  )
  const nested = db.transaction(async () => {
    await add.run(6)
    await t.throwsAsync(addAll([7], true), { message: 'back' })
  })
  await nested.immediate()
  t.is(await count(db), 6)
  await db.close()
})

everywhere('its signal and its time take it back', async (t, open) => {
  const db = await open()
  const controller = new AbortController()
  const reason = new Error('no longer wanted')
  const waiting = db.transactionAsync(
    async (tx) => {
      await tx.run('INSERT INTO t VALUES (1)')
      controller.abort(reason)
      await sleep(5)
      await t.throwsAsync(tx.run('INSERT INTO t VALUES (2)'), isCompleted)
      throw new Error('nobody hears this')
    },
    { signal: controller.signal },
  )
  t.is(await t.throwsAsync(waiting()), reason)
  t.is(await count(db), 0)
  t.is(await t.throwsAsync(waiting()), reason, 'before it begins')
  const slow = db.transactionAsync(
    async (tx) => {
      await tx.run('INSERT INTO t VALUES (1)')
      await sleep(1000, undefined, { ref: false })
    },
    { timeout: 20 },
  )
  const error = await t.throwsAsync(slow(), { instanceOf: SqliteError })
  t.is(error.code, 'SQLITE_INTERRUPT')
  t.is(await count(db), 0)
  // In the line of writers, and inside a statement.
  const long = db.transactionAsync(
    (tx) =>
      tx.run(
        'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) INSERT INTO t SELECT i FROM n',
      ),
    { timeout: 50 },
  )
  const queued = db.transactionAsync(async (tx) => tx.run('INSERT INTO t VALUES (9)'), {
    timeout: 10,
  })
  const errors = await Promise.all(
    [long(), queued()].map((call) => t.throwsAsync(call, { instanceOf: SqliteError })),
  )
  t.deepEqual(
    errors.map(({ code }) => code),
    ['SQLITE_INTERRUPT', 'SQLITE_INTERRUPT'],
  )
  t.is(await count(db), 0)
  await db.close()
})

test.serial(
  'connect transactions: one that lasts, and one that is forgotten, are told of by name',
  async (t) => {
    const warnings: (Error & { code?: string })[] = []
    const note = (warning: Error): void => void warnings.push(warning)
    process.on('warning', note)
    const db = await withTable(connect(':memory:', { transactionWarning: 10 }))
    await db.transactionAsync(async (tx) => {
      await tx.run('INSERT INTO t VALUES (1)')
      await sleep(40)
    })()
    const error = await t.throwsAsync(forget(db), { instanceOf: SqliteError })
    t.is(error.code, 'SQLITE_INTERRUPT')
    t.is(await count(db), 1)
    await sleep(1)
    process.off('warning', note)
    const [long, ...rest] = warnings.filter(({ code }) => code?.startsWith('CHORUSDB'))
    t.is(long!.code, 'CHORUSDB_LONG_TRANSACTION')
    t.regex(long!.message, /The transaction begun at .*connect-transactions\.spec/)
    const forgotten = rest.find(({ code }) => code === 'CHORUSDB_FORGOTTEN_TRANSACTION')
    t.regex(forgotten!.message, /The transaction "lost", open for .* was forgotten/)
    await db.close()
  },
)

/** Its callback waits for what nobody can bring about. */
async function forget(db: AsyncDatabase): Promise<void> {
  const lost = db.transactionAsync(
    async (tx) => {
      await tx.run('INSERT INTO t VALUES (2)')
      await new Promise(() => {})
    },
    { label: 'lost' },
  )()
  setFlagsFromString('--expose-gc')
  const collecting = setInterval(runInNewContext('gc') as () => void, 5)
  try {
    await lost
  } finally {
    clearInterval(collecting)
  }
}

test.serial(
  'connect: a process ends when all is done, whoever has waited for a transaction',
  async (t) => {
    const timers = (): number =>
      process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
    const db = await connect(join(temporaryFolder(), 'a.db'), { timeout: 60_000 })
    await db.exec('CREATE TABLE x(a)')
    const before = timers()
    const wait = new AbortController()
    const holds = db.transactionAsync(async (tx) => {
      await tx.run('INSERT INTO x VALUES (1)')
      await sleep(1)
    })()
    const waits = [db.run('INSERT INTO x VALUES (2)'), db.run('INSERT INTO x VALUES (3)', wait)]
    wait.abort()
    await Promise.allSettled([holds, ...waits])
    t.is(timers(), before)
    await db.close()
    t.is(timers(), before)
  },
)
