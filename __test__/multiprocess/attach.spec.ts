/**
 * Several processes on several files: ATTACH inherits the mode of the main database, every file has a coordination file
 * of its own, and transactions over two files meet in both.
 */
import test from 'ava'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { turso, Worker } from '../support/processes.ts'
import { temporaryFolder } from '../support/temporary.ts'

const multiprocess = { experimental: ['multiprocess_wal'] }

interface Answer {
  ok?: unknown
  code?: string
  message?: string
}

async function ask(worker: Worker, message: unknown): Promise<Answer> {
  worker.tell(message)
  return (await worker.next()) as Answer
}

interface Files {
  readonly main: string
  readonly aux: string
}

/** Two files, each with one account. */
function twoFiles(): Files {
  const folder = temporaryFolder()
  const files = { main: join(folder, 'main.db'), aux: join(folder, 'aux.db') }
  const db = new Database(files.main, multiprocess)
  db.exec(`ATTACH '${files.aux}' AS aux; CREATE TABLE here(n); INSERT INTO here VALUES (1000);
    CREATE TABLE aux.there(n); INSERT INTO aux.there VALUES (1000)`)
  db.close()
  return files
}

test.serial('attach: a file attached to a database of several processes is one too', async (t) => {
  const { main, aux } = twoFiles()
  const db = new Database(main, { ...multiprocess, timeout: 0 })
  db.exec(`ATTACH '${aux}' AS aux`)
  t.true(existsSync(`${main}-tshm`))
  t.true(existsSync(`${aux}-tshm`))
  const other = new Worker('session', [])
  const alone = await ask(other, { open: aux })
  t.regex(alone.message ?? '', /multiprocess/)
  t.deepEqual(await ask(other, { open: aux, options: multiprocess }), { ok: null })
  t.deepEqual(await ask(other, { run: 'UPDATE there SET n = n - 1' }), {
    ok: { changes: 1, lastInsertRowid: 0 },
  })
  t.is(db.prepare('SELECT n FROM there').pluck().get(), 999)
  await other.stop()
  db.exec('DETACH aux')
  // Nobody has it open now: its mode is free again.
  const single = new Database(aux)
  t.is(single.prepare('SELECT n FROM there').pluck().get(), 999)
  t.throws(() => db.exec(`ATTACH '${aux}' AS aux`), { instanceOf: SqliteError })
  t.is((db.pragma('database_list') as unknown[]).length, 1)
  single.close()
  db.exec(`ATTACH '${aux}' AS aux`)
  db.close()
})

test.serial(
  'attach: a file attached to a database of one process belongs to it alone',
  async (t) => {
    const folder = temporaryFolder()
    const aux = join(folder, 'aux.db')
    const db = new Database(join(folder, 'main.db'))
    db.exec(`ATTACH '${aux}' AS aux; CREATE TABLE aux.t(a)`)
    t.false(existsSync(`${aux}-tshm`))
    const other = new Worker('session', [])
    t.truthy((await ask(other, { open: aux, options: { timeout: 0 } })).code)
    t.truthy((await ask(other, { open: aux, options: { ...multiprocess, timeout: 0 } })).code)
    const error = t.throws(() => db.exec(`ATTACH '${aux}2?experimental=multiprocess_wal' AS b`))
    t.is((error as SqliteError).code, 'SQLITE_MISUSE')
    db.exec('DETACH aux')
    t.deepEqual(await ask(other, { open: aux, options: { timeout: 0 } }), { ok: null })
    await other.stop()
    db.close()
  },
)

test.serial('attach: beside a main database in memory the name asks for the mode', async (t) => {
  const { aux } = twoFiles()
  const db = new Database(':memory:')
  db.exec(`ATTACH '${aux}?experimental=multiprocess_wal' AS aux`)
  const other = new Worker('session', [])
  t.deepEqual(await ask(other, { open: aux, options: multiprocess }), { ok: null })
  t.deepEqual(await ask(other, { all: 'SELECT n FROM there' }), { ok: [[1000]] })
  await other.stop()
  db.close()
})

const transfer = `BEGIN IMMEDIATE; UPDATE here SET n = n - 1; UPDATE there SET n = n + 1; COMMIT`

test.serial(
  'attach: processes that attach in opposite orders do not wait for each other',
  async (t) => {
    t.timeout(60_000)
    const { main, aux } = twoFiles()
    const orders = [
      [main, aux],
      [aux, main],
      [main, aux],
    ] as const
    const workers = orders.map(() => new Worker('session', []))
    const rounds = 40
    await Promise.all(
      workers.map(async (worker, i) => {
        const [first, second] = orders[i]!
        const options = { ...multiprocess, timeout: 20_000 }
        t.deepEqual(await ask(worker, { open: first, options }), { ok: null })
        t.deepEqual(await ask(worker, { exec: `ATTACH '${second}' AS other` }), { ok: null })
      }),
    )
    await Promise.all(
      workers.map(async (worker) => {
        for (let i = 0; i < rounds; i++)
          t.deepEqual(await ask(worker, { exec: transfer }), { ok: null })
      }),
    )
    const moved = orders.length * rounds
    const sums = 'SELECT here.n, there.n FROM here, there'
    for (const worker of workers) {
      t.deepEqual(await ask(worker, { all: sums }), { ok: [[1000 - moved, 1000 + moved]] })
      t.deepEqual(await ask(worker, { all: 'PRAGMA integrity_check' }), { ok: [['ok']] })
      await worker.stop()
    }
  },
)

test.serial('attach: one file that is locked takes no lock of another away or along', async (t) => {
  const { main, aux } = twoFiles()
  const db = new Database(main, { ...multiprocess, timeout: 0 })
  db.exec(`ATTACH '${aux}' AS aux`)
  const other = new Worker('session', [])
  await ask(other, { open: aux, options: { ...multiprocess, timeout: 0 } })
  await ask(other, { exec: 'BEGIN IMMEDIATE' })
  const busy = { code: 'SQLITE_BUSY' }
  t.throws(() => db.exec('BEGIN IMMEDIATE'), busy)
  t.false(db.inTransaction)
  // Main's lock went back: somebody else can have it.
  const third = new Worker('session', [])
  await ask(third, { open: main, options: { ...multiprocess, timeout: 0 } })
  t.deepEqual(await ask(third, { exec: 'BEGIN IMMEDIATE; ROLLBACK' }), { ok: null })
  db.exec('BEGIN; UPDATE here SET n = 1')
  t.throws(() => db.exec('UPDATE there SET n = 1'), busy)
  t.true(db.inTransaction)
  // Main's lock stays with the transaction.
  t.is((await ask(third, { exec: 'BEGIN IMMEDIATE' })).code, 'SQLITE_BUSY')
  await ask(other, { exec: 'ROLLBACK' })
  db.exec('UPDATE there SET n = 1; COMMIT')
  t.deepEqual(await ask(third, { all: 'SELECT n FROM here' }), { ok: [[1]] })
  t.deepEqual(await ask(other, { all: 'SELECT n FROM there' }), { ok: [[1]] })
  await Promise.all([other.stop(), third.stop()])
  db.close()
})

test.serial(
  'attach: a process that dies inside a transaction over two files leaves neither',
  async (t) => {
    const { main, aux } = twoFiles()
    const db = new Database(main, { ...multiprocess, timeout: 10_000 })
    db.exec(`ATTACH '${aux}' AS aux`)
    const other = new Worker('session', [])
    await ask(other, { open: aux, options: multiprocess })
    await ask(other, { exec: `ATTACH '${main}' AS other` })
    const half = 'BEGIN IMMEDIATE; UPDATE here SET n = 0; UPDATE there SET n = 0'
    t.deepEqual(await ask(other, { exec: half }), { ok: null })
    await other.kill()
    db.exec(transfer)
    t.deepEqual(db.prepare('SELECT here.n, there.n FROM here, there').raw().get(), [999, 1001])
    t.deepEqual(db.pragma('integrity_check'), [{ integrity_check: 'ok' }])
    db.close()
  },
)

test.serial(
  'attach: a schema that another process changes is seen in every database',
  async (t) => {
    const { main, aux } = twoFiles()
    const db = new Database(main, multiprocess)
    db.exec(`ATTACH '${aux}' AS aux`)
    const all = db.prepare('SELECT * FROM there')
    const joined = db.prepare('SELECT * FROM here, there')
    t.deepEqual(all.all(), [{ n: 1000 }])
    const other = new Worker('session', [])
    await ask(other, { open: aux, options: multiprocess })
    await ask(other, {
      exec: 'DROP TABLE there; CREATE TABLE there(m); INSERT INTO there VALUES (5)',
    })
    t.deepEqual(all.all(), [{ m: 5 }])
    t.deepEqual(joined.all(), [{ n: 1000, m: 5 }])
    t.deepEqual(
      joined.columns().map(({ database, column }) => [database, column]),
      [
        ['main', 'n'],
        ['aux', 'm'],
      ],
    )
    await ask(other, { exec: 'DROP TABLE there' })
    t.throws(() => joined.all(), { message: 'no such table: there' })
    t.deepEqual(db.prepare('SELECT * FROM here').all(), [{ n: 1000 }])
    await other.stop()
    db.close()
  },
)

test.serial('attach: a live process of Turso shares the attached file', async (t) => {
  const { main, aux } = twoFiles()
  const db = new Database(main, { ...multiprocess, timeout: 10_000 })
  db.exec(`ATTACH '${aux}' AS aux`)
  const peer = new Worker('session', [], turso)
  t.deepEqual(await ask(peer, { open: aux, options: multiprocess }), { ok: null })
  db.exec(transfer)
  t.deepEqual(await ask(peer, { all: 'SELECT n FROM there' }), { ok: [[1001]] })
  await ask(peer, { run: 'UPDATE there SET n = n + 10' })
  t.is(db.prepare('SELECT n FROM there').pluck().get(), 1011)
  db.exec(transfer)
  t.deepEqual(await ask(peer, { all: 'SELECT n FROM there' }), { ok: [[1012]] })
  await ask(peer, { close: true })
  await peer.stop()
  t.deepEqual(db.pragma('integrity_check'), [{ integrity_check: 'ok' }])
  db.close()
})
