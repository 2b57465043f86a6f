/**
 * Opening a database file.
 *
 * The first connection is alone: everybody else waits until it has recovered the log and installed what
 * it found (TSHM v1 §4.3, §4.20). Whoever joins later adopts the installed state and changes nothing.
 *
 * Nothing is written to a file that is not a database. An empty file is one without tables: with one
 * process it stays empty until the first write; with several it gets its first page and the log its header
 * here, so that no peer ever finds it empty and thinks it may create it (TSHM v1 §4.2).
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
  unlinkSync,
} from 'node:fs'
import { readUint32, writeUint32 } from '../../base/bytes.ts'
import { busy, SqliteError } from '../../base/error.ts'
import { defaultPageSize, maxSnapshotRetries } from '../../base/limits.ts'
import { randomWord } from '../../base/random.ts'
import {
  BusyHandler,
  readStart,
  snapshotField,
  snapshotFieldCount,
} from '../../coordination/index.ts'
import type { Coordination } from '../../coordination/index.ts'
import type { File } from '../file/file.ts'
import { NodeFile } from '../file/node-file.ts'
import { walSize } from '../wal/frame.ts'
import type { FileView } from '../wal/door.ts'
import { composeWalHeader, walHeaderSize } from '../wal/header.ts'
import { Log } from '../wal/log.ts'
import type { Synchronous } from '../wal/log.ts'
import { mendLog } from '../wal/mend.ts'
import { recoverLog } from '../wal/recovery.ts'
import type { RecoveredLog } from '../wal/recovery.ts'
import { isOfGeneration } from '../wal/unrecovered.ts'
import {
  composeFirstPage,
  databaseHeaderSize,
  headerOffset,
  parseDatabaseHeader,
} from './database-header.ts'
import { createDatabase, readLayout } from './layout.ts'
import type { Layout } from './layout.ts'

export interface PagerOptions {
  /** Of the database, for the journal beside it and for messages. */
  readonly path: string
  readonly databaseFile: File
  /** Null when there is none and the database is only read. */
  readonly walFile: File | null
  readonly coordination: Coordination
  readonly readonly: boolean
  /** Of a database that does not exist yet. */
  readonly pageSize?: number
  /** As PRAGMA cache_size. */
  readonly cacheSize?: number
  readonly busyTimeoutMs?: number
  readonly synchronous?: Synchronous
  /** Deletes the file of the log, at the end of the last connection. By default done for a real file of one process. */
  readonly removeLog?: () => void
}

/** How long a process that joins waits for an empty file to be filled by its creator. */
const emptyFileWaitMs = 1000
/** How long it waits for a peer to say what the log holds. */
const recoveryWaitMs = 1000
/** How long it waits for a reader slot. */
const slotWaitMs = 1000

export interface OpenedLog {
  readonly log: Log
  readonly layout: Layout
}

/** Recovers or joins, and reads the layout. Closes the coordination on failure. */
export function openLog(options: PagerOptions): OpenedLog {
  const { coordination, databaseFile, walFile } = options
  const pageSize = options.pageSize ?? defaultPageSize
  let isOpening = coordination.isFirst
  try {
    refuseHotJournal(options.path)
    refuseMvcc(options)
    const log = new Log(databaseFile, walFile, coordination, pageSize)
    if (isOpening) {
      if (coordination.multiprocess && !options.readonly) convertFormat(options, log)
      recoverAlone(options, log)
      coordination.finishOpen()
      isOpening = false
    } else if (coordination.multiprocess) {
      waitUntilFilled(databaseFile)
      waitUntilRecovered(options, log)
      if (!options.readonly) convertJoined(options, log)
    }
    return { log, layout: readFirstLayout(options, log, pageSize) }
  } catch (error) {
    if (isOpening) coordination.abortOpen()
    else coordination.close()
    throw error
  }
}

/** What deletes the log file when nobody needs it any more, or null where it must stay. */
export function logRemover(options: PagerOptions): (() => void) | null {
  if (options.removeLog !== undefined) return options.removeLog
  if (options.coordination.multiprocess || !(options.walFile instanceof NodeFile)) return null
  const { descriptor } = options.walFile
  const name = `${realPath(options.path)}-wal`
  return () => {
    // The folder may have been renamed since, and another database be in its place.
    if (isNameOf(name, descriptor)) unlinkSync(name)
  }
}

/** Says where the database file is now. */
export function locatorOf({ path, databaseFile }: PagerOptions): () => string {
  if (!(databaseFile instanceof NodeFile)) return () => path
  const name = realPath(path)
  return () => databaseFile.whereabouts(name)
}

/** Says whether a path leads to the database file. */
export function identifierOf({ databaseFile }: PagerOptions): (path: string) => boolean {
  return (path) => databaseFile instanceof NodeFile && databaseFile.isAt(path)
}

function isNameOf(name: string, descriptor: number): boolean {
  const [there, open] = [statSync(name, { throwIfNoEntry: false }), fstatSync(descriptor)]
  return there?.dev === open.dev && there.ino === open.ino
}

/** The log that holds the last commits is no longer beside the database, or not whole, so nobody would find them there. */
export function isLogGone(error: unknown): boolean {
  if (!(error instanceof SqliteError)) return false
  const isElsewhere = /(?<!-tshm)' was (deleted or replaced|cut or overwritten)/
  return error.code === 'SQLITE_CORRUPT' || isElsewhere.test(error.message)
}

/** Gives up every lock, and the files that are not the coordination's own. */
export function closeFiles({ coordination, door }: Log): void {
  try {
    coordination.close()
  } finally {
    door.close()
  }
}

function readFirstLayout(options: PagerOptions, log: Log, pageSize: number): Layout {
  const { coordination } = log
  const busyHandler = new BusyHandler(slotWaitMs)
  for (let tries = 0; ; tries++) {
    while (coordination.beginRead() === readStart.busy) {
      if (!busyHandler.wait()) throw busy()
    }
    try {
      // Frames lie where the log's page size says, and that is known before page 1 can be read.
      if (coordination.snapshot.pageSize !== 0) log.setPageSize(coordination.snapshot.pageSize)
      log.completeIndex()
      log.remember()
      return readLayout(log, pageSize)
    } catch (error) {
      if (!log.isSnapshotLost()) throw coordination.isFirst ? error : explain(error, options, log)
      if (tries >= maxSnapshotRetries) throw error
    } finally {
      coordination.endRead()
    }
  }
}

/** Others have a log open that is longer than the one beside the database: theirs is gone. (TSHM v1 §7.13.) */
function explain(error: unknown, { path, walFile, coordination }: PagerOptions, log: Log): unknown {
  const { maxFrame } = coordination.snapshot
  const isWhole = walFile !== null && walFile.size() >= walSize(maxFrame, log.pageSize)
  if (isWhole || maxFrame === 0) return error
  return new SqliteError(
    `disk I/O error ('${path}-wal' is not the log that other processes have open, which was deleted or ` +
      'replaced; close the database in all of them)',
    'SQLITE_IOERR',
    { cause: error },
  )
}

/**
 * Finds what the log holds and installs it. Only an empty database is written to, and a log that ends in what nobody could
 * sync. What is found is durable before anybody may build on it.
 */
function recoverAlone(options: PagerOptions, log: Log): void {
  const { coordination, readonly } = options
  const { databaseFile, walFile } = log
  coordination.readSnapshot()
  const fields = new Float64Array(snapshotFieldCount)
  fields.set(coordination.snapshot.fields)
  const F = snapshotField
  const hadFrames = fields[F.maxFrame] !== 0
  fields[F.maxFrame] = 0
  fields[F.backfilledFrames] = 0

  if (databaseFile.size() === 0) {
    if (readonly) return coordination.install(new Float64Array(snapshotFieldCount), noFrames)
    // SQLite, too, deletes the log of a database that has no bytes: it belongs to a predecessor.
    if (walFile !== null && walFile.size() > 0) log.door.cutLog(0)
    fields.fill(0, F.checkpointSeq)
    if (coordination.multiprocess) createShared(log, fields)
    return coordination.install(fields, noFrames)
  }

  const recovered = recoverPublished(log) ?? (walFile && recoverLog(walFile, log.codec))
  if (recovered === null) {
    if (hadFrames || fields[F.pageSize] === 0) {
      // The log that the coordination knew of is gone: nothing of its generation may count again.
      fields[F.pageSize] = 0
      fields[F.salt1] = 0
      fields[F.salt2] = 0
      fields[F.checksum1] = 0
      fields[F.checksum2] = 0
    }
    return coordination.install(fields, noFrames)
  }
  const { header, pgnos } = recovered
  fields[F.maxFrame] = pgnos.length
  fields[F.checkpointSeq] = header.checkpointSeq
  fields[F.pageSize] = header.pageSize
  fields[F.salt1] = header.salt1
  fields[F.salt2] = header.salt2
  fields[F.checksum1] = recovered.checksum1
  fields[F.checksum2] = recovered.checksum2
  makeDurable(options, log, header.pageSize, pgnos.length)
  coordination.install(fields, pgnos)
}

/**
 * After a sync that failed: the log up to its last published frame. What follows never happened, as its authors were told. Null where no sync
 * has failed, or where the log does not bear out what the coordination says of that frame.
 */
function recoverPublished({ coordination, walFile, codec }: Log): RecoveredLog | null {
  const { maxFrame, checksum1, checksum2 } = coordination.snapshot
  if (!coordination.hasFailedSync || walFile === null || maxFrame === 0) return null
  const found = recoverLog(walFile, codec, maxFrame)
  const isBorneOut =
    found !== null &&
    isOfGeneration(found.header, coordination.snapshot) &&
    found.pgnos.length === maxFrame &&
    found.checksum1 === checksum1 &&
    found.checksum2 === checksum2
  return isBorneOut ? found : null
}

/** Frames may be there that nobody has synced, or could sync. */
function makeDurable(options: PagerOptions, log: Log, pageSize: number, frameCount: number): void {
  const { coordination, readonly } = options
  if (readonly) {
    if (frameCount === 0) return
    try {
      log.door.syncLog()
    } catch {
      // The first who may write puts it right.
    }
    return
  }
  log.setPageSize(pageSize)
  // Of a log without frames even the header may never have been synced, or not with success.
  if (coordination.hasFailedSync || frameCount === 0) mendLog(log, frameCount)
  else log.door.syncLog()
}

const noFrames = new Uint32Array(0)

/**
 * A database in rollback-journal format becomes one in WAL format before anybody shares it: until then SQLite would write to
 * it by rules of its own, which know nothing of our locks. The change counter moves with the format, so that a
 * process of SQLite that has pages of it in its cache reads the header again. (Database File Format §1.3.3 File format
 * version numbers, §1.3.6 File change counter.)
 */
function convertFormat({ coordination, busyTimeoutMs }: PagerOptions, log: Log): void {
  const { databaseFile, door } = log
  if (rollbackHeader(databaseFile) === null) return
  const busyHandler = new BusyHandler(busyTimeoutMs ?? 0)
  while (!coordination.lockOutSqlite()) {
    if (!busyHandler.wait()) throw busy()
  }
  try {
    const header = rollbackHeader(databaseFile)
    if (header === null) return
    const counter = readUint32(header, headerOffset.changeCounter)
    const isCounted = counter === readUint32(header, headerOffset.versionValidFor)
    const next = (counter + 1) >>> 0
    header[headerOffset.writeVersion] = 2
    header[headerOffset.readVersion] = 2
    writeUint32(header, headerOffset.changeCounter, next)
    if (isCounted) writeUint32(header, headerOffset.versionValidFor, next)
    door.writeDatabase([header], 0)
    door.syncDatabase()
  } finally {
    coordination.letInSqlite()
  }
}

/** The same, where the first to open could not, because it only reads: no writer may be about to begin. */
function convertJoined(options: PagerOptions, log: Log): void {
  const { databaseFile } = log
  const { coordination, busyTimeoutMs } = options
  if (rollbackHeader(databaseFile) === null) return
  if (!coordination.reserveWriter(busyTimeoutMs ?? 0, false)) throw busy()
  try {
    convertFormat(options, log)
  } finally {
    coordination.endWrite()
  }
}

/** The header of a database in that format which we may write to; null: it is none, or none that is known here. */
function rollbackHeader(databaseFile: FileView): Buffer | null {
  const header = Buffer.alloc(databaseHeaderSize)
  if (databaseFile.read(header, 0, databaseHeaderSize, 0) < databaseHeaderSize) return null
  // What is no database is refused when page 1 is read, which may be in the log.
  if (header.toString('latin1', 0, 16) !== 'SQLite format 3\0') return null
  const { writeVersion, readVersion } = parseDatabaseHeader(header)
  return writeVersion > 2 || (writeVersion === 2 && readVersion === 2) ? null : header
}

/** A new database of several processes: first page, then log header, each durable before it is announced. */
function createShared(log: Log, fields: Float64Array): void {
  const { door, pageSize } = log
  const first = Buffer.alloc(pageSize)
  composeFirstPage(first, true)
  createDatabase(log, first)
  const bytes = Buffer.alloc(walHeaderSize)
  const header = composeWalHeader(bytes, pageSize, 0, randomWord(), randomWord())
  door.writeLogHeader(bytes)
  door.syncLog()
  const F = snapshotField
  fields[F.pageSize] = pageSize
  fields[F.salt1] = header.salt1
  fields[F.salt2] = header.salt2
  fields[F.checksum1] = header.checksum1
  fields[F.checksum2] = header.checksum2
}

/** A peer of another kind may hold an empty file open and will write page 1 without asking. (TSHM v1 §7.2.) */
function waitUntilFilled(databaseFile: FileView): void {
  const busyHandler = new BusyHandler(emptyFileWaitMs)
  while (databaseFile.size() === 0) {
    if (busyHandler.wait()) continue
    throw new SqliteError(
      'database is locked (another process has opened the empty file and not yet written to it)',
      'SQLITE_BUSY',
    )
  }
}

/**
 * Commits stand in the log of which the coordination says nothing: a peer of another kind is still recovering them, or died before
 * it could say so. It is waited for, then the writer's lock allows to do the same in its place. (TSHM v1 §4.3.)
 */
function waitUntilRecovered(options: PagerOptions, log: Log): void {
  const { coordination, readonly, busyTimeoutMs } = options
  const busyHandler = new BusyHandler(recoveryWaitMs)
  let state = log.stateOfLog()
  while (state === 'foreign' || (state === 'continued' && readonly)) {
    if (!busyHandler.wait()) break
    state = log.stateOfLog()
  }
  if (state === 'known') return
  // Where commits merely follow, whoever has the lock may be about to publish them.
  const patience = state === 'foreign' ? (busyTimeoutMs ?? 0) : 0
  if (!readonly && coordination.reserveWriter(patience, false)) {
    try {
      log.recoverUnknown()
    } finally {
      coordination.endWrite()
    }
  } else if (state === 'foreign' && coordination.snapshot.maxFrame === 0) {
    throw new SqliteError(
      'database is locked (another process has opened it and not yet recovered its log)',
      'SQLITE_BUSY',
    )
  }
}

/** Journal and log stand beside the file that a link leads to, as with SQLite. */
function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : path
}

const journalMagic = Buffer.from([0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7])

/**
 * A rollback journal beside the database means that SQLite died in the middle of a transaction: the
 * database file is half new. Only rolling back makes it whole. (Atomic Commit In SQLite §4.2.)
 */
function refuseHotJournal(path: string): void {
  let descriptor: number
  try {
    descriptor = openSync(`${realPath(path)}-journal`, 'r')
  } catch {
    return
  }
  try {
    const start = Buffer.alloc(journalMagic.length)
    readSync(descriptor, start, 0, start.length, 0)
    if (!start.equals(journalMagic)) return
  } finally {
    closeSync(descriptor)
  }
  throw new SqliteError(
    `database is locked ('${path}-journal' holds an unfinished transaction of SQLite: ` +
      'open the database once with SQLite, which rolls it back)',
    'SQLITE_BUSY_RECOVERY',
  )
}

function refuseMvcc({ path, databaseFile, coordination }: PagerOptions): void {
  if (!coordination.multiprocess) return
  const header = Buffer.alloc(20)
  if (databaseFile.read(header, 0, 20, 0) < 20 || header[18] !== 255 || header[19] !== 255) return
  throw new SqliteError(
    `cannot open MVCC database '${path}' with experimental multiprocess WAL: ` +
      'MVCC does not support multiprocess access',
    'SQLITE_MISUSE',
  )
}
