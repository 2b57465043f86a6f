/** What a writer that died, or a cluster that nobody recovered, has left behind the end of the log. */
import { corrupt } from '../../base/error.ts'
import { snapshotField } from '../../coordination/index.ts'
import { walSize } from './frame.ts'
import { readWalHeader } from './header.ts'
import type { LogParts } from './parts.ts'
import { recoverLog, scanFrames } from './recovery.ts'
import type { RecoveredLog } from './recovery.ts'
import { isForeign, isOfGeneration } from './unrecovered.ts'

/**
 * Frames behind the end: of a writer that died. If it died after its commit frame was written, the
 * commit counts, as it would in SQLite's recovery; all else is cut off, if it `cuts`. A whole log that nobody
 * has recovered counts likewise.
 * @returns true when commits came into effect, so that the transaction's snapshot is old
 */
export function cleanLeftover(log: LogParts, cuts: boolean): boolean {
  const { snapshot, walFile, pageSize, codec, door, coordination } = log
  const committedSize = walSize(snapshot.maxFrame, pageSize)
  if (walFile === null || walFile.size() <= committedSize) return false
  const header = readWalHeader(walFile)
  if (header === null || !isOfGeneration(header, snapshot)) {
    if (snapshot.maxFrame > 0) throw corrupt(0, 'the log has the header of another generation')
    // What follows a restart is cut off when the new header is written.
    if (header === null || !isForeign(walFile, codec, header, snapshot)) return false
    installLog(log, recoverLog(walFile, codec)!)
    return true
  }
  const { checksum1, checksum2 } = snapshot.maxFrame === 0 ? header : snapshot
  const from = snapshot.maxFrame + 1
  const found = scanFrames(walFile, codec, header, from, checksum1, checksum2)
  if (found.commitCount > 0) {
    const { pgnos, commitCount } = found
    // Whoever appended them may have died before he could sync them, and others rely on what is published.
    door.syncLog()
    coordination.rollForward(pgnos, commitCount, found.checksum1, found.checksum2)
    return true
  }
  if (cuts) door.cutLog(committedSize)
  return false
}

/** What the log holds takes the place of what the coordination says. Under the writer's lock. */
function installLog(log: LogParts, recovered: RecoveredLog): void {
  const { header, pgnos, checksum1, checksum2 } = recovered
  log.door.syncLog()
  const fields = log.snapshot.fields.slice()
  const F = snapshotField
  fields[F.maxFrame] = pgnos.length
  fields[F.backfilledFrames] = 0
  fields[F.checkpointSeq] = header.checkpointSeq
  fields[F.pageSize] = header.pageSize
  fields[F.salt1] = header.salt1
  fields[F.salt2] = header.salt2
  fields[F.checksum1] = checksum1
  fields[F.checksum2] = checksum2
  log.coordination.install(fields, pgnos)
}
