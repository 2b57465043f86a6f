/**
 * A worker thread with a connection of its own, which does what it is told: `{ open }`, `{ exec }`, `{ run, params }`,
 * `{ all }`, `{ close }`, and answers each. `{ loop }` never answers: it goes on, without ever returning to the event
 * loop, until the thread is terminated, and counts what was acknowledged in `counts[slot]`.
 */
import { parentPort, workerData } from 'node:worker_threads'

const { Database } = await import(workerData.engine)
const counts = new Int32Array(workerData.counts)
let db

const loops = {
  /** Commits rows, every one of its transactions two of them, large enough to be spilled. */
  commit({ id, slot }) {
    db.pragma('cache_size = 10')
    const insert = db.prepare('INSERT INTO t(who, n, filler) VALUES (?, ?, ?)')
    for (let n = 1; ; n++) {
      db.exec('BEGIN IMMEDIATE')
      for (let i = 0; i < 2; i++) insert.run(id, n, 'x'.repeat(20_000 * (n % 3)))
      db.exec('COMMIT')
      Atomics.store(counts, slot, n)
      if (n % 5 === 0) db.pragma(`wal_checkpoint(${['PASSIVE', 'FULL', 'TRUNCATE'][n % 3]})`)
    }
  },
  read() {
    const all = db.prepare('SELECT n, count(*) FROM t GROUP BY who, n HAVING count(*) != 2').raw()
    for (;;) if (all.all().length > 0) throw new Error('half of a transaction')
  },
  checkpoint() {
    for (;;) db.pragma('wal_checkpoint(TRUNCATE)')
  },
  open({ path, options, slot }) {
    for (let n = 1; ; n++) {
      const other = new Database(path, options)
      other.prepare('SELECT count(*) FROM t').get()
      other.close()
      Atomics.store(counts, slot, n)
    }
  },
}

function obey(message) {
  const { open, options, exec, run, all, params = [], close, loop } = message
  if (loop !== undefined) return loops[loop](message)
  if (open !== undefined) db = new Database(open, options)
  if (exec !== undefined) db.exec(exec)
  if (run !== undefined) return db.prepare(run).run(...params)
  if (all !== undefined)
    return db
      .prepare(all)
      .raw()
      .all(...params)
  if (close) db.close()
  return null
}

parentPort.on('message', (message) => {
  if (message.begin !== undefined) Atomics.store(counts, message.begin, 1)
  try {
    parentPort.postMessage({ ok: obey(message) })
  } catch (error) {
    parentPort.postMessage({ code: error.code ?? error.name, message: error.message })
  }
})
