/**
 * Many calls at once, of readers and writers in two processes, some of them stopped at random: what was acknowledged is there once and in order, and
 * of what was stopped nothing is. `CALLS=20000` makes more of them; `SEED=…` the same again.
 */
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { Worker } from '../support/processes.ts'
import { createRandom } from '../support/random.ts'
import { temporaryFolder } from '../support/temporary.ts'

interface Told {
  readonly pid: number
  readonly acknowledged: readonly number[]
  readonly stopped: readonly number[]
  readonly wrong: readonly string[]
}

const calls = Number(process.env['CALLS'] ?? 500)

test('calls: two processes with 1,000 of them lose nothing', async (t) => {
  const random = createRandom(13)
  t.log(`SEED=${random.seed}`)
  const path = join(temporaryFolder(), 'a.db')
  const db = new Database(path, { experimental: ['multiprocess_wal'] })
  db.exec(`
    CREATE TABLE entry(id INTEGER PRIMARY KEY AUTOINCREMENT, process INT, call INT);
    CREATE INDEX entry_process ON entry(process);
    CREATE TABLE number(n); CREATE TABLE total(n); INSERT INTO total VALUES (0);
    INSERT INTO number WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 200) SELECT n FROM i`)
  const workers = [1, 2].map(
    () => new Worker('calls', [path, String(random.below(1_000_000)), String(calls)]),
  )
  for (const worker of workers) t.is(await worker.next(), 'ready')
  for (const worker of workers) worker.tell('go')
  const told = (await Promise.all(workers.map((worker) => worker.next(110_000)))) as Told[]
  const inOrder = db
    .prepare<[number], number>('SELECT call FROM entry WHERE process = ? ORDER BY id')
    .pluck()
  for (const { pid, acknowledged, stopped, wrong } of told) {
    t.deepEqual(wrong, [])
    t.log(`${acknowledged.length} acknowledged, ${stopped.length} stopped`)
    t.true(acknowledged.length > 0 && stopped.length > 0)
    t.deepEqual(inOrder.all(pid), acknowledged)
  }
  t.is(db.pragma('integrity_check', { simple: true }), 'ok')
  const sum = db.prepare('SELECT n FROM total').pluck().get() as number
  t.true(sum > 0 && sum <= told[0]!.acknowledged.length + told[1]!.acknowledged.length)
  db.close()
})
