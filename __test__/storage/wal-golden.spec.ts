/**
 * The log's format, with SQLite as the judge: a log that SQLite leaves behind opens in ours, one that we leave
 * behind is recovered by SQLite, for every page size and text encoding. And recovery from a log that
 * is cut off, torn or flipped at any place: always the last whole commit, never an error.
 */
import test from 'ava'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { Region } from '../../packages/engine/src/coordination/index.ts'
import { isNativeAvailable, loadNative } from '../../packages/engine/src/coordination/native.ts'
import { MemoryFile, Pager, TableCursor } from '../../packages/engine/src/storage/index.ts'
import { scriptCodec } from '../../packages/engine/src/storage/wal/codec.ts'
import { walChecksum } from '../../packages/engine/src/storage/wal/checksum.ts'
import { composeWalHeader } from '../../packages/engine/src/storage/wal/header.ts'
import { recoverLog } from '../../packages/engine/src/storage/wal/recovery.ts'
import { askSqlite, hasSqlite, temporaryFolder } from '../crash/sqlite-shell.ts'
import { copyFile } from '../support/copy-file.ts'

function open(database: Uint8Array, wal: Uint8Array): { pager: Pager; files: MemoryFile[] } {
  const files = [new MemoryFile(database), new MemoryFile(wal)]
  const pager = Pager.open({
    path: '/simulated/none',
    databaseFile: files[0]!,
    walFile: files[1]!,
    coordination: new Region().connect(),
    readonly: false,
  })
  return { pager, files }
}

/** Makes a database with SQLite whose log is still there, as if the process had died. */
function leaveBehind(folder: string, sql: string): { database: Uint8Array; wal: Uint8Array } {
  const path = join(folder, 'left.db')
  // The shell copies the files aside while it still has the database open.
  const script = `${sql}\n.system cp ${path} ${path}.1; cp ${path}-wal ${path}.2\n`
  execFileSync('sqlite3', ['-batch', path], { input: script, stdio: 'pipe' })
  const database = readFileSync(`${path}.1`)
  const wal = readFileSync(`${path}.2`)
  copyFile(`${path}.1`, path)
  return { database, wal }
}

const workload = (pageSize: number, encoding: string): string =>
  `PRAGMA page_size=${pageSize}; PRAGMA encoding='${encoding}'; PRAGMA journal_mode=wal; PRAGMA wal_autocheckpoint=0;
   CREATE TABLE t(a, b);
   INSERT INTO t SELECT value, hex(randomblob(50)) FROM generate_series(1, 200);
   UPDATE t SET b = 'x' WHERE a % 7 = 0; DELETE FROM t WHERE a % 11 = 0;`

function countRows(pager: Pager): number {
  const cursor = new TableCursor(pager, 2)
  let count = 0
  for (let found = cursor.first(); found; found = cursor.next()) count++
  cursor.close()
  return count
}

for (const pageSize of [512, 1024, 4096, 32768, 65536]) {
  for (const encoding of ['UTF-8', 'UTF-16le', 'UTF-16be']) {
    if (encoding !== 'UTF-8' && pageSize !== 4096) continue
    test(`wal: a log of SQLite opens in ours, page size ${pageSize}, ${encoding}`, (t) => {
      if (!hasSqlite) return t.log('sqlite3 is not on the PATH: not tested')
      const folder = temporaryFolder(t)
      const { database, wal } = leaveBehind(folder, workload(pageSize, encoding))
      const { pager, files } = open(database, wal)
      t.is(pager.pageSize, pageSize)
      t.true(pager.walFrames > 0)
      pager.beginRead()
      t.is(pager.storedEncoding as string, encoding.toLowerCase().replaceAll('-', ''))
      t.is(countRows(pager), 182)
      pager.endRead()
      // We append to SQLite's log, and SQLite recovers both.
      pager.beginWrite()
      pager.header.userVersion = 4711
      pager.commit()
      const [databaseFile, walFile] = files
      const sql = 'PRAGMA integrity_check; PRAGMA user_version; SELECT count(*) FROM t;'
      t.is(askSqlite(folder, databaseFile!.content(), walFile!.content(), sql), 'ok\n4711\n182')
      // And after our checkpoint the database stands alone.
      pager.close()
      t.is(askSqlite(folder, databaseFile!.content(), new Uint8Array(0), sql), 'ok\n4711\n182')
    })
  }
}

for (const pageSize of [512, 4096, 65536]) {
  test(`wal: a database created by ours, page size ${pageSize}, is recovered by SQLite`, (t) => {
    if (!hasSqlite) return t.log('sqlite3 is not on the PATH: not tested')
    const files = [new MemoryFile(), new MemoryFile()]
    const pager = Pager.open({
      path: '/simulated/none',
      databaseFile: files[0]!,
      walFile: files[1]!,
      coordination: new Region().connect(),
      readonly: false,
      pageSize,
    })
    t.is(files[0]!.size(), 0)
    for (let version = 1; version <= 5; version++) {
      pager.beginWrite()
      pager.header.userVersion = version
      pager.commit()
    }
    t.is(files[0]!.size(), pageSize)
    const sql =
      'PRAGMA integrity_check; PRAGMA user_version; PRAGMA page_size; PRAGMA journal_mode;'
    const answer = askSqlite(temporaryFolder(t), files[0]!.content(), files[1]!.content(), sql)
    t.is(answer, `ok\n5\n${pageSize}\nwal`)
  })
}

test('wal: the header checksum is that of the test vector', (t) => {
  const header = composeWalHeader(Buffer.alloc(32), 4096, 0, 4182313228, 4176875018)
  t.deepEqual([header.checksum1, header.checksum2], [3773844748, 2733054889])
})

test('wal: checksums agree for aligned and unaligned bytes and both byte orders', (t) => {
  const bytes = Buffer.alloc(64 + 3)
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 89) & 255
  const aligned = Buffer.from(new Uint8Array(64))
  for (const bigEndian of [false, true]) {
    for (let shift = 0; shift < 4; shift++) {
      bytes.copy(aligned, 0, shift, shift + 64)
      const [one, two] = [new Uint32Array([5, 6]), new Uint32Array([5, 6])]
      walChecksum(bytes.subarray(shift, shift + 64), bigEndian, one)
      walChecksum(Uint8Array.from(aligned), bigEndian, two)
      t.deepEqual(one, two)
    }
  }
})

test('wal: the Rust core composes the same frame headers', (t) => {
  if (!isNativeAvailable()) return t.log('the addon is not built: not tested')
  const pages = [1, 2, 3].map((value) => Buffer.alloc(1024, value * 77))
  for (const bigEndian of [false, true]) {
    const [ours, native] = [scriptCodec, loadNative()].map((codec) => {
      const headers = Buffer.alloc(72)
      const chain = Uint32Array.of(4_000_000_000, 17)
      const pgnos = Uint32Array.of(4_294_967_294, 2, 1)
      codec.encodeFrameHeaders(headers, pgnos, pages, 9, 4_100_000_000, 5, bigEndian, chain)
      codec.walChecksum(pages[0]!, bigEndian, chain)
      return [headers, chain]
    })
    t.deepEqual(ours, native)
  }
})

test('wal: a log with big-endian checksums is read and continued', (t) => {
  if (!hasSqlite) return t.log('sqlite3 is not on the PATH: not tested')
  const folder = temporaryFolder(t)
  const { database, wal } = leaveBehind(folder, workload(1024, 'UTF-8'))
  toBigEndian(wal, 1024)
  const { pager, files } = open(database, wal)
  pager.beginWrite()
  t.is(countRows(pager), 182)
  pager.header.userVersion = 12
  pager.commit()
  const sql = 'PRAGMA integrity_check; PRAGMA user_version; SELECT count(*) FROM t;'
  t.is(askSqlite(folder, files[0]!.content(), files[1]!.content(), sql), 'ok\n12\n182')
})

/** Rewrites a log as a big-endian machine would have written it. */
function toBigEndian(wal: Uint8Array, pageSize: number): void {
  const view = new DataView(wal.buffer, wal.byteOffset, wal.length)
  view.setUint32(0, 0x377f0683)
  const chain = new Uint32Array(2)
  walChecksum(wal.subarray(0, 24), true, chain)
  view.setUint32(24, chain[0]!)
  view.setUint32(28, chain[1]!)
  for (let at = 32; at + 24 + pageSize <= wal.length; at += 24 + pageSize) {
    walChecksum(wal.subarray(at, at + 8), true, chain)
    walChecksum(wal.subarray(at + 24, at + 24 + pageSize), true, chain)
    view.setUint32(at + 16, chain[0]!)
    view.setUint32(at + 20, chain[1]!)
  }
}

/** Commit frames of a log, as [frame, bytes up to its end]. */
function commits(wal: Uint8Array, pageSize: number): [number, number][] {
  const view = new DataView(wal.buffer, wal.byteOffset, wal.length)
  const found: [number, number][] = []
  let frame = 0
  for (let at = 32; at + 24 + pageSize <= wal.length; at += 24 + pageSize) {
    frame++
    if (view.getUint32(at + 4) !== 0) found.push([frame, at + 24 + pageSize])
  }
  return found
}

test('wal recovery: a log cut off anywhere ends with its last whole commit', (t) => {
  if (!hasSqlite) return t.log('sqlite3 is not on the PATH: not tested')
  const { wal } = leaveBehind(temporaryFolder(t), workload(512, 'UTF-8'))
  const whole = commits(wal, 512)
  t.true(whole.length >= 4)
  for (let size = 0; size <= wal.length; size += 61) {
    const expected = whole.findLast(([, end]) => end <= size)?.[0] ?? 0
    const found = recoverLog(new MemoryFile(wal.slice(0, size)), scriptCodec)
    t.is(found?.pgnos.length ?? 0, expected, `cut to ${size} bytes`)
  }
})

test('wal recovery: one flipped bit ends the log before the commit it is in', (t) => {
  if (!hasSqlite) return t.log('sqlite3 is not on the PATH: not tested')
  const { wal } = leaveBehind(temporaryFolder(t), workload(512, 'UTF-8'))
  const whole = commits(wal, 512)
  for (let at = 0; at < wal.length; at += 97) {
    const damaged = Uint8Array.from(wal)
    damaged[at]! ^= 1 << (at % 8)
    const expected = at < 32 ? 0 : (whole.findLast(([, end]) => end <= at)?.[0] ?? 0)
    const found = recoverLog(new MemoryFile(damaged), scriptCodec)
    t.is(found?.pgnos.length ?? 0, expected, `byte ${at}`)
  }
})

test('wal recovery: frames of the generation before do not count', (t) => {
  const files = [new MemoryFile(), new MemoryFile()]
  const pager = Pager.open({
    path: '/simulated/none',
    databaseFile: files[0]!,
    walFile: files[1]!,
    coordination: new Region().connect(),
    readonly: false,
  })
  const commit = (version: number): void => {
    pager.beginWrite()
    pager.header.userVersion = version
    pager.commit()
  }
  for (let version = 1; version <= 3; version++) commit(version)
  const old = files[1]!.size()
  pager.checkpoint('restart')
  commit(4)
  // The file is overwritten from its start: old frames 2 and 3 follow the new frame 1.
  t.is(files[1]!.size(), old)
  t.is(recoverLog(files[1]!, scriptCodec)?.pgnos.length, 1)
})

test('wal: with several processes a log is exactly as long as what is committed', (t) => {
  const files = [new MemoryFile(), new MemoryFile()]
  const pager = Pager.open({
    path: '/simulated/none',
    databaseFile: files[0]!,
    walFile: files[1]!,
    coordination: new Region(true).connect(),
    readonly: false,
    pageSize: 512,
    cacheSize: 10,
  })
  t.is(files[0]!.size(), 512)
  t.is(files[1]!.size(), 32)
  for (const [pages, commits] of [
    [3, true],
    [40, false],
    [40, true],
  ] as const) {
    pager.beginWrite()
    for (let i = 0; i < pages; i++) pager.create(pager.pageCount + 1)
    if (commits) pager.commit()
    else pager.rollback()
    t.is(files[1]!.size(), 32 + pager.walFrames * 536)
  }
  pager.checkpoint('restart')
  pager.beginWrite()
  pager.header.userVersion = 1
  pager.commit()
  t.is(files[1]!.size(), 32 + 536)
})
