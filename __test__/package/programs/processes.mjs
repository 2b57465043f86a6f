/** Two processes change one file, through the alias and through the engine's own entry. */
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import BetterSqlite3 from 'better-sqlite3'
import { Database } from 'chorusdb'

const rounds = 200
const path = 'zwei Prozesse.db'
const who = process.argv[2]

if (who === undefined) {
  const first = new BetterSqlite3(path)
  first.exec('CREATE TABLE t(who, n); CREATE TABLE c(n); INSERT INTO c VALUES (0)')
  first.close()
  const script = fileURLToPath(import.meta.url)
  const children = ['alias', 'engine'].map((name) => fork(script, [name]))
  const ends = await Promise.all(children.map((child) => once(child, 'exit')))
  assert.deepEqual(ends, [
    [0, null],
    [0, null],
  ])
  const db = new BetterSqlite3(path)
  assert.equal(db.prepare('SELECT count(*) FROM t').pluck().get(), 2 * rounds)
  assert.equal(db.prepare('SELECT n FROM c').pluck().get(), 2 * rounds)
  assert.equal(db.pragma('integrity_check', { simple: true }), 'ok')
  db.close()
  assert.equal(statSync(`${path}-wal`).size, 0)
  assert.ok(existsSync(`${path}-tshm`))
  console.log('ok')
} else {
  const db =
    who === 'alias'
      ? new BetterSqlite3(path)
      : new Database(path, { experimental: ['multiprocess_wal'] })
  assert.equal(db.status().mode, 'multi-process')
  const insert = db.prepare('INSERT INTO t VALUES (?, ?)')
  const count = db.prepare('UPDATE c SET n = n + 1')
  const both = db.transaction((n) => {
    insert.run(who, n)
    count.run()
  })
  for (let n = 0; n < rounds; n++) both.immediate(n)
  // The end of the process closes it.
}
