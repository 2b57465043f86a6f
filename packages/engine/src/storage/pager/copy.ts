/**
 * A database that is built beside another one and then takes its place, page by page, inside one transaction: whoever reads goes on with
 * the old state, and a crash leaves either. (VACUUM)
 *
 * It has the sizes of the other, unless other pages are wanted: pages, and the bytes that are reserved at their ends. It lies in memory where it is small beside the cache of the
 * other, else in two temporary files.
 */
import { writeUint16, writeUint32 } from '../../base/bytes.ts'
import { readonlyDatabase } from '../../base/error.ts'
import { Region } from '../../coordination/index.ts'
import { lockBytePgno } from '../btree/lock-byte.ts'
import type { File } from '../file/file.ts'
import { openTemporaryFile } from '../file/temporary-file.ts'
import type { AutoVacuum } from './auto-vacuum.ts'
import { databaseHeaderSize, headerOffset } from './database-header.ts'
import { Pager } from './pager.ts'

/** A name below what is no folder: nothing lies beside it. */
const nowhere = '/dev/null/vacuum'

export interface Copy {
  /** A write transaction is open. */
  readonly pager: Pager
  close(): void
}

/** The part of the cache that a copy in memory may take. */
const largestShare = 0.5

/** An empty database with the sizes of `source`, but perhaps for that of its pages. A transaction of `source` is open. */
export function openCopy(
  source: Pager,
  autoVacuum: AutoVacuum,
  open: () => File = openTemporaryFile,
  pageSize: number = source.pageSize,
): Copy {
  const usedPages = source.pageCount - source.header.freelistCount
  const copy =
    usedPages <= source.cachePages * largestShare
      ? inMemory(pageSize)
      : inFiles(source, open, pageSize)
  const { pager } = copy
  pager.chooseAutoVacuum(autoVacuum)
  pager.beginWrite()
  const reservedSize = source.pageSize - source.usableSize
  if (reservedSize > 0) {
    const first = pager.get(1)
    pager.write(first)
    first.data[headerOffset.reservedSize] = reservedSize
    const usableSize = pageSize - reservedSize
    writeUint16(first.data, databaseHeaderSize + 5, usableSize)
    pager.usableSize = usableSize
  }
  return copy
}

function inMemory(pageSize: number): Copy {
  return { pager: Pager.openMemory({ pageSize }), close: () => {} }
}

function inFiles(source: Pager, open: () => File, pageSize: number): Copy {
  const files: File[] = []
  const close = (): void => {
    for (const file of files) file.close()
  }
  try {
    files.push(open())
    files.push(open())
    const pager = Pager.open({
      path: nowhere,
      databaseFile: files[0]!,
      walFile: files[1]!,
      coordination: new Region().connect(),
      readonly: false,
      pageSize,
      cacheSize: source.cacheSize,
      synchronous: 0,
      removeLog: () => {},
    })
    // It is read once, from where it is.
    pager.autoCheckpoint.frames = 0
    return { pager, close }
  } catch (error) {
    close()
    throw error
  }
}

/** What of page 1 stays as it is in the database that is written to. */
const kept = [headerOffset.writeVersion, headerOffset.readVersion]

/**
 * Puts the pages of `copy`, which are committed, in the place of those of `target`, whose write transaction is open. The schema cookie is
 * that of `target`.
 */
function takePages(target: Pager, copy: Pager): void {
  copy.beginRead()
  for (const left of takingPages(target, copy, Infinity)) if (left === 0) break
  copy.endRead()
}

/**
 * The same in steps of so many pages: yields how many are left. A transaction of `copy` is open until all are taken; what is taken of `target`
 * is of no use before.
 */
export function* takingPages(target: Pager, copy: Pager, rate: number): Generator<number> {
  const { schemaCookie } = target
  const { pageCount } = copy
  // The pages bring their own pointer map, or none.
  target.pointers = null
  target.relocations++
  const locked = lockBytePgno(copy.pageSize)
  for (let pgno = 1, next = rate; pgno <= pageCount; pgno++) {
    if (pgno > next) {
      yield pageCount - pgno + 1
      next += rate
    }
    if (pgno === locked) continue
    const { data } = copy.get(pgno)
    target.beginOperation()
    if (pgno === 1) takeFirst(target, data)
    else target.create(pgno).data.set(data)
    target.endOperation()
  }
  target.shrink(pageCount)
  target.setSchemaCookie(schemaCookie)
  yield 0
}

function takeFirst(target: Pager, data: Uint8Array): void {
  const first = target.get(1)
  target.write(first)
  const before = Uint8Array.from(first.data.subarray(0, databaseHeaderSize))
  first.data.set(data)
  first.verified = false
  for (const offset of kept) first.data[offset] = before[offset]!
  first.data.set(
    before.subarray(headerOffset.changeCounter, headerOffset.changeCounter + 4),
    headerOffset.changeCounter,
  )
}

/** All pages of a database, whose transaction is open, as a file that nobody has open. */
export function pagesOf(source: Pager): Uint8Array<ArrayBuffer> {
  const { pageSize, pageCount } = source
  const pages = new Uint8Array(pageCount * pageSize)
  const locked = lockBytePgno(pageSize)
  for (let pgno = 1; pgno <= pageCount; pgno++) {
    if (pgno !== locked) pages.set(source.get(pgno).data, (pgno - 1) * pageSize)
  }
  for (const offset of kept) pages[offset] = 1
  writeUint32(pages, headerOffset.pageCount, pageCount)
  return pages
}

/**
 * Puts the pages of a database file that nobody has open in the place of those of `target`, in a transaction of its own. The file is
 * closed.
 * @throws SQLITE_READONLY where their pages have other sizes, as in SQLite; SQLITE_BUSY
 */
export function overwrite(target: Pager, file: File): void {
  const log = openTemporaryFile()
  try {
    const copy = Pager.open({
      path: nowhere,
      databaseFile: file,
      walFile: log,
      coordination: new Region().connect(),
      readonly: false,
      synchronous: 0,
      removeLog: () => {},
    })
    try {
      replaceAll(target, copy)
    } finally {
      copy.close()
    }
  } finally {
    log.close()
    file.close()
  }
}

function replaceAll(target: Pager, copy: Pager): void {
  target.beginWrite()
  try {
    if (target.pageSize !== copy.pageSize) throw readonlyDatabase()
    takePages(target, copy)
    // Everybody reads the schema anew.
    target.setSchemaCookie((target.schemaCookie + 1) >>> 0)
    target.commit()
  } catch (error) {
    if (target.state !== 'none') target.rollback()
    throw error
  }
}

/** Writes the pages of `copy`, which are committed, to an empty file, as a database that nobody has open, and `syncs` it. Each write is a step. */
export function* writePages(
  file: File,
  copy: Pager,
  syncs: boolean,
): Generator<undefined, void, void> {
  const { pageSize } = copy
  const locked = lockBytePgno(pageSize)
  const most = Math.max(1, Math.floor(writeBytes / pageSize))
  copy.beginRead()
  let pages: Buffer[] = []
  for (let pgno = 1; pgno <= copy.pageCount; pgno++) {
    // What is read from a file is gone with the next page.
    const page = pgno === locked ? Buffer.alloc(pageSize) : Buffer.from(copy.get(pgno).data)
    if (pgno === 1) {
      for (const offset of kept) page[offset] = 1
      writeUint32(page, headerOffset.pageCount, copy.pageCount)
    }
    pages.push(page)
    if (pages.length < most && pgno < copy.pageCount) continue
    file.write(pages, (pgno - pages.length) * pageSize)
    pages = []
    yield
  }
  copy.endRead()
  if (syncs) file.sync(false)
}

/** At a time. */
const writeBytes = 1 << 20
