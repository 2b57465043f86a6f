/**
 * A thread of each process cuts the log when nobody has committed for a while, with the writer's lock. Transactions that have read before they
 * write do not wait for other transactions, but they wait for that: a database that one connection uses is never busy.
 */
import test from 'ava'
import { join } from 'node:path'
import { Database, type SqliteError } from '../../packages/engine/src/index.ts'
import { multiprocess } from '../support/remote.ts'
import { temporaryFolder } from '../support/temporary.ts'

const pause = (ms: number): unknown =>
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

/** Large transactions that read first, with pauses after which the thread sets to work. Answers what was thrown. */
function write(connections: readonly Database[], rounds: number): Record<string, number> {
  const errors: Record<string, number> = {}
  for (let round = 0; round < rounds; round++) {
    const db = connections[round % connections.length]!
    db.exec('BEGIN')
    db.prepare('SELECT count(*) FROM t').get()
    pause(50 + (round % 10))
    // For as long as the thread may be at work: who is busy tries again at once.
    for (let tries = 0; tries < 50; tries++) {
      try {
        db.prepare('INSERT INTO t VALUES (zeroblob(3000000))').run()
        break
      } catch (error) {
        const { code } = error as SqliteError
        errors[code] = (errors[code] ?? 0) + 1
      }
    }
    db.exec('COMMIT')
  }
  return errors
}

for (const wait of [5000, 0]) {
  test.serial(`upkeep: with a timeout of ${wait} ms a lone process is never busy`, (t) => {
    const path = join(temporaryFolder(), 'a.db')
    const open = (): Database => new Database(path, { ...multiprocess, timeout: wait })
    const connections = [open(), open()]
    connections[0]!.exec('CREATE TABLE t(a)')
    t.deepEqual(write(connections.slice(1), 25), {})
    t.deepEqual(write(connections, 25), {})
    for (const db of connections) db.close()
  })
}
