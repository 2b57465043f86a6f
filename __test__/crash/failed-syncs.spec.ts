/**
 * Several processes commit at FULL, share their syncs, and some of the syncs fail. Whatever error a sync fails with, it is an error, and the
 * process that hears of it opens the database anew. Nothing that was acknowledged is missing afterwards, also when the power fails, and the
 * file is sound.
 */
import test from 'ava'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { diskOf, errno } from '../support/faulty-system.ts'
import { Worker } from '../support/processes.ts'
import { hasSqlite, sqlite, temporaryFolder } from './sqlite-shell.ts'

const seed = Number(process.env['SEED'] ?? 1)
const commits = 40

interface Told {
  readonly acknowledged: number[]
  readonly codes: string[]
}

for (const [name, fault] of Object.entries(errno)) {
  test(`failed syncs: ${name} among three writers loses nothing that was acknowledged`, async (t) => {
    if (!hasSqlite) return t.log('sqlite3 is not on the PATH: not tested')
    t.timeout(90_000)
    t.log(`SEED=${seed}`)
    const folder = temporaryFolder(t)
    const path = join(folder, 'a.db')
    sqlite(path, 'PRAGMA journal_mode=WAL; CREATE TABLE t(a INTEGER PRIMARY KEY, b);')
    const before = readFileSync(path)
    const ledger = join(folder, 'ledger')
    writeFileSync(ledger, '')
    const workers = [0, 1, 2].map((me) => {
      const told = { path, ledger, fault, me, commits, at: 3 + ((seed + 2 * me) % 5) }
      return new Worker('failed-syncs', [JSON.stringify(told)])
    })
    t.teardown(() => Promise.all(workers.map((worker) => worker.kill())))
    const told: Told[] = []
    for (const worker of workers) told.push((await worker.next(60_000)) as Told)
    for (const worker of workers) await worker.ended

    const codes = new Set(told.flatMap((each) => each.codes))
    t.true(codes.has('SQLITE_IOERR_FSYNC'), [...codes].join())
    t.false(codes.has('SQLITE_FULL'), 'a sync is no write')
    t.false(codes.has('SQLITE_CORRUPT'))
    const acknowledged = told.flatMap((each) => each.acknowledged)
    const judge = (file: string, what: string): void => {
      t.is(sqlite(file, 'PRAGMA integrity_check'), 'ok', what)
      const found = new Set(sqlite(file, 'SELECT a FROM t').split('\n').map(Number))
      t.deepEqual(
        acknowledged.filter((row) => !found.has(row)),
        [],
        `${what}: acknowledged and missing`,
      )
    }
    for (let cut = 0; cut < 3; cut++) {
      const survivor = diskOf(ledger, before, new Uint8Array(0)).crash(seed + cut)
      const copy = join(folder, `cut-${cut}.db`)
      writeFileSync(copy, survivor.open('db').content())
      writeFileSync(`${copy}-wal`, survivor.open('wal').content())
      judge(copy, `after power cut ${cut}`)
    }
    judge(path, 'as the system has it')
  })
}
