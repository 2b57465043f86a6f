/**
 * What the page cache of an idle connection holds, while others write, copy the log back and let it restart: three connections on
 * one file, all short histories of their writes, reads and checkpoints, in both modes. A read shows every commit made before
 * it, and what was committed stays, in our answers and in SQLite's.
 */
import test from 'ava'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { sqliteIntegrity, sqliteTables } from '../support/sqlite-file.ts'
import { temporaryFolder } from '../support/temporary.ts'

type Db = InstanceType<typeof Database>
type Write = (db: Db) => void

const insert = 'INSERT INTO t DEFAULT VALUES'
const ways: Record<string, Write> = {
  autocommit: (db) => void db.prepare(insert).run(),
  deferred: (db) => void db.exec(`BEGIN; SELECT count(*) FROM t; ${insert}; COMMIT`),
  immediate: (db) => void db.exec(`BEGIN IMMEDIATE; ${insert}; COMMIT`),
  exclusive: (db) => void db.exec(`BEGIN EXCLUSIVE; ${insert}; COMMIT`),
}
const checkpoints = ['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE']
const steps = ['w0', 'w1', 'w2', 'r0', 'r2', 'c2'] as const

function open(path: string, isShared: boolean): Db[] {
  const options = isShared ? { experimental: ['multiprocess_wal'] } : {}
  const connections = [0, 1, 2].map(() => new Database(path, options))
  for (const db of connections) db.exec('PRAGMA synchronous=OFF')
  connections[0]!.exec('CREATE TABLE t(id INTEGER PRIMARY KEY)')
  return connections
}

function count(db: Db): number {
  return db.prepare('SELECT count(*) FROM t').pluck().get() as number
}

/** Every sequence of `length` steps, the last of them a read. */
function* histories(length: number): Generator<readonly string[]> {
  if (length === 0) return yield ['r2']
  for (const step of steps) for (const rest of histories(length - 1)) yield [step, ...rest]
}

for (const isShared of [false, true]) {
  const mode = isShared ? 'several processes' : 'one process'
  for (const [way, write] of Object.entries(ways)) {
    test(`stale cache: ${mode}, ${way}: reads are of the newest state`, (t) => {
      const path = join(temporaryFolder(), 'a.db')
      const connections = open(path, isShared)
      let rows = 0
      for (const checkpoint of checkpoints) {
        const run = (step: string): void => {
          const db = connections[Number(step[1])]!
          if (step[0] === 'w') {
            write(db)
            rows++
          } else if (step[0] === 'c') db.exec(`PRAGMA wal_checkpoint(${checkpoint})`)
          else if (count(db) !== rows) t.fail(`${step}, ${checkpoint}: ${count(db)} of ${rows}`)
        }
        for (const step of ['c1', 'w2', 'c2', 'w2', 'w0', 'r2']) run(step)
        for (const history of histories(2)) for (const step of history) run(step)
      }
      for (const db of connections) db.close()
      const tables = sqliteTables(path)
      if (tables !== null) t.is(tables['t']!.length, rows)
      t.is(sqliteIntegrity(path) ?? 'ok', 'ok')
    })
  }
}

test('stale cache: a write that could not begin leaves nothing unseen', (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const [idle, busy] = open(path, true) as [Db, Db, Db]
  for (const name of [`${path}-wal`, `${path}-tshm`]) {
    for (const write of Object.values(ways)) {
      count(idle)
      write(busy)
      const rows = count(busy)
      renameSync(name, `${name}-elsewhere`)
      t.throws(() => write(idle), { instanceOf: SqliteError })
      if (idle.inTransaction) idle.exec('ROLLBACK')
      renameSync(`${name}-elsewhere`, name)
      t.is(count(idle), rows)
      write(idle)
      t.is(count(busy), rows + 1)
    }
  }
})
