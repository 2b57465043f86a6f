/**
 * Commits of the asynchronous face, whose sync another thread does: the event loop goes on meanwhile, nobody sees or is told of what is not on the disk, and
 * a sync that fails is an error as in the synchronous face. The disk is made slow where a test looks at what happens meanwhile.
 */
import test from 'ava'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { Builder, connect, Database } from '../../packages/engine/src/index.ts'
import type { AsyncDatabase } from '../../packages/engine/src/index.ts'
import { errno, installFaults, uninstallFaults } from '../support/faulty-system.ts'
import { Worker } from '../support/processes.ts'
import { temporaryFolder } from '../support/temporary.ts'

const slowMs = 80
const slow = { file: 'wal', call: 'sync', at: 1, every: 1, fault: -slowMs } as const

/** Opens something whose files have faults. */
async function faulty<Opened>(
  fault: number,
  at: number,
  open: () => Opened | Promise<Opened>,
): Promise<Opened> {
  installFaults([{ file: 'wal', call: 'sync', at, every: fault < 0 ? 1 : 0, fault }])
  try {
    return await open()
  } finally {
    uninstallFaults()
  }
}

/** A database with a table, whose next syncs of the log are slow. */
async function prepared(experimental: readonly string[]): Promise<string> {
  const path = join(temporaryFolder(), 'a.db')
  const db = new Database(path, { experimental })
  db.exec('CREATE TABLE t(a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES (1, 0)')
  db.close()
  return path
}

/** Counts turns of the event loop until the promise is kept. */
async function turnsUntil(promise: Promise<unknown>): Promise<number> {
  let count = 0
  let isOver = false
  const over = (): void => void (isOver = true)
  promise.then(over, over)
  while (!isOver) {
    await turn()
    count++
  }
  return count
}

const count = 'SELECT count(*) AS n FROM t'

for (const experimental of [[], ['multiprocess_wal']]) {
  const mode = experimental.length === 0 ? 'one process' : 'several processes'

  test.serial(
    `held commits: the event loop goes on, and others see the state before (${mode})`,
    async (t) => {
      const path = await prepared(experimental)
      const db = await faulty(slow.fault, 1, () => connect(path, { experimental }))
      const other = new Database(path, { experimental })
      // The header of a new log is synced before.
      await db.run('INSERT INTO t(b) VALUES (1)')
      const writes: [string, () => Promise<unknown>][] = [
        ['run', () => db.run('INSERT INTO t(b) VALUES (1)')],
        ['all', () => db.all('INSERT INTO t(b) VALUES (1) RETURNING a')],
        ['get', () => db.get('INSERT INTO t(b) VALUES (1) RETURNING a')],
        ['exec', () => db.exec('INSERT INTO t(b) VALUES (1)')],
        ['batch', () => db.batch(['INSERT INTO t(b) VALUES (1)'], { mode: 'write' })],
        [
          'a prepared statement',
          async () => (await db.prepare('INSERT INTO t(b) VALUES (?)')).run(1),
        ],
        [
          'a transaction',
          () => db.transactionAsync(async (tx) => tx.run('INSERT INTO t(b) VALUES (1)'))(),
        ],
        [
          'many pages',
          () => db.run('INSERT INTO t(b) SELECT randomblob(2000) FROM generate_series(1, 300)'),
        ],
      ]
      for (const [name, write] of writes) {
        const { n } = (await db.get(count)) as { n: number }
        let isAnswered = false
        const answer = write().then(() => void (isAnswered = true))
        const looked: number[] = []
        const looks = (async () => {
          while (!isAnswered) {
            const seen = ((await db.get(count)) as { n: number }).n
            const also = (other.prepare(count).get() as { n: number }).n
            if (!isAnswered) looked.push(seen, also)
            await turn()
          }
        })()
        await Promise.all([answer, looks])
        t.true(looked.length > 0, `${name}: the loop had ${looked.length / 2} turns`)
        t.deepEqual([...new Set(looked)], [n], name)
        const now = ((await db.get(count)) as { n: number }).n
        t.is(now, n + (name === 'many pages' ? 300 : 1), name)
        t.is((other.prepare(count).get() as { n: number }).n, now, name)
      }
      other.close()
      await db.close()
    },
  )

  test.serial(
    `held commits: a synchronous connection of the same thread does not wait for ever (${mode})`,
    async (t) => {
      const path = await prepared(experimental)
      const db = await faulty(slow.fault, 1, () => connect(path, { experimental }))
      const other = new Database(path, { experimental, timeout: 0 })
      for (let i = 0; i < 3; i++) {
        const answer = db.run('INSERT INTO t(b) VALUES (1)')
        await turn()
        t.is(other.exec('INSERT INTO t(b) VALUES (2)'), other)
        if (i === 0) other.pragma('wal_checkpoint(TRUNCATE)')
        t.like(await answer, { changes: 1 })
      }
      t.deepEqual(await db.get(count), { n: 7 })
      other.close()
      await db.close()
    },
  )

  test.serial(
    `held commits: Builder answers after the sync, and ends what it is closed amid (${mode})`,
    async (t) => {
      const path = await prepared(experimental)
      const open = async () => {
        const builder = Builder.newLocal(path)
        const database = await (
          experimental.length === 0 ? builder : builder.experimentalMultiprocessWal(true)
        ).build()
        return database.connect()
      }
      const connection = await faulty(slow.fault, 1, open)
      await connection.execute('INSERT INTO t(b) VALUES (1)')
      t.true((await turnsUntil(connection.execute('INSERT INTO t(b) VALUES (2)'))) > 1)
      const rows = await connection.query('INSERT INTO t(b) VALUES (3) RETURNING b')
      t.deepEqual(await rows.next(), { b: 3 })
      t.true((await turnsUntil(rows.next())) > 1)
      const transaction = await connection.transaction('immediate')
      await transaction.execute('INSERT INTO t(b) VALUES (4)')
      t.true((await turnsUntil(transaction.commit())) > 1)
      t.true(connection.isAutocommit())
      const last = connection.execute('INSERT INTO t(b) VALUES (5)')
      await turn()
      connection.close()
      t.is(await last, 1)
      const after = new Database(path, { experimental })
      t.deepEqual(after.prepare('SELECT b FROM t ORDER BY a').pluck().all(), [0, 1, 2, 3, 4, 5])
      after.close()
    },
  )

  test.serial(
    `held commits: what could not be synced is told, and did not happen (${mode})`,
    async (t) => {
      const write = 'INSERT INTO t(b) VALUES (1)'
      const ways: [string, (db: AsyncDatabase) => Promise<unknown>][] = [
        ['run', (db) => db.run(write)],
        ['exec', (db) => db.exec(write)],
        ['RETURNING', (db) => db.all(`${write} RETURNING a`)],
        ['a transaction', (db) => db.transactionAsync(async (tx) => tx.run(write))()],
        ['a batch', (db) => db.batch([write], { mode: 'write' })],
        [
          'many pages',
          (db) => db.run('INSERT INTO t(b) SELECT randomblob(2000) FROM generate_series(1, 300)'),
        ],
      ]
      for (const [name, way] of ways) {
        const path = await prepared(experimental)
        // The log's header, and two commits.
        const db = await faulty(errno.EIO, 4, () => connect(path, { experimental }))
        await db.run(write)
        await db.run(write)
        const keeper = new Database(path, { experimental })
        await t.throwsAsync(
          way(db),
          { code: 'SQLITE_IOERR_FSYNC', message: 'disk I/O error' },
          name,
        )
        await t.throwsAsync(db.run(write), { code: 'SQLITE_IOERR' }, name)
        t.deepEqual(await db.get(count), { n: 3 }, name)
        await db.close()
        t.is(keeper.exec(write), keeper, name)
        t.deepEqual(keeper.prepare(count).get(), { n: 4 }, name)
        t.is(keeper.pragma('integrity_check', { simple: true }), 'ok', name)
        keeper.close()
      }
    },
  )

  for (const end of ['exit', 'terminate']) {
    test.serial(
      `held commits: ${end} amid a sync leaves a sound file and no lock (${mode})`,
      async (t) => {
        const path = await prepared(experimental)
        const keeper = experimental.length === 0 ? null : new Database(path, { experimental })
        const worker = new Worker('held-commit', [
          JSON.stringify({ path, experimental, end, slowMs }),
        ])
        t.deepEqual(await worker.next(), { begun: true })
        const { code, errors } = await worker.ended
        t.is(code, 0, errors)
        const after = keeper ?? new Database(path, { experimental, timeout: 2000 })
        after.exec('INSERT INTO t(b) VALUES (9)')
        t.is(after.pragma('integrity_check', { simple: true }), 'ok')
        const found = after.prepare('SELECT b FROM t ORDER BY a').pluck().all()
        t.true(found.length === 3 || found.length === 4, found.join())
        after.close()
      },
    )
  }
}

test.serial('held commits: a connection with other databases', async (t) => {
  const path = await prepared([])
  const db = await faulty(slow.fault, 1, () => connect(path))
  await db.exec(`ATTACH '${join(temporaryFolder(), 'b.db')}' AS b; CREATE TABLE b.u(a)`)
  await db.exec('CREATE TEMP TABLE s(a); INSERT INTO s VALUES (1)')
  t.true((await turnsUntil(db.run('INSERT INTO t(b) SELECT a FROM s'))) > 1)
  await db.transactionAsync(async (tx) => {
    await tx.run('INSERT INTO t(b) VALUES (2)')
    await tx.run('INSERT INTO u VALUES (3)')
    await tx.run('INSERT INTO s VALUES (4)')
  })()
  const sums =
    'SELECT (SELECT sum(b) FROM t) AS t, (SELECT sum(a) FROM u) AS u, (SELECT sum(a) FROM s) AS s'
  t.deepEqual(await db.get(sums), { t: 3, u: 3, s: 5 })
  await db.close()
})
