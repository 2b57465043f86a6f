/** Worker threads beside the main one: a file of this process alone, a shared one, and databases in memory. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import BetterSqlite3 from 'better-sqlite3'
import { Database } from 'chorusdb'

const rounds = 100

function work(open, name, who) {
  const db = open(name)
  db.exec('CREATE TABLE IF NOT EXISTS t(who, n)')
  const insert = db.prepare('INSERT INTO t VALUES (?, ?)')
  for (let n = 0; n < rounds; n++) insert.run(who, n)
  return db
}

const opens = {
  eigene: (name) => new Database(name),
  geteilte: (name) => new BetterSqlite3(name),
}

if (isMainThread) {
  for (const [kind, open] of Object.entries(opens)) {
    const path = `${kind} für Threads.db`
    work(open, path, 0)
    const workers = [1, 2, 3].map(
      (who) => new Worker(new URL(import.meta.url), { workerData: { kind, path, who } }),
    )
    const ends = await Promise.all(workers.map((worker) => once(worker, 'exit')))
    assert.deepEqual(ends, [[0], [0], [0]])
    const db = open(path)
    assert.equal(db.prepare('SELECT count(*) FROM t').pluck().get(), 4 * rounds)
    db.close()
  }
  assert.ok(existsSync('geteilte für Threads.db-tshm'))
  console.log('ok')
} else {
  const { kind, path, who } = workerData
  work(opens[kind], path, who)
  const memory = new Database(':memory:')
  memory.exec('CREATE TABLE t(a); INSERT INTO t VALUES (5)')
  assert.deepEqual(memory.prepare('SELECT a FROM t').get(), { a: 5 })
}
