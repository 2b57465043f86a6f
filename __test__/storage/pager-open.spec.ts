/**
 * Opening: what is refused, in which words, and that nothing is written to what is refused; what is
 * converted; what an empty file is. And the rules of transactions that need more than one connection.
 */
import test from 'ava'
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { busy, SqliteError } from '../../packages/engine/src/base/error.ts'
import { Region } from '../../packages/engine/src/coordination/index.ts'
import { createTree, MemoryFile, NodeFile, Pager } from '../../packages/engine/src/storage/index.ts'
import type { PagerOptions } from '../../packages/engine/src/storage/index.ts'
import { askSqlite, hasSqlite, sqlite, temporaryFolder } from '../crash/sqlite-shell.ts'
import { randomFrom, SimulatedDisk } from '../support/faulty-file.ts'

type Overrides = Partial<PagerOptions> & { database?: Uint8Array; wal?: Uint8Array }

function open(overrides: Overrides = {}): { pager: Pager; database: MemoryFile; wal: MemoryFile } {
  const { database: databaseBytes, wal: walBytes, ...options } = overrides
  const database = new MemoryFile(databaseBytes)
  const wal = new MemoryFile(walBytes)
  const pager = Pager.open({
    path: '/simulated/none',
    databaseFile: database,
    walFile: wal,
    coordination: new Region().connect(),
    readonly: false,
    busyTimeoutMs: 0,
    ...options,
  })
  return { pager, database, wal }
}

function newDatabase(pageSize = 4096): Buffer {
  const { pager, database } = open({ pageSize })
  pager.beginWrite()
  pager.header.userVersion = 1
  pager.commit()
  pager.close()
  return Buffer.from(database.content())
}

function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = newDatabase()
  change(bytes)
  return bytes
}

const refused: [string, () => Uint8Array, RegExp, RegExp][] = [
  ['a text file', () => Buffer.from('hello '.repeat(200)), /NOTADB/, /first 16 bytes/],
  ['a short file', () => newDatabase().subarray(0, 60), /NOTADB/, /has 60 bytes/],
  ['page size 1000', () => changed((b) => b.writeUInt16BE(1000, 16)), /NOTADB/, /page size 1000/],
  ['read version 3', () => changed((b) => (b[19] = 3)), /NOTADB/, /read version 3/],
  ['payload fraction 65', () => changed((b) => (b[21] = 65)), /NOTADB/, /payload fractions/],
  [
    'too many reserved bytes',
    () => {
      const bytes = newDatabase(512)
      bytes[20] = 40
      return bytes
    },
    /NOTADB/,
    /40 reserved bytes/,
  ],
  [
    'schema format 5',
    () => changed((b) => b.writeUInt32BE(5, 44)),
    /ERROR/,
    /^unsupported file format$/,
  ],
  ['encoding 4', () => changed((b) => b.writeUInt32BE(4, 56)), /CORRUPT/, /text encoding 4/],
  ['pages missing', () => changed((b) => b.writeUInt32BE(9, 28)), /CORRUPT/, /counts 9 pages/],
]

for (const [name, make, code, message] of refused) {
  test(`open: ${name} is refused, and not written to`, (t) => {
    const bytes = make()
    const database = new MemoryFile(bytes)
    const wal = new MemoryFile()
    const error = t.throws(() => open({ databaseFile: database, walFile: wal })) as {
      code?: string
    } & Error
    t.regex(error.code ?? '', code)
    t.regex(String(error.cause ?? error.message), message)
    t.deepEqual(Buffer.from(database.content()), Buffer.from(bytes))
    t.is(wal.size(), 0)
  })
}

test('open: an empty file stays empty until the first write', (t) => {
  const { pager, database, wal } = open()
  pager.beginRead()
  t.true(pager.isEmpty)
  t.is(pager.header.schemaCookie, 0)
  pager.endRead()
  t.is(database.size(), 0)
  pager.choosePageSize(1024)
  pager.beginWrite()
  pager.header.userVersion = 3
  pager.commit()
  t.false(pager.isEmpty)
  t.is(pager.pageSize, 1024)
  t.is(database.size(), 1024)
  t.true(wal.size() > 32)
})

test('open: a log beside an empty database is dropped, as SQLite does', (t) => {
  const { pager, wal } = open()
  pager.beginWrite()
  pager.header.userVersion = 3
  pager.commit()
  const second = open({ wal: wal.content() })
  t.is(second.wal.size(), 0)
  t.true(second.pager.isEmpty)
})

test('open: of two connections on an empty file the second follows the page size of the first', (t) => {
  const files = { databaseFile: new MemoryFile(), walFile: new MemoryFile() }
  const region = new Region()
  const one = open({ ...files, coordination: region.connect(), pageSize: 1024 }).pager
  const two = open({ ...files, coordination: region.connect(), pageSize: 8192 }).pager
  one.beginWrite()
  one.header.userVersion = 3
  one.commit()
  two.beginRead()
  t.is(two.pageSize, 1024)
  t.is(two.header.userVersion, 3)
  two.endRead()
})

test('open: of two connections on an empty file the second may write after a rollback of the first', (t) => {
  const files = { databaseFile: new MemoryFile(), walFile: new MemoryFile() }
  const region = new Region()
  const one = open({ ...files, coordination: region.connect(), pageSize: 1024 }).pager
  const two = open({ ...files, coordination: region.connect(), pageSize: 8192 }).pager
  one.beginWrite()
  one.rollback()
  two.beginWrite()
  two.header.userVersion = 5
  two.commit()
  one.beginRead()
  t.is(one.header.userVersion, 5)
  one.endRead()
  t.is(two.pageSize, 1024)
})

test('open: a rollback-journal database is read as it is and converted by the first write', (t) => {
  if (!hasSqlite) return t.log('sqlite3 is not on the PATH: not tested')
  const folder = temporaryFolder(t)
  const path = join(folder, 'journal.db')
  sqlite(path, 'CREATE TABLE t(a); INSERT INTO t VALUES(1);')
  const bytes = readFileSync(path)
  t.is(bytes[18], 1)
  const { pager, database, wal } = open({ database: bytes })
  pager.beginRead()
  t.is(pager.pageCount, 2)
  pager.endRead()
  t.is(database.content()[18], 1)
  pager.beginWrite()
  t.is(database.content()[18], 2)
  pager.header.userVersion = 6
  pager.commit()
  const sql = 'PRAGMA integrity_check; PRAGMA user_version; PRAGMA journal_mode;'
  t.is(askSqlite(folder, database.content(), wal.content(), sql), 'ok\n6\nwal')
})

test('open: an auto_vacuum database in rollback format is written', (t) => {
  if (!hasSqlite) return t.log('sqlite3 is not on the PATH: not tested')
  const folder = temporaryFolder(t)
  const path = join(folder, 'vacuum.db')
  sqlite(path, 'PRAGMA auto_vacuum=full; CREATE TABLE t(a);')
  const { pager, database, wal } = open({ database: readFileSync(path) })
  pager.beginWrite()
  t.true(pager.header.largestRoot > 0)
  t.is(createTree(pager, 'table'), 4)
  pager.commit()
  const sql = 'PRAGMA page_count; PRAGMA auto_vacuum;'
  t.is(askSqlite(folder, database.content(), wal.content(), sql), '4\n1')
})

test('open: a hot journal is refused in words', (t) => {
  const path = join(temporaryFolder(t), 'hot.db')
  writeFileSync(path, newDatabase())
  writeFileSync(`${path}-journal`, Buffer.from('d9d505f920a163d700000001', 'hex'))
  const error = t.throws(() => open({ path, database: readFileSync(path) }))
  t.is((error as { code?: string }).code, 'SQLITE_BUSY_RECOVERY')
  t.regex(error.message, /unfinished transaction of SQLite/)
  truncateSync(`${path}-journal`, 0)
  t.notThrows(() => open({ path, database: readFileSync(path) }))
})

test('open: read-only sees the log and writes nothing', (t) => {
  const first = open()
  first.pager.beginWrite()
  first.pager.header.userVersion = 8
  first.pager.commit()
  const [databaseBytes, walBytes] = [first.database.content(), first.wal.content()]
  const { pager, database, wal } = open({ database: databaseBytes, wal: walBytes, readonly: true })
  pager.beginRead()
  t.is(pager.header.userVersion, 8)
  pager.endRead()
  t.throws(() => pager.beginWrite(), { message: 'attempt to write a readonly database' })
  t.throws(() => pager.checkpoint('passive'), { message: 'attempt to write a readonly database' })
  pager.close()
  t.deepEqual(database.content(), databaseBytes)
  t.deepEqual(wal.content(), walBytes)
})

test('open: read-only without a log reads the database file', (t) => {
  const { pager } = open({ database: newDatabase(), walFile: null, readonly: true })
  pager.beginRead()
  t.is(pager.header.userVersion, 1)
  pager.close()
})

test('close: the last connection leaves no log beside a real file', (t) => {
  const path = join(temporaryFolder(t), 'real.db')
  const region = new Region()
  const openReal = (): Pager =>
    Pager.open({
      path,
      databaseFile: NodeFile.open(path, existsSync(path) ? 'r+' : 'w+'),
      walFile: NodeFile.open(`${path}-wal`, existsSync(`${path}-wal`) ? 'r+' : 'w+'),
      coordination: region.connect(),
      readonly: false,
    })
  const one = openReal()
  const two = openReal()
  one.beginWrite()
  one.header.userVersion = 2
  one.commit()
  one.close()
  t.true(statSync(`${path}-wal`).size > 32)
  two.close()
  t.false(existsSync(`${path}-wal`))
  if (hasSqlite) t.is(sqlite(path, 'PRAGMA user_version'), '2')
})

function openTwo(): { one: Pager; two: Pager; region: Region } {
  const files = { databaseFile: new MemoryFile(newDatabase()), walFile: new MemoryFile() }
  const region = new Region()
  const one = open({ ...files, coordination: region.connect() }).pager
  const two = open({ ...files, coordination: region.connect() }).pager
  return { one, two, region }
}

test('beginWrite: a second writer is busy, at once without a timeout and after it with one', (t) => {
  const { one, two } = openTwo()
  one.beginWrite()
  t.throws(() => two.beginWrite(), { message: busy().message })
  t.is(two.state, 'none')
  two.busyTimeoutMs = 60
  const start = performance.now()
  t.throws(() => two.beginWrite(), { message: busy().message })
  const elapsed = performance.now() - start
  t.true(elapsed >= 59 && elapsed < 500, `waited ${elapsed} ms`)
  one.rollback()
  two.beginWrite()
  two.rollback()
})

test('beginWrite: a reader that saw an older state cannot write', (t) => {
  const { one, two } = openTwo()
  two.beginRead()
  t.is(two.header.userVersion, 1)
  one.beginWrite()
  one.header.userVersion = 2
  one.commit()
  const error = t.throws(() => two.beginWrite())
  t.is((error as { code?: string }).code, 'SQLITE_BUSY_SNAPSHOT')
  t.is(two.state, 'read')
  t.is(two.header.userVersion, 1)
  two.endRead()
  two.beginWrite()
  t.is(two.header.userVersion, 2)
  two.rollback()
})

test('beginWrite: a reader keeps its state, whether it has read a page or not', (t) => {
  const { one, two } = openTwo()
  two.beginRead()
  one.beginWrite()
  one.header.userVersion = 2
  one.commit()
  const error = t.throws(() => two.beginWrite())
  t.is((error as { code?: string }).code, 'SQLITE_BUSY_SNAPSHOT')
  t.is(two.state, 'read')
  two.endRead()
  two.beginWrite()
  t.is(two.header.userVersion, 2)
  two.commit()
})

test('checkpoint: inside a transaction it is refused as by SQLite', (t) => {
  const { one } = openTwo()
  one.beginRead()
  const error = t.throws(() => one.checkpoint('passive'))
  t.is((error as { code?: string }).code, 'SQLITE_LOCKED')
})

test('checkpoint: a reader holds it back, and the row says so', (t) => {
  const { one, two } = openTwo()
  const commit = (version: number): void => {
    one.beginWrite()
    one.header.userVersion = version
    one.commit()
  }
  commit(2)
  two.beginRead()
  commit(3)
  const partial = { logFrames: 2, checkpointedFrames: 1 }
  t.deepEqual(one.checkpoint('passive'), { busy: false, ...partial })
  t.deepEqual(one.checkpoint('full'), { busy: true, ...partial })
  t.deepEqual(one.checkpoint('truncate'), { busy: true, ...partial })
  t.is(two.header.userVersion, 2)
  two.endRead()
  const whole = { logFrames: 2, checkpointedFrames: 2 }
  t.deepEqual(one.checkpoint('full'), { busy: false, ...whole })
  two.beginRead()
  t.deepEqual(one.checkpoint('restart'), { busy: true, ...whole })
  two.endRead()
  t.deepEqual(one.checkpoint('truncate'), { busy: false, logFrames: 0, checkpointedFrames: 0 })
})

test('checkpoint: beside a writer TRUNCATE does the part of PASSIVE', (t) => {
  const { one, two } = openTwo()
  two.beginWrite()
  t.deepEqual(one.checkpoint('truncate'), { busy: true, logFrames: 0, checkpointedFrames: 0 })
  two.rollback()
})

test('log: a writer restarts it when all is backfilled and nobody reads', (t) => {
  const { one, two } = openTwo()
  const commit = (): void => {
    one.beginWrite()
    one.header.userVersion += 1
    one.commit()
  }
  commit()
  commit()
  one.checkpoint('passive')
  two.beginRead()
  commit()
  t.is(one.walFrames, 3)
  two.endRead()
  one.checkpoint('passive')
  commit()
  t.is(one.walFrames, 1)
})

test('failure: after a failed sync the pager reads on, and writes no more until it is opened anew', (t) => {
  const disk = new SimulatedDisk()
  const options = { databaseFile: disk.open('db'), walFile: disk.open('wal') }
  const { pager } = open(options)
  pager.beginWrite()
  pager.header.userVersion = 1
  pager.commit()
  pager.beginWrite()
  pager.header.userVersion = 2
  disk.failAt(2, 'io')
  t.throws(() => pager.commit(), { message: 'disk I/O error' })
  pager.rollback()
  pager.beginRead()
  t.is(pager.header.userVersion, 1)
  pager.endRead()
  t.throws(() => pager.beginWrite(), { message: /an earlier write failed/ })
  t.throws(() => pager.checkpoint('passive'), { message: /an earlier write failed/ })
  pager.close()
  const reopened = open(options).pager
  reopened.beginRead()
  t.is(reopened.header.userVersion, 1)
})

test('failure: after a failed write of frames the transaction is rolled back and work goes on', (t) => {
  const disk = new SimulatedDisk()
  const { pager } = open({ databaseFile: disk.open('db'), walFile: disk.open('wal') })
  pager.beginWrite()
  pager.header.userVersion = 1
  pager.commit()
  pager.beginWrite()
  pager.header.userVersion = 2
  disk.failAt(1, 'io')
  t.throws(() => pager.commit(), { message: 'disk I/O error' })
  pager.rollback()
  pager.beginRead()
  t.is(pager.header.userVersion, 1)
  pager.endRead()
  pager.beginWrite()
  pager.header.userVersion = 3
  pager.commit()
  pager.beginRead()
  t.is(pager.header.userVersion, 3)
})

test('failure: after a full disk the transaction is rolled back and work goes on', (t) => {
  const disk = new SimulatedDisk()
  const { pager } = open({ databaseFile: disk.open('db'), walFile: disk.open('wal') })
  pager.beginWrite()
  pager.header.userVersion = 1
  pager.commit()
  pager.beginWrite()
  pager.header.userVersion = 2
  disk.failAt(1, 'full')
  t.throws(() => pager.commit(), { message: 'database or disk is full' })
  pager.rollback()
  pager.beginWrite()
  t.is(pager.header.userVersion, 1)
  pager.header.userVersion = 3
  pager.commit()
  pager.beginRead()
  t.is(pager.header.userVersion, 3)
})

test('cache: only what another connection changed is dropped', (t) => {
  const { one, two } = openTwo()
  one.beginWrite()
  for (let pgno = 2; pgno <= 20; pgno++) one.create(pgno).data[0] = 1
  one.commit()
  two.beginRead()
  const kept = two.get(7)
  const lost = two.get(8)
  two.endRead()
  one.beginWrite()
  const page = one.get(8)
  one.write(page)
  page.data[0] = 2
  one.commit()
  const before = two.dataVersion
  two.beginRead()
  t.is(two.get(7), kept)
  t.not(two.get(8), lost)
  t.is(two.get(8).data[0], 2)
  t.is(two.dataVersion, before + 1)
  two.endRead()
  // Neither a checkpoint nor a restart of the log changes the database.
  one.checkpoint('truncate')
  two.beginRead()
  t.is(two.get(7), kept)
  t.is(two.dataVersion, before + 1)
  two.endRead()
})

test('open: whatever bits are flipped, the answer is a database or a SqliteError', (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  t.log(`SEED=${seed}`)
  const random = randomFrom(seed)
  const first = open({ pageSize: 512 })
  for (let version = 1; version < 6; version++) {
    first.pager.beginWrite()
    first.pager.create(version + 1)
    first.pager.header.userVersion = version
    first.pager.commit()
    if (version === 3) first.pager.checkpoint('passive')
  }
  const [databaseBytes, walBytes] = [first.database.content(), first.wal.content()]
  let opened = 0
  for (let run = 0; run < 1500; run++) {
    const damaged = [databaseBytes.slice(), walBytes.slice()]
    for (let flips = 1 + Math.floor(random() * 4); flips > 0; flips--) {
      const bytes = damaged[random() < 0.5 ? 0 : 1]!
      const range = random() < 0.7 ? 100 : bytes.length
      bytes[Math.floor(random() * range)]! ^= 1 << Math.floor(random() * 8)
    }
    try {
      const { pager } = open({ database: damaged[0]!, wal: damaged[1]! })
      pager.beginRead()
      for (let pgno = 1; pgno <= Math.min(pager.pageCount, 50); pgno++) pager.get(pgno)
      pager.endRead()
      pager.beginWrite()
      pager.header.userVersion = 99
      pager.commit()
      pager.close()
      opened++
    } catch (error) {
      t.true(error instanceof SqliteError, `SEED=${seed} run=${run}: ${String(error)}`)
    }
  }
  t.true(opened > 100 && opened < 1400, `${opened} of 1500 opened`)
})
