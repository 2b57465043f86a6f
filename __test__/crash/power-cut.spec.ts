/**
 * A workload on a simulated disk is cut off at every write, sync and truncation in turn. Then the power fails:
 * what was not synced survives in part. The database is opened again, and must hold exactly the last
 * acknowledged commit, or the one that was under way; SQLite must agree and find it sound.
 *
 * The workload inserts into and deletes from a real table, spills, uses savepoints, rolls back and
 * checkpoints. SEED=… repeats a run.
 */
import test from 'ava'
import { Region } from '../../packages/engine/src/coordination/index.ts'
import { Pager, TableTree } from '../../packages/engine/src/storage/index.ts'
import type { Synchronous } from '../../packages/engine/src/storage/index.ts'
import { randomFrom, SimulatedDisk } from '../support/faulty-file.ts'
import { askSqlite, hasSqlite, sqlite, temporaryFolder } from './sqlite-shell.ts'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
/** Root of the only table, `t(a)`, as SQLite lays it out. */
const root = 2

function open(disk: SimulatedDisk, synchronous: Synchronous, multiprocess: boolean): Pager {
  return Pager.open({
    path: '/simulated/none',
    databaseFile: disk.open('db'),
    walFile: disk.open('wal'),
    coordination: new Region(multiprocess).connect(),
    readonly: false,
    cacheSize: 12,
    synchronous,
    busyTimeoutMs: 0,
    removeLog: () => disk.open('wal').truncate(0),
  })
}

/** A record of one BLOB. */
function record(bytes: Uint8Array): Uint8Array {
  const serialType = bytes.length * 2 + 12
  return Buffer.concat([Buffer.of(3, 0x80 | (serialType >> 7), serialType & 0x7f), bytes])
}

type Rows = Map<number, number>

/** Acknowledged commits: `states[k]` is what the table holds after commit k. */
interface Outcome {
  states: Rows[]
  acknowledged: number
}

/** Runs until done or stopped. Row `r` holds `rows.get(r)` bytes of value `r & 255`; user_version counts commits. */
function work(
  disk: SimulatedDisk,
  synchronous: Synchronous,
  workSeed: number,
  multiprocess = false,
): Outcome {
  const random = randomFrom(workSeed)
  const outcome: Outcome = { states: [new Map()], acknowledged: 0 }
  try {
    const pager = open(disk, synchronous, multiprocess)
    pager.autoCheckpoint.frames = 30
    let rows: Rows = new Map()
    for (let transaction = 0; transaction < 24; transaction++) {
      const next = new Map(rows)
      pager.beginWrite()
      const table = new TableTree(pager, root)
      const changeSome = (model: Rows, count: number): void => {
        for (let i = 0; i < count; i++) {
          const rowid = 1 + Math.floor(random() * 40)
          if (random() < 0.3) {
            table.delete(rowid)
            model.delete(rowid)
          } else {
            const size = 60 + Math.floor(random() * 1500)
            const payload = record(new Uint8Array(size).fill(rowid))
            table.insert(rowid, payload, payload.length)
            model.set(rowid, size)
          }
        }
      }
      changeSome(next, 1 + Math.floor(random() * 20))
      if (random() < 0.5) {
        const mark = pager.savepoint()
        changeSome(new Map(next), 1 + Math.floor(random() * 10))
        pager.rollbackTo(mark)
        pager.release(mark)
      }
      if (random() < 0.15) {
        pager.rollback()
        continue
      }
      pager.header.userVersion = outcome.states.length
      outcome.states.push(next)
      pager.commit()
      rows = next
      outcome.acknowledged = outcome.states.length - 1
      const choice = random()
      if (choice < 0.1) pager.checkpoint('truncate')
      else if (choice < 0.2) pager.checkpoint('restart')
    }
    pager.close()
  } catch (error) {
    // A rollback that meets the end goes on in memory; the next call then says that a write failed.
    if (!disk.isStopped) throw error
  }
  return outcome
}

/** The number of the commit that the database holds, and its rows as "rowid:size" text. */
const question =
  "PRAGMA integrity_check; PRAGMA user_version; SELECT coalesce(group_concat(rowid || ':' || length(a)), '') FROM (SELECT rowid, a FROM t ORDER BY rowid);"

function describe(commit: number, rows: Rows): string {
  const sorted = [...rows].sort((left, right) => left[0] - right[0])
  return `ok\n${commit}\n${sorted.map(([rowid, size]) => `${rowid}:${size}`).join(',')}`.trim()
}

function newDisk(folder: string): SimulatedDisk {
  const path = join(folder, 'new.db')
  sqlite(path, 'PRAGMA page_size=512; CREATE TABLE t(a);')
  const disk = new SimulatedDisk()
  disk.open('db').write([readFileSync(path)], 0)
  disk.open('db').sync()
  return disk
}

for (const [name, synchronous, multiprocess] of [
  ['FULL', 2, false],
  ['NORMAL', 1, false],
  ['FULL', 2, true],
  ['NORMAL', 1, true],
] as const) {
  const mode = multiprocess ? 'several processes' : 'one process'
  test(`power cut: at any call of ${mode} with synchronous=${name}, whole commits survive`, (t) => {
    if (!hasSqlite) return t.log('sqlite3 is not on the PATH: not tested')
    t.log(`SEED=${seed}`)
    const folder = temporaryFolder(t)
    const initial = newDisk(folder)
    const whole = initial.kill()
    work(whole, synchronous, seed, multiprocess)
    const { calls } = whole
    t.true(calls > 60)
    for (let call = 1; call <= calls; call += 1 + Math.floor(calls / 70)) {
      const disk = initial.kill()
      disk.failAt(call, 'stop')
      const { states, acknowledged } = work(disk, synchronous, seed, multiprocess)
      const survivor = disk.crash(seed + call)
      const context = `SEED=${seed} call=${call}`

      const [database, wal] = [survivor.open('db').content(), survivor.open('wal').content()]
      const bySqlite = askSqlite(folder, database, wal, question)

      const pager = open(survivor, 2, multiprocess)
      pager.beginRead()
      const commit = pager.header.userVersion
      pager.endRead()
      // Closing checkpoints, so that SQLite judges the database file by itself.
      pager.close()
      const byUs = askSqlite(folder, survivor.open('db').content(), new Uint8Array(0), question)

      const oldest = synchronous === 2 ? acknowledged : 0
      t.true(commit >= oldest && commit < states.length, `${context}: commit ${commit}`)
      t.is(byUs, describe(commit, states[commit]!), context)
      t.is(bySqlite, byUs, context)
    }
  })
}

test('kill: a process that dies at any call loses nothing that was acknowledged', (t) => {
  if (!hasSqlite) return t.log('sqlite3 is not on the PATH: not tested')
  t.log(`SEED=${seed}`)
  const folder = temporaryFolder(t)
  const initial = newDisk(folder)
  const whole = initial.kill()
  work(whole, 0, seed)
  for (let call = 1; call <= whole.calls; call += 2) {
    const disk = initial.kill()
    disk.failAt(call, 'stop')
    // Without any sync: the system that goes on running has everything.
    const { states, acknowledged } = work(disk, 0, seed)
    const survivor = disk.kill()
    const pager = open(survivor, 2, false)
    pager.beginRead()
    const commit = pager.header.userVersion
    pager.endRead()
    pager.close()
    const answer = askSqlite(folder, survivor.open('db').content(), new Uint8Array(0), question)
    t.true(commit === acknowledged || commit === acknowledged + 1, `SEED=${seed} call=${call}`)
    t.is(answer, describe(commit, states[commit]!), `SEED=${seed} call=${call}`)
  }
})

for (const fault of ['io', 'full'] as const) {
  test(`fault: a call that fails (${fault}) never corrupts`, (t) => {
    if (!hasSqlite) return t.log('sqlite3 is not on the PATH: not tested')
    t.log(`SEED=${seed}`)
    const folder = temporaryFolder(t)
    const initial = newDisk(folder)
    const whole = initial.kill()
    work(whole, 2, seed)
    for (let call = 1; call <= whole.calls; call += 3) {
      const disk = initial.kill()
      disk.failAt(call, fault)
      let error: unknown = null
      const outcome: Outcome = { states: [], acknowledged: 0 }
      try {
        Object.assign(outcome, work(disk, 2, seed))
      } catch (caught) {
        error = caught
      }
      if (error !== null) {
        const { code } = error as { code?: string }
        t.regex(code ?? String(error), /^SQLITE_(IOERR|FULL)/, `SEED=${seed} call=${call}`)
      }
      const survivor = disk.kill()
      open(survivor, 2, false).close()
      const answer = askSqlite(folder, survivor.open('db').content(), new Uint8Array(0), question)
      t.true(answer.startsWith('ok\n'), `SEED=${seed} call=${call}: ${answer}`)
    }
  })
}
