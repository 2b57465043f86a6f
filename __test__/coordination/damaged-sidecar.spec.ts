/**
 * A coordination file with any bytes in it. If nobody has it open, whoever comes first makes it right and nothing is lost. While it is in
 * use it may cost answers: then they are errors of SQLite's, and the next to open it alone makes it right.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, SqliteError, status } from '../../packages/engine/src/index.ts'
import { copyFile } from '../support/copy-file.ts'
import { multiprocess } from '../support/remote.ts'
import { createRandom } from '../support/random.ts'
import type { Random } from '../support/random.ts'

const options = { ...multiprocess, timeout: 20 }

// In memory where that can be had: nothing here is about disks.
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'chorusdb-test-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'a.db')
const kept = join(folder, 'kept')
const suffixes = ['', '-wal', '-tshm']

/** A database as it is left by a process that died: a log with frames, half of them copied back. */
test.before(() => {
  const db = new Database(path, options)
  db.exec('PRAGMA synchronous = OFF; CREATE TABLE t(a INTEGER PRIMARY KEY, b)')
  const insert = db.prepare('INSERT INTO t(b) VALUES (?)')
  for (let i = 0; i < 10; i++) insert.run('x'.repeat(1000))
  db.exec('PRAGMA wal_checkpoint(PASSIVE)')
  for (let i = 0; i < 10; i++) insert.run('y'.repeat(1000))
  for (const suffix of suffixes) copyFile(path + suffix, kept + suffix)
  db.close()
})

type Change = readonly [at: number, bytes: Uint8Array]

/** Where the fields are, and the first entries and hash slots of the index. */
const places: readonly (readonly [from: number, to: number])[] = [
  [0, 56],
  [40, 116],
  [48, 192],
  [192, 1232],
  [2048, 2168],
  [2168, 3704],
  [0, 4096],
  [4096, 4096 + 640],
  [4096 + 65_536, 4096 + 81_920],
]

function draw(random: Random): Change[] {
  return Array.from({ length: 1 + random.below(5) }, () => {
    const [from, to] = random.pick(places)
    const size = random.pick([1, 2, 4, 8, 8, 8, 16, 64, 512])
    const at = from + random.below(to - from)
    const aligned = at - (at % Math.min(size, 8))
    const fill = random.below(4)
    const bytes =
      fill === 0
        ? new Uint8Array(size).fill(0xff)
        : fill === 1
          ? new Uint8Array(size)
          : fill === 2
            ? random.bytes(size)
            : Uint8Array.from({ length: size }, (_, i) => (i === 0 ? 1 + random.below(255) : 0))
    return [aligned, bytes] as const
  })
}

function write(file: number, changes: readonly Change[]): void {
  for (const [at, bytes] of changes) writeSync(file, bytes, 0, bytes.length, at)
}

const show = (changes: readonly Change[]): string =>
  changes.map(([at, bytes]) => `${at}: ${Buffer.from(bytes).toString('hex')}`).join(', ')

function restore(): void {
  for (const suffix of suffixes) copyFile(kept + suffix, path + suffix)
}

function works(t: ExecutionContext, db: Database, rows: number): void {
  t.deepEqual(db.prepare('SELECT count(*), max(a) FROM t').raw().get(), [rows, rows])
  db.exec("PRAGMA synchronous = OFF; INSERT INTO t(b) VALUES ('z')")
  t.is(db.prepare('SELECT count(*) FROM t').pluck().get(), rows + 1)
  t.is(db.pragma('integrity_check', { simple: true }), 'ok')
}

test.serial('damaged -tshm: nobody has it open, and it is made right by the first to come', (t) => {
  t.timeout(120_000)
  const random = createRandom(1)
  t.log(`SEED=${random.seed}`)
  for (let round = 0; round < 500; round++) {
    restore()
    const changes = draw(random)
    const file = openSync(`${path}-tshm`, 'r+')
    write(file, changes)
    closeSync(file)
    try {
      if (round % 20 === 0) status(path)
      const db = new Database(path, options)
      works(t, db, 20)
      db.close()
    } catch (error) {
      t.fail(`${show(changes)}: ${String(error)}`)
      return
    }
  }
  t.pass()
})

test.serial('damaged -tshm: eight bytes of ones anywhere in the header', (t) => {
  for (let at = 0; at < 192; at += 4) {
    restore()
    const file = openSync(`${path}-tshm`, 'r+')
    write(file, [[at, new Uint8Array(8).fill(0xff)]])
    closeSync(file)
    const db = new Database(path, options)
    works(t, db, 20)
    db.close()
  }
})

/** What may be answered while it is damaged. */
const refusals = /^SQLITE_(BUSY|CORRUPT|PROTOCOL|IOERR|NOTADB|FULL|CANTOPEN|READONLY)/

test.serial('damaged log: whatever is in it, the answer is one of SQLite', (t) => {
  const random = createRandom(3)
  t.log(`SEED=${random.seed}`)
  const size = statSync(`${kept}-wal`).size
  for (let round = 0; round < 200; round++) {
    restore()
    // Headers of log and frames oftener than pages. @returns the descriptor, which whoever has the database open keeps: where locks are
    // classic, its end would drop all that there are
    const damage = (): number => {
      const file = openSync(`${path}-wal`, 'r+')
      const frame = 32 + random.below(Math.floor(size / 4120)) * 4120
      const at = random.pick([0, frame, frame, frame + 24]) + random.below(40)
      write(file, [[at, random.pick([random.bytes(4), new Uint8Array(4), random.bytes(1)])]])
      if (random.below(8) === 0) ftruncateSync(file, random.below(size))
      return file
    }
    if (round % 2 === 0) closeSync(damage())
    let opened = -1
    try {
      const db = new Database(path, options)
      if (round % 2 === 1) opened = damage()
      try {
        db.prepare('SELECT count(*), max(a) FROM t').get()
        db.exec("PRAGMA synchronous = OFF; INSERT INTO t(b) VALUES ('z')")
        db.pragma('integrity_check')
        db.pragma('wal_checkpoint(PASSIVE)')
      } finally {
        db.close()
      }
    } catch (error) {
      if (error instanceof SqliteError && refusals.test(error.code)) continue
      t.fail(`round ${round}: ${(error as Error).stack}`)
      return
    } finally {
      // Every connection is closed.
      if (opened >= 0) closeSync(opened)
    }
  }
  t.pass()
})

test.serial('damaged -tshm: in use it costs no process, and no more than answers', (t) => {
  t.timeout(120_000)
  const random = createRandom(2)
  t.log(`SEED=${random.seed}`)
  for (let round = 0; round < 60; round++) {
    restore()
    const [one, two] = [new Database(path, options), new Database(path, options)]
    one.exec('PRAGMA synchronous = OFF')
    two.prepare('SELECT count(*) FROM t').get()
    const file = openSync(`${path}-tshm`, 'r+')
    const changes = draw(random)
    const calls: readonly (() => unknown)[] = [
      () => one.exec("INSERT INTO t(b) VALUES ('z')"),
      () => two.prepare('SELECT count(*), max(b) FROM t').get(),
      () => two.exec("BEGIN IMMEDIATE; INSERT INTO t(b) VALUES ('z'); COMMIT"),
      () => one.pragma('wal_checkpoint(TRUNCATE)'),
      () => two.pragma('integrity_check'),
      () => status(path),
      () => new Database(path, options).close(),
    ]
    write(file, changes)
    for (let i = 0; i < 6; i++) {
      const call = i === 0 ? calls[round % calls.length]! : random.pick(calls)
      try {
        call()
      } catch (error) {
        const { code } = error as SqliteError
        if (error instanceof SqliteError && refusals.test(code)) continue
        t.fail(`${show(changes)}: ${call.toString()}: ${(error as Error).stack}`)
        return
      }
    }
    for (const db of [one, two]) {
      try {
        db.close()
      } catch (error) {
        if (!(error instanceof SqliteError)) t.fail(`${show(changes)}: ${String(error)}`)
      }
    }
    // Not before: where locks are classic, the end of a descriptor of the file drops all that there are.
    closeSync(file)
  }
  restore()
  const db = new Database(path, options)
  works(t, db, 20)
  db.close()
})
