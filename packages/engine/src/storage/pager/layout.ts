/**
 * The database file before there is a page cache: how large its pages are and how many there are, its
 * creation, and the change from rollback-journal to WAL format.
 */
import { readUint32, writeUint32 } from '../../base/bytes.ts'
import { corrupt, readonlyDatabase } from '../../base/error.ts'
import type { Log } from '../wal/log.ts'
import { databaseHeaderSize, headerOffset, parseDatabaseHeader } from './database-header.ts'

/** Sizes of the database in the state that the open read transaction sees. */
export interface Layout {
  /** The file has no bytes and the log no frames. */
  readonly isEmpty: boolean
  readonly pageSize: number
  readonly reservedSize: number
  readonly pageCount: number
}

/**
 * Reads the layout, and sets the page size of the log to it.
 * The page size is that of the log while it holds frames, as in SQLite; page 1 must then agree.
 * @param emptyPageSize what an empty file is said to have
 */
export function readLayout(log: Log, emptyPageSize: number): Layout {
  const { snapshot, databaseFile } = log
  let { pageSize } = snapshot
  if (snapshot.maxFrame === 0) {
    const fileSize = databaseFile.size()
    if (fileSize === 0) {
      log.setPageSize(emptyPageSize)
      return { isEmpty: true, pageSize: emptyPageSize, reservedSize: 0, pageCount: 1 }
    }
    const header = Buffer.alloc(Math.min(databaseHeaderSize, fileSize))
    databaseFile.read(header, 0, header.length, 0)
    pageSize = parseDatabaseHeader(header).pageSize
  }
  log.setPageSize(pageSize)
  const first = Buffer.alloc(pageSize)
  log.readPage(1, first)
  const facts = parseDatabaseHeader(first)
  if (facts.pageSize !== pageSize) {
    throw corrupt(1, `its page size is ${facts.pageSize}, that of the log ${pageSize}`)
  }
  const { reservedSize } = facts
  return { isEmpty: false, pageSize, reservedSize, pageCount: countPages(log, facts.pageCount) }
}

/** The log's last commit knows; else the header, where it is up to date; else the size of the file. */
function countPages(log: Log, headerPageCount: number): number {
  const committed = log.committedPageCount()
  if (committed > 0) return committed
  const filePageCount = Math.ceil(log.databaseFile.size() / log.pageSize)
  if (headerPageCount > filePageCount) {
    throw corrupt(0, `its header counts ${headerPageCount} pages, the file has ${filePageCount}`)
  }
  return headerPageCount > 0 ? headerPageCount : filePageCount
}

/**
 * Gives an empty file its first page, durably, before anything goes to the log: SQLite deletes a log
 * that it finds beside an empty database. A file that could not be made durable is empty again: whoever comes next would
 * take it for one that is.
 */
export function createDatabase(log: Log, firstPage: Uint8Array): void {
  const { door } = log
  try {
    door.writeDatabase([firstPage], 0)
    if (log.mustSync) door.syncDatabase()
  } catch (error) {
    try {
      door.cutDatabase(0)
    } catch {
      // The first error is the one to tell.
    }
    throw error
  }
}

/**
 * Whether this database may be written, asked with the writer's lock. A database in rollback-journal
 * format becomes one in WAL format here, in place and durably, before the first frame is written, so that
 * no reader without a log takes it for complete. (Database File Format §1.3.3 File format version numbers.)
 * The change counter moves with it, as it does in SQLite: a connection of SQLite that was idle meanwhile would
 * otherwise go on with its cached pages, and never look for a log. (§1.3.6 File change counter.)
 * @param firstPage the cached page 1, which is changed with the file
 * @returns true when the format was changed
 */
export function makeWritable(log: Log, firstPage: Uint8Array): boolean {
  const { writeVersion, readVersion } = parseDatabaseHeader(firstPage)
  if (writeVersion > 2) throw readonlyDatabase()
  if (writeVersion === 2 && readVersion === 2) return false
  const header = Buffer.from(firstPage.subarray(0, databaseHeaderSize))
  header.set([2, 2], headerOffset.writeVersion)
  if (log.snapshot.maxFrame === 0) {
    moveChangeCounter(header)
    log.door.writeDatabase([header], 0)
  } else {
    // The rest of the header in the file is older than the one in the log.
    log.door.writeDatabase([Uint8Array.of(2, 2)], headerOffset.writeVersion)
  }
  if (log.mustSync) log.door.syncDatabase()
  // Were it changed before, the next attempt after a failure would take the file for changed.
  firstPage.set(header)
  return true
}

/** The page count of the header stays as valid as it was. */
function moveChangeCounter(header: Uint8Array): void {
  const before = readUint32(header, headerOffset.changeCounter)
  const after = (before + 1) >>> 0
  writeUint32(header, headerOffset.changeCounter, after)
  const isValid = readUint32(header, headerOffset.versionValidFor) === before
  if (isValid) writeUint32(header, headerOffset.versionValidFor, after)
}
