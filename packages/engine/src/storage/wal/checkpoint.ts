/**
 * Copying the log back into the database file.
 *
 * Order, each step resting on the one before (Write-Ahead Logging §2.2; TSHM v1 §4.16):
 *
 *     locks → snapshot → sync log → copy pages → sync database → publish `backfilledFrames`
 *          → (RESTART, TRUNCATE) new generation → (TRUNCATE) cut the files
 *
 * - Only frames up to the oldest reader's snapshot are copied, so no reader sees a page from its future.
 * - The log is synced first: a page must not reach the database before the log can vouch for it.
 * - Every frame copied is checked for its page number and salts; a mismatch ends the checkpoint.
 * - Until the database is synced and `backfilledFrames` published, everybody goes on reading the log.
 *
 * PASSIVE copies what it can without waiting. FULL, RESTART and TRUNCATE keep writers out and wait for
 * readers, as long as the busy timeout allows.
 */
import { corrupt, SqliteError } from '../../base/error.ts'
import { BusyHandler, checkpointModes } from '../../coordination/index.ts'
import type { CheckpointMode } from '../../coordination/index.ts'
import { databaseHeaderSize, parseDatabaseHeader } from '../pager/database-header.ts'
import type { Log } from './log.ts'
import { FrameReader } from './reader.ts'

/** Bytes of neighbouring pages gathered for one write. */
const writeBytes = 1_048_576

/** The row of PRAGMA wal_checkpoint. */
export interface CheckpointResult {
  readonly busy: boolean
  /** Frames in the log; -1 when that could not be looked up. */
  readonly logFrames: number
  readonly checkpointedFrames: number
}

/** Runs a checkpoint, outside any transaction of this connection. */
export function checkpoint(log: Log, mode: CheckpointMode, timeoutMs: number): CheckpointResult {
  const { coordination } = log
  const busyHandler = new BusyHandler(mode === 'passive' ? 0 : timeoutMs)
  while (!coordination.beginCheckpoint(checkpointModes[mode])) {
    if (busyHandler.wait()) continue
    // SQLite then does as much as it can beside the writer, and says that it was busy.
    if (mode === 'passive') return { busy: true, logFrames: -1, checkpointedFrames: -1 }
    return { ...checkpoint(log, 'passive', 0), busy: true }
  }
  try {
    return runCheckpoint(log, mode, busyHandler)
  } finally {
    coordination.endCheckpoint()
  }
}

function runCheckpoint(log: Log, mode: CheckpointMode, busyHandler: BusyHandler): CheckpointResult {
  const { coordination, snapshot } = log
  log.completeIndex()
  const { maxFrame } = snapshot
  let limit = coordination.checkpointLimit()
  if (mode !== 'passive') {
    while (limit < maxFrame && busyHandler.wait()) limit = coordination.checkpointLimit()
  }
  backfill(log, Math.min(limit, maxFrame))
  const result = {
    busy: mode !== 'passive' && limit < maxFrame,
    logFrames: maxFrame,
    checkpointedFrames: snapshot.backfilledFrames,
  }
  if (result.busy || mode === 'passive' || mode === 'full') return result
  // A file is only cut to nothing in a new generation: a writer that has seen its header may rely on it.
  const hasHeader = log.walFile !== null && log.walFile.size() > 0
  if (maxFrame > 0 || hasHeader) {
    while (!coordination.restartWal()) {
      if (!busyHandler.wait()) return { ...result, busy: true }
    }
  }
  if (mode === 'restart') return result
  truncateFiles(log)
  return { busy: false, logFrames: 0, checkpointedFrames: 0 }
}

/** Copies the frames after `backfilledFrames` up to `limit`, and publishes that. */
function backfill(log: Log, limit: number): void {
  const { coordination, snapshot, databaseFile, walFile, pageSize } = log
  const from = snapshot.backfilledFrames + 1
  if (limit < from) return
  if (walFile === null)
    throw new SqliteError('SQLITE_READONLY', 'attempt to write a readonly database')
  if (log.synchronous > 0) walFile.sync(true)
  const lastPage = log.committedPageCount()
  const pairs = coordination.latestFrames(from, limit)
  const reader = new FrameReader(walFile, pageSize)
  const neighbours = Buffer.allocUnsafe(
    Math.max(pageSize, Math.min(writeBytes, pairs.length * pageSize)),
  )
  let firstPgno = 0
  let size = 0
  const flush = (): void => {
    coordination.checkUndisturbed()
    databaseFile.write([neighbours.subarray(0, size)], (firstPgno - 1) * pageSize)
    size = 0
  }
  for (let i = 0; i < pairs.length; i += 2) {
    const pgno = pairs[i]!
    // Pages beyond the end belong to a state in which the database was larger.
    if (pgno > lastPage) break
    const isNeighbour = pgno === firstPgno + size / pageSize
    if (size > 0 && (!isNeighbour || size === neighbours.length)) flush()
    if (size === 0) firstPgno = pgno
    const page = neighbours.subarray(size, size + pageSize)
    if (!reader.readPage(pairs[i + 1]!, pgno, snapshot.salt1, snapshot.salt2, page)) {
      throw corrupt(pgno, `frame ${pairs[i + 1]!} of the log does not hold it`)
    }
    size += pageSize
  }
  if (size > 0) flush()
  if (log.synchronous > 0) databaseFile.sync(false)
  const header = Buffer.alloc(databaseHeaderSize)
  databaseFile.read(header, 0, databaseHeaderSize, 0)
  coordination.publishBackfill(limit, header)
}

/** After the restart, with both locks and no reader: nobody needs the log, nor pages beyond the end. */
function truncateFiles(log: Log): void {
  const { coordination, databaseFile, walFile, pageSize } = log
  coordination.checkUndisturbed()
  const header = Buffer.alloc(databaseHeaderSize)
  if (databaseFile.read(header, 0, databaseHeaderSize, 0) === databaseHeaderSize) {
    const { pageCount } = parseDatabaseHeader(header)
    const size = pageCount * pageSize
    if (pageCount > 0 && databaseFile.size() > size) {
      databaseFile.truncate(size)
      if (log.synchronous > 0) databaseFile.sync(false)
    }
  }
  if (walFile === null || walFile.size() === 0) return
  walFile.truncate(0)
  if (log.synchronous > 0) walFile.sync(false)
}
