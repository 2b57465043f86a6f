/**
 * More frames in one generation of the log than the shared index has entries (262,144): everybody of ours
 * still reads what is committed, and whoever checkpoints brings the index back.
 */
import test from 'ava'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { tshm } from '../coordination/native-session.ts'
import { Worker } from '../support/processes.ts'
import { temporaryFolder } from '../support/temporary.ts'

const several = { experimental: ['multiprocess_wal'], timeout: 20_000 }

async function ask(worker: Worker, message: unknown): Promise<unknown> {
  worker.tell(message)
  const answer = (await worker.next(120_000)) as { ok?: unknown; message?: string }
  if (answer.message !== undefined) throw new Error(answer.message)
  return answer.ok
}

const workers: Worker[] = []

test.afterEach.always(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.kill()))
})

function start(): Worker {
  const worker = new Worker('session', [])
  workers.push(worker)
  return worker
}

const index = (path: string) => {
  const bytes = tshm(path)
  return { length: bytes.readUInt32LE(40), isOverflowed: bytes.readUInt32LE(44) }
}

test.serial(
  'index overflow: past its last entry readers answer correctly, and can checkpoint',
  async (t) => {
    t.timeout(240_000)
    const path = join(temporaryFolder(), 'a.db')
    const db = new Database(path, { ...several, pageSize: 512 })
    db.exec(
      'PRAGMA synchronous=0; PRAGMA wal_autocheckpoint=0; CREATE TABLE t(id INTEGER PRIMARY KEY, round, filler)',
    )
    const rows = 56_000
    const early = start()
    await ask(early, { open: path, options: several })
    const insert = db.prepare('INSERT INTO t VALUES (?, 0, ?)')
    const filler = 'x'.repeat(400)
    db.transaction(() => {
      for (let id = 1; id <= rows; id++) insert.run(id, filler)
    })()
    const update = db.prepare('UPDATE t SET round = round + 1')
    for (let round = 0; round < 4; round++) update.run()
    t.deepEqual(index(path), { length: 262_144, isOverflowed: 1 })
    const sums = 'SELECT count(*), sum(round), min(round), max(round) FROM t'
    const expected = [[rows, 4 * rows, 4, 4]]
    const late = start()
    await ask(late, { open: path, options: several })
    for (const worker of [early, late]) t.deepEqual(await ask(worker, { all: sums }), expected)
    t.deepEqual(db.prepare(sums).raw().all(), expected)
    // A commit past the end is seen as well, by one that knows the frames before it.
    db.exec('UPDATE t SET round = 9 WHERE id = 77')
    for (const worker of [early, late]) {
      t.deepEqual(await ask(worker, { all: 'SELECT round FROM t WHERE id IN (76, 77)' }), [
        [4],
        [9],
      ])
    }
    // A reader that did not write them checkpoints, and the next generation has an index again.
    t.deepEqual(await ask(late, { all: 'PRAGMA wal_checkpoint(TRUNCATE)' }), [[0, 0, 0]])
    await ask(early, { run: 'UPDATE t SET round = 8 WHERE id = 78' })
    t.is(index(path).isOverflowed, 0)
    t.true(index(path).length < 100)
    t.deepEqual(
      db.prepare('SELECT round FROM t WHERE id BETWEEN 76 AND 78').pluck().all(),
      [4, 9, 8],
    )
    t.is(db.prepare('PRAGMA quick_check').pluck().get(), 'ok')
    await Promise.all([early.stop(), late.stop()])
    db.close()
  },
)
