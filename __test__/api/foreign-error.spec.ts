/**
 * Errors that are no answer of the database, thrown at each step of what the engine does to a file: the transaction is whole or was never
 * there, as the answer said; the connection goes on, and nobody else is kept waiting.
 */
import test, { type ExecutionContext } from 'ava'
import { join } from 'node:path'
import { Connection } from '../../packages/engine/src/api/connection/connection.ts'
import { parseOpenRequest } from '../../packages/engine/src/api/open/options.ts'
import { SharedCoordination } from '../../packages/engine/src/coordination/shared.ts'
import { Region } from '../../packages/engine/src/coordination/index.ts'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { Pager } from '../../packages/engine/src/storage/index.ts'
import { Log } from '../../packages/engine/src/storage/wal/log.ts'
import { Foreign, SimulatedDisk } from '../support/faulty-file.ts'
import { temporaryFolder } from '../support/temporary.ts'

const isForeign = (error: unknown): boolean => error instanceof Foreign

// ── Thrown by the files ──

/** A connection to simulated files, and another one. */
class Stage {
  readonly disk = new SimulatedDisk()
  readonly region = new Region(true)
  readonly one: Connection = this.open()
  readonly other: Connection = this.open()

  open(): Connection {
    const pager = Pager.open({
      path: '/none/a.db',
      databaseFile: this.disk.open('db'),
      walFile: this.disk.open('wal'),
      coordination: this.region.connect(),
      readonly: false,
      pageSize: 512,
      cacheSize: 12,
      synchronous: 2,
      busyTimeoutMs: 0,
    })
    const request = { ...parseOpenRequest(':memory:', {}), isMemory: false, path: '' }
    return new Connection(request, pager)
  }
}

function ask(connection: Connection, sql: string): unknown {
  return connection.prepare(sql).get([], 'pluck', 'rounded')
}

const setUp = 'CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); CREATE INDEX ta ON t(a)'
const filler = 'x'.repeat(120)
const one = `INSERT INTO t(a, b) SELECT 1 + count(*), '${filler}' FROM t`
const many = Array.from({ length: 60 }, () => one).join(';')

/** What is run, and the rows that it adds where it is acknowledged. */
const works: readonly (readonly [name: string, sql: readonly string[], rows: number])[] = [
  ['a commit', [one], 1],
  ['a transaction that outgrows its cache', ['BEGIN', many, 'COMMIT'], 60],
  [
    'a savepoint that outgrows its cache',
    ['BEGIN', 'SAVEPOINT s', many, 'ROLLBACK TO s', one, 'COMMIT'],
    1,
  ],
  ['a checkpoint', [one, 'PRAGMA wal_checkpoint(TRUNCATE)'], 1],
  ['a commit that checkpoints', ['PRAGMA wal_autocheckpoint = 1', one, one], 2],
  ['a rollback', ['BEGIN', many, 'ROLLBACK'], 0],
]

for (const [name, sql, rows] of works) {
  test(`foreign error: thrown by a file, in ${name}`, (t) => {
    let isDone = false
    for (let call = 1; !isDone; call++) {
      t.true(call < 500)
      const stage = new Stage()
      stage.one.exec(setUp)
      stage.one.exec(one)
      stage.disk.failAt(call, 'foreign')
      const before = stage.disk.calls
      let added = 0
      let failure: unknown = null
      let inTransaction = 0
      try {
        for (const text of sql) {
          stage.one.exec(text)
          if (text === 'BEGIN') inTransaction = 1
          if (text === 'COMMIT') added = rows
          else if (text === one && inTransaction === 0) added++
        }
      } catch (error) {
        failure = error
        t.true(isForeign(error), `${call}: ${String(error)}`)
      }
      isDone = stage.disk.calls < before + call
      stage.disk.failAt(Infinity, 'foreign')
      checkAfter(t, stage, 1 + added, `call ${call}`)
      if (failure !== null) t.false(stage.one.inTransaction)
    }
  })
}

/** The connection itself goes on first here: `stack-end.spec.ts` begins with the other one. */
function checkAfter(
  t: ExecutionContext,
  { one: first, other }: Stage,
  rows: number,
  where: string,
): void {
  t.is(ask(first, 'SELECT count(*) FROM t'), rows, where)
  other.exec(one)
  other.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  first.exec(one)
  t.is(ask(other, 'SELECT count(*) FROM t'), rows + 2, where)
  t.is(ask(first, 'SELECT count(*) FROM t'), rows + 2, where)
  t.is(ask(other, 'PRAGMA integrity_check'), 'ok', where)
  first.close()
  other.close()
}

// ── Thrown by methods ──

type Method = (this: unknown, ...args: unknown[]) => unknown

/** Runs `body` while the `nth` call of a method throws, before it has done its work or after. @returns whether it was reached */
function failing(
  owner: object,
  name: string,
  nth: number,
  isAfter: boolean,
  body: () => void,
): boolean {
  const method = Reflect.get(owner, name) as Method
  let calls = 0
  Reflect.set(owner, name, function (this: unknown, ...args: unknown[]): unknown {
    const isIt = ++calls === nth
    if (isIt && !isAfter) throw new Foreign(name)
    const answer = method.apply(this, args)
    if (isIt) throw new Foreign(name)
    return answer
  })
  try {
    body()
  } finally {
    Reflect.set(owner, name, method)
  }
  return calls >= nth
}

const steps: readonly (readonly [object, readonly string[]])[] = [
  [
    Pager.prototype,
    [
      'get',
      'write',
      'create',
      'beginRead',
      'endRead',
      'beginWrite',
      'commit',
      'savepoint',
      'release',
      'rollbackTo',
      'rollback',
    ],
  ],
  [
    Log.prototype,
    [
      'readPage',
      'takeChanges',
      'remember',
      'beginWrite',
      'endWrite',
      'commit',
      'spill',
      'rollback',
    ],
  ],
  [
    SharedCoordination.prototype,
    [
      'beginRead',
      'endRead',
      'beginWrite',
      'endWrite',
      'reserveTransaction',
      'publishCommit',
      'beginCheckpoint',
      'latestFrames',
      'publishBackfill',
      'endCheckpoint',
    ],
  ],
]

type Db = InstanceType<typeof Database>

const next = 'INSERT INTO t(x, y) SELECT 1 + max(x), hex(zeroblob(500)) FROM t'

const operations: Readonly<Record<string, readonly [rows: number, run: (db: Db) => void]>> = {
  insert: [1, (db) => void db.exec(next)],
  'transaction()': [3, (db) => db.transaction(() => void db.exec(`${next}; ${next}; ${next}`))()],
  savepoints: [
    1,
    (db) => void db.exec(`BEGIN; ${next}; SAVEPOINT a; ${next}; ROLLBACK TO a; COMMIT`),
  ],
  'a large transaction': [
    30,
    (db) => void db.exec(`BEGIN; ${`${next};`.repeat(30)} COMMIT; PRAGMA wal_checkpoint(TRUNCATE)`),
  ],
  'a statement that fails': [
    0,
    (db) => {
      try {
        db.exec('INSERT INTO t(x) VALUES (100000), (1)')
      } catch (error) {
        if (!(error instanceof SqliteError)) throw error
      }
    },
  ],
  query: [0, (db) => void db.prepare('SELECT * FROM t ORDER BY y').all()],
  iterate: [
    0,
    (db) => {
      for (const row of db.prepare('SELECT * FROM t').iterate()) void row
    },
  ],
}

for (const mode of ['memory', 'single', 'multi'] as const) {
  test(`foreign error: ${mode}: thrown by each step of a transaction`, (t) => {
    const folder = temporaryFolder()
    const path = mode === 'memory' ? ':memory:' : join(folder, 'a.db')
    const options = mode === 'multi' ? { experimental: ['multiprocess_wal'] } : {}
    const open = (): Db => {
      const db = new Database(path, { ...options, timeout: 0 })
      db.pragma('synchronous = OFF')
      db.pragma('cache_size = 10')
      return db
    }
    const db = open()
    const other = mode === 'memory' ? null : open()
    db.exec(`CREATE TABLE t(id INTEGER PRIMARY KEY, x UNIQUE, y); INSERT INTO t(x) VALUES (1)`)
    let rows = 1
    let reached = 0
    const count = (one: Db): unknown => one.prepare('SELECT count(*) FROM t').pluck().get()
    for (const [name, [added, run]] of Object.entries(operations)) {
      for (const [owner, names] of steps) {
        for (const step of names) {
          for (const nth of [1, 4]) {
            for (const isAfter of nth === 1 ? [false, true] : [false]) {
              const where = `${name}, ${step}, ${nth}, ${isAfter ? 'after' : 'before'}`
              let isAcknowledged = false
              const isReached = failing(owner, step, nth, isAfter, () => {
                try {
                  run(db)
                  isAcknowledged = true
                } catch (error) {
                  t.true(isForeign(error) || error instanceof SqliteError, where)
                }
              })
              if (!isReached) {
                rows += added
                continue
              }
              reached++
              if (other !== null) {
                t.notThrows(() => other.exec(next), where)
                rows++
                const [row] = other.pragma('wal_checkpoint(RESTART)') as { busy: number }[]
                t.is(row!.busy, 0, where)
              }
              if (db.inTransaction) db.exec('ROLLBACK')
              const now = count(db) as number
              if (isAcknowledged || now !== rows + added || name !== 'a large transaction') {
                t.is(now, rows + (isAcknowledged ? added : 0), where)
              }
              rows = now
              if (reached % 40 === 0)
                t.is(db.pragma('integrity_check', { simple: true }), 'ok', where)
            }
          }
        }
      }
      db.exec('DELETE FROM t WHERE x > 1')
      rows = 1
    }
    t.true(reached > 50)
    t.is(db.pragma('integrity_check', { simple: true }), 'ok')
    other?.close()
    db.close()
    if (mode === 'memory') return
    const again = open()
    t.is(count(again), rows)
    again.close()
  })
}
