/**
 * The log stays small while readers never pause, and nobody pays much for it. How readers are held up for a
 * restart is shown in `crates/tshm/tests/barrier.rs`, where their overlap is certain; here whole processes do it.
 */
import test from 'ava'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { tshm } from '../coordination/native-session.ts'
import { Worker } from '../support/processes.ts'
import { temporaryFolder } from '../support/temporary.ts'

const several = { experimental: ['multiprocess_wal'], timeout: 20_000 }

interface Answer {
  readonly ok?: unknown
  readonly code?: string
}

async function ask(worker: Worker, message: unknown): Promise<Answer> {
  worker.tell(message)
  return (await worker.next(60_000)) as Answer
}

const maxFrame = (path: string): number => Number(tshm(path).readBigUInt64LE(56))
const generation = (path: string): number => tshm(path).readUInt32LE(88)

test.serial(
  'log growth: the log restarts again and again under readers in other processes',
  async (t) => {
    t.timeout(120_000)
    const path = join(temporaryFolder(), 'a.db')
    const db = new Database(path, several)
    db.exec('PRAGMA synchronous=1; PRAGMA wal_autocheckpoint=20; CREATE TABLE t(id, v)')
    const insert = db.prepare('INSERT INTO t VALUES (?, 1)')
    const readers = ['3', '5'].map((reads) => new Worker('reader', [path, reads, 'several']))
    for (const reader of readers) t.is(await reader.next(60_000), 'ready')
    const before = generation(path)
    const end = performance.now() + 60_000
    let rows = 0
    while (generation(path) < before + 5 && performance.now() < end) {
      for (let i = 0; i < 40; i++) insert.run(rows++)
    }
    t.true(generation(path) >= before + 5, `${rows} commits, and the log is at ${maxFrame(path)}`)
    for (const reader of readers) {
      const { code, errors, output } = await reader.stop()
      t.is(code, 0, errors)
      t.true(Number(output.trim().split('\n').at(-1)) > 0)
    }
    t.is(db.prepare('SELECT sum(v) FROM t').pluck().get(), rows)
    t.is(db.prepare('PRAGMA integrity_check').pluck().get(), 'ok')
    db.close()
  },
)

test.serial(
  'log growth: a reader that stays open costs a commit nothing but a few attempts',
  (t) => {
    t.timeout(60_000)
    const path = join(temporaryFolder(), 'a.db')
    const db = new Database(path, several)
    db.exec('PRAGMA synchronous=1; PRAGMA wal_autocheckpoint=20; CREATE TABLE t(id, v)')
    const reader = new Database(path, several)
    reader.exec('BEGIN')
    t.is(reader.prepare('SELECT count(*) FROM t').pluck().get(), 0)
    const before = generation(path)
    const insert = db.prepare('INSERT INTO t VALUES (?, 1)')
    for (let i = 0; i < 400; i++) insert.run(i)
    t.is(generation(path), before)
    t.true(maxFrame(path) > 400)
    t.is(reader.prepare('SELECT count(*) FROM t').pluck().get(), 0)
    reader.exec('COMMIT')
    // Nobody reads any more: what was held back is caught up with, and the log restarts.
    for (let i = 400; i < 480; i++) insert.run(i)
    t.true(generation(path) > before)
    t.true(maxFrame(path) < 100)
    t.is(reader.prepare('SELECT count(*) FROM t').pluck().get(), 480)
    reader.close()
    db.close()
  },
)

test.serial('log growth: wal_budget is a setting of the connection', (t) => {
  const db = new Database(join(temporaryFolder(), 'a.db'), several)
  const rows = ['', '=500', '', '=0', '=-7', '(9)'].map((value) =>
    db.prepare(`PRAGMA wal_budget${value}`).raw().all(),
  )
  t.deepEqual(rows.flat(2), [-1, 500, 500, 0, -1, 9])
  db.close()
  t.is(new Database(':memory:').prepare('PRAGMA wal_budget').pluck().get(), -1)
})

test.serial('log growth: the walBudget option is that setting', (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const budgetOf = (walBudget: unknown): unknown => {
    const db = new Database(path, { ...several, walBudget: walBudget as number })
    const budget = db.prepare('PRAGMA wal_budget').pluck().get()
    db.close()
    return budget
  }
  t.deepEqual([undefined, -1, 0, 60].map(budgetOf), [-1, -1, 0, 60])
  for (const budget of [-2, 1.5, 2 ** 31, NaN, '7', null]) {
    t.throws(() => budgetOf(budget), {
      instanceOf: RangeError,
      message: 'The "walBudget" option must be a number of frames, 0 or -1',
    })
  }
})

test.serial('log growth: a checkpoint that waits for a reader does not stop writers', async (t) => {
  t.timeout(120_000)
  const path = join(temporaryFolder(), 'a.db')
  const db = new Database(path, several)
  db.exec('PRAGMA wal_autocheckpoint=0; CREATE TABLE t(id, v)')
  const reader = new Database(path, several)
  reader.exec('BEGIN')
  t.is(reader.prepare('SELECT count(*) FROM t').pluck().get(), 0)
  db.exec('INSERT INTO t VALUES (0, 1)')
  for (const mode of ['FULL', 'RESTART', 'TRUNCATE']) {
    const waiting = new Worker('session', [])
    t.deepEqual(await ask(waiting, { open: path, options: { ...several, timeout: 60_000 } }), {
      ok: null,
    })
    let isOver = false
    const answer = ask(waiting, { all: `PRAGMA wal_checkpoint(${mode})` }).then((row) => {
      isOver = true
      return row
    })
    const rows = db.prepare('SELECT count(*) FROM t').pluck().get() as number
    for (let i = 0; i < 10; i++) {
      db.exec(`INSERT INTO t VALUES (${rows + i}, 1)`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    t.false(isOver, `${mode} still waits`)
    t.is(db.prepare('SELECT count(*) FROM t').pluck().get(), rows + 10)
    reader.exec('COMMIT')
    const [[busy]] = (await answer).ok as [[number, number, number]]
    t.is(busy, 0, mode)
    reader.exec('BEGIN')
    t.is(reader.prepare('SELECT count(*) FROM t').pluck().get(), rows + 10)
    db.exec('INSERT INTO t VALUES (0, 1)')
    await waiting.stop()
  }
  reader.close()
  db.close()
})
