/**
 * What a log holds that the coordination does not know.
 *
 * A peer that opens alone reads the log first and says afterwards what it found. Until then the coordination says what
 * was so before: nothing at all, in a new coordination file, or what an earlier cluster left there. Whoever joins
 * meanwhile must not take that for an empty log. (TSHM v1 §4.3.)
 *
 * | `maxFrame` | header of the log              | a commit in it    | the log is               |
 * |------------|--------------------------------|-------------------|--------------------------|
 * | any        | none that holds                |                   | known                    |
 * | any        | of this generation             | after `maxFrame`  | continued                |
 * | 0          | of the generation before       | whatever          | known: it was restarted  |
 * | any        | of any other generation        | anywhere          | foreign                  |
 * | any        | any                            | none of these     | known                    |
 *
 * A commit that a writer has appended and not yet published looks like one of a log that is continued. The writer's lock
 * tells them apart.
 */
import type { FrameCodec, Snapshot } from '../../coordination/index.ts'
import type { FileView } from './door.ts'
import { walSize } from './frame.ts'
import { readWalHeader, walHeaderSize } from './header.ts'
import type { WalHeader } from './header.ts'
import { holdsCommit, scanFrames } from './recovery.ts'

export type LogState = 'known' | 'continued' | 'foreign'

export function stateOfLog(file: FileView, codec: FrameCodec, snapshot: Snapshot): LogState {
  if (file.size() <= walHeaderSize) return 'known'
  const header = readWalHeader(file)
  if (header === null) return 'known'
  if (!isOfGeneration(header, snapshot)) {
    return isForeign(file, codec, header, snapshot) ? 'foreign' : 'known'
  }
  const { maxFrame } = snapshot
  if (file.size() <= walSize(maxFrame, header.pageSize)) return 'known'
  const { checksum1, checksum2 } = maxFrame === 0 ? header : snapshot
  const rest = scanFrames(file, codec, header, maxFrame + 1, checksum1, checksum2, 1)
  return rest.commitCount > 0 ? 'continued' : 'known'
}

/** Of a log whose header is not of the snapshot's generation. */
export function isForeign(
  file: FileView,
  codec: FrameCodec,
  header: WalHeader,
  snapshot: Snapshot,
): boolean {
  return (
    !(snapshot.maxFrame === 0 && isPredecessor(header, snapshot)) &&
    holdsCommit(file, codec, header)
  )
}

export function isOfGeneration(header: WalHeader, snapshot: Snapshot): boolean {
  return (
    header.pageSize === snapshot.pageSize &&
    header.checkpointSeq === snapshot.checkpointSeq &&
    header.salt1 === snapshot.salt1 &&
    header.salt2 === snapshot.salt2
  )
}

/** A restart counts both up; the new header is written before the first frame. (TSHM v1 §4.17) */
function isPredecessor(header: WalHeader, snapshot: Snapshot): boolean {
  return (
    (header.checkpointSeq + 1) >>> 0 === snapshot.checkpointSeq &&
    (header.salt1 + 1) >>> 0 === snapshot.salt1
  )
}
