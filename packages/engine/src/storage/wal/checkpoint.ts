/**
 * Copying the log back into the database file.
 *
 * Order, each step resting on the one before (Write-Ahead Logging §2.2; TSHM v1 §4.16):
 *
 *     locks → snapshot → sync log → copy pages → sync database → publish `backfilledFrames`
 *          → (RESTART, TRUNCATE) new generation → (TRUNCATE) cut the files
 *
 * - Only frames up to the oldest reader's snapshot are copied, so no reader sees a page from its future.
 * - The log is synced first: a page must not reach the database before the log can vouch for it. Where a sync has failed it is written
 *   once more before that.
 * - Every frame copied is checked for its page number and salts; a mismatch ends the checkpoint.
 * - Until the database is synced and `backfilledFrames` published, everybody goes on reading the log.
 *
 * PASSIVE copies what it can without waiting. FULL, RESTART and TRUNCATE wait for writers and readers, as
 * long as the busy timeout allows. Their bulk is copied beside writers, as by PASSIVE; then they queue for
 * the writer's lock, and hold it in short turns only: where readers do not move on meanwhile, they let writers in
 * and come back. So a checkpoint that waits for a slow reader does not stop commits, as SQLite's does.
 *
 * A restart needs a moment in which nobody reads. Where readers leave none, new ones are held up for a few
 * milliseconds (`Log.restart`), for longer with every attempt, and with growing pauses between.
 */
import { corrupt, SqliteError } from '../../base/error.ts'
import { BusyHandler, checkpointModes, sleep } from '../../coordination/index.ts'
import type { CheckpointMode, LockWait } from '../../coordination/index.ts'
import { databaseHeaderSize, parseDatabaseHeader } from '../pager/database-header.ts'
import type { Log } from './log.ts'
import { mendLog } from './mend.ts'
import { FrameReader } from './reader.ts'

/** Bytes of neighbouring pages gathered for one write. */
const writeBytes = 1_048_576

/** Frames that are read at once, at most. */
const mostFrames = 64

/** The row of PRAGMA wal_checkpoint. */
export interface CheckpointResult {
  readonly busy: boolean
  /** Frames in the log; -1 when that could not be looked up. */
  readonly logFrames: number
  readonly checkpointedFrames: number
}

/** Frames that are copied with one attempt of somebody who asks again. */
const partFrames = 1024

/** How long readers of older snapshots are waited for with the writer's lock held. */
const holdMs = 4
/** How long new readers are held up, at first and at most. */
const drainMs = 4
const longestDrainMs = 20
/** Between two turns with the writer's lock. */
const firstPauseMs = 2
const longestPauseMs = 50

export const nothingKnown = { busy: true, logFrames: -1, checkpointedFrames: -1 } as const

/**
 * Runs a checkpoint, outside any transaction of this connection. Where the locks are waited for outside, it is one turn: whoever
 * asks again asks for the next one.
 * @throws SQLITE_BUSY where it is to be asked for again
 */
export function checkpoint(
  log: Log,
  mode: CheckpointMode,
  timeoutMs: number,
  lockWait: LockWait,
): CheckpointResult {
  let result = backfillPart(log, lockWait.asksAgain ? partFrames : Infinity)
  if (mode === 'passive') return result
  const { logFrames, checkpointedFrames } = result
  const isPart = !result.busy && logFrames - checkpointedFrames > partFrames
  if (isPart && lockWait.asksAgain) throw lockWait.refuse(0)
  const busyHandler = new BusyHandler(lockWait.queueMs(timeoutMs))
  for (let turn = lockWait.isOutside ? lockWait.turn : 0; ; turn++) {
    if (beginAlone(log, mode, busyHandler)) {
      const { asksAgain, leftMs } = lockWait
      result = takeTurn(log, mode, turn, asksAgain ? Math.min(leftMs, holdMs) : busyHandler.leftMs)
      if (!result.busy) return result
    }
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** turn)
    if (lockWait.asksAgain) throw lockWait.refuse(pauseMs)
    const { leftMs } = busyHandler
    if (leftMs <= 0) return { ...result, busy: true }
    sleep(Math.min(leftMs, pauseMs))
  }
}

/**
 * Copies back at most `quota` further frames, beside writers.
 * @returns what PASSIVE answers; `busy` when another checkpoint is at work
 */
export function backfillPart(log: Log, quota: number): CheckpointResult {
  return complete(backfillInSteps(log, quota))
}

/** The same in steps, each of which writes some pages that are neighbours. The checkpointer's lock is held in between. */
export function* backfillInSteps(
  log: Log,
  quota: number,
): Generator<undefined, CheckpointResult, void> {
  const { coordination, snapshot } = log
  if (coordination.hasFailedSync && !mendAlone(log)) return nothingKnown
  if (!coordination.beginCheckpoint(checkpointModes.passive)) return nothingKnown
  try {
    log.completeIndex()
    const { maxFrame, backfilledFrames } = snapshot
    const limit = Math.min(coordination.checkpointLimit(), maxFrame, backfilledFrames + quota)
    yield* backfill(log, limit)
    return resultOf(log, maxFrame, false)
  } finally {
    coordination.endCheckpoint()
  }
}

/**
 * After a sync of the log that failed a second one proves nothing: what it cannot vouch for is not copied. With the log to ourselves it is
 * written once more. False: somebody is writing, and will do that himself.
 */
function mendAlone(log: Log): boolean {
  const { coordination } = log
  if (!coordination.beginCheckpoint(checkpointModes.full)) return false
  try {
    mendLog(log, log.snapshot.maxFrame)
  } finally {
    coordination.endCheckpoint()
  }
  return true
}

/**
 * One attempt to restart the log, nearly all of it being copied back: for the automatic checkpoint.
 * @param waitMs for the writer's lock
 * @param attempt counts the failures before it
 */
export function tryRestart(log: Log, waitMs: number, attempt: number): boolean {
  if (!beginAlone(log, 'restart', new BusyHandler(waitMs))) return false
  return !takeTurn(log, 'restart', attempt, longestDrainMs).busy
}

function resultOf(log: Log, logFrames: number, isBusy: boolean): CheckpointResult {
  return { busy: isBusy, logFrames, checkpointedFrames: log.snapshot.backfilledFrames }
}

/**
 * Takes the locks of the writer and of the checkpointer. The writers' queue is where it waits; another
 * checkpoint is waited for as well, other than in SQLite.
 */
function beginAlone(log: Log, mode: CheckpointMode, busyHandler: BusyHandler): boolean {
  const { coordination } = log
  if (coordination.beginCheckpoint(checkpointModes[mode])) return true
  do {
    const { leftMs } = busyHandler
    if (leftMs <= 0 || !coordination.reserveWriter(leftMs, false)) return false
    let isBegun = false
    try {
      isBegun = coordination.beginCheckpoint(checkpointModes[mode])
    } finally {
      if (!isBegun) coordination.endWrite()
    }
    if (isBegun) return true
  } while (busyHandler.wait())
  return false
}

/** With both locks: copies the rest and does what the mode asks for, as far as readers let it, and gives the locks back. */
function takeTurn(log: Log, mode: CheckpointMode, turn: number, leftMs: number): CheckpointResult {
  const { coordination, snapshot } = log
  try {
    if (coordination.hasFailedSync) mendLog(log, snapshot.maxFrame)
    log.completeIndex()
    const { maxFrame } = snapshot
    let limit = coordination.checkpointLimit()
    const holding = new BusyHandler(Math.min(holdMs, leftMs))
    while (limit < maxFrame && holding.wait()) limit = coordination.checkpointLimit()
    complete(backfill(log, Math.min(limit, maxFrame)))
    if (limit < maxFrame) return resultOf(log, maxFrame, true)
    const result = resultOf(log, maxFrame, false)
    if (mode === 'full') return result
    const header = maxFrame === 0 ? log.headerState() : 'own'
    // Nobody has told yet what is in it: it is not empty.
    if (header === 'foreign') return { ...result, busy: true }
    // A file is only cut to nothing in a new generation: a writer that has seen the header of this one may rely on it.
    if (header === 'own') {
      const drain = Math.min(leftMs, longestDrainMs, drainMs * 2 ** turn)
      // An empty log has nothing that a reader could need; only its file stays as it is.
      if (!log.restart(drain)) return { ...result, busy: maxFrame > 0 }
    }
    if (mode === 'restart') return result
    truncateFiles(log)
    return { busy: false, logFrames: 0, checkpointedFrames: 0 }
  } finally {
    coordination.endCheckpoint()
  }
}

/** Does all of it. */
function complete<Result>(steps: Generator<undefined, Result, void>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** Copies the frames after `backfilledFrames` up to `limit`, and publishes that. */
function* backfill(log: Log, limit: number): Generator<undefined, void, void> {
  const { coordination, snapshot, databaseFile, door, walFile, pageSize } = log
  const from = snapshot.backfilledFrames + 1
  if (limit < from) return
  if (walFile === null)
    throw new SqliteError('attempt to write a readonly database', 'SQLITE_READONLY')
  const { mustSync } = log
  const { salt1, salt2 } = snapshot
  if (mustSync) door.syncLog()
  const lastPage = log.committedPageCount()
  const pairs = coordination.latestFrames(from, limit)
  const reader = new FrameReader(walFile, pageSize)
  const neighbours = Buffer.allocUnsafe(
    Math.max(pageSize, Math.min(writeBytes, pairs.length * pageSize)),
  )
  let firstPgno = 0
  let size = 0
  const flush = (): void => {
    door.writeDatabase([neighbours.subarray(0, size)], (firstPgno - 1) * pageSize)
    size = 0
  }
  const count = pairs.length >>> 1
  for (let i = 0; i < count;) {
    const pgno = pairs[2 * i]!
    // Pages beyond the end belong to a state in which the database was larger.
    if (pgno > lastPage) break
    const isNeighbour = pgno === firstPgno + size / pageSize
    if (size > 0 && (!isNeighbour || size === neighbours.length)) {
      flush()
      yield undefined
    }
    if (size === 0) firstPgno = pgno
    const most = Math.min(count - i, mostFrames, (neighbours.length - size) / pageSize)
    const together = neighboursFrom(pairs, i, most, lastPage)
    const good = reader.readPages(pairs, i, together, salt1, salt2, neighbours, size)
    if (good < together) {
      const [page, frame] = pairs.subarray(2 * (i + good))
      throw corrupt(page!, `frame ${frame} of the log does not hold it`)
    }
    size += together * pageSize
    i += together
  }
  if (size > 0) flush()
  if (mustSync) door.syncDatabase()
  const header = Buffer.alloc(databaseHeaderSize)
  databaseFile.read(header, 0, databaseHeaderSize, 0)
  coordination.publishBackfill(limit, header)
}

/** How many pages follow each other both in the database and in the log, from pair `from` on. */
function neighboursFrom(pairs: Uint32Array, from: number, most: number, lastPage: number): number {
  const pgno = pairs[2 * from]!
  const frame = pairs[2 * from + 1]!
  let count = 1
  while (
    count < most &&
    pgno + count <= lastPage &&
    pairs[2 * (from + count)] === pgno + count &&
    pairs[2 * (from + count) + 1] === frame + count
  )
    count++
  return count
}

/** After the restart, with both locks and no reader: nobody needs the log, nor pages beyond the end. */
function truncateFiles(log: Log): void {
  const { databaseFile, door, walFile, pageSize } = log
  const header = Buffer.alloc(databaseHeaderSize)
  if (databaseFile.read(header, 0, databaseHeaderSize, 0) === databaseHeaderSize) {
    const { pageCount } = parseDatabaseHeader(header)
    const size = pageCount * pageSize
    if (pageCount > 0 && databaseFile.size() > size) {
      door.cutDatabase(size)
      if (log.mustSync) door.syncDatabase()
    }
  }
  if (walFile === null || walFile.size() === 0) return
  door.cutLog(0)
  if (log.mustSync) door.syncLog()
}
