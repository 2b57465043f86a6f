/**
 * What a log holds, found by reading it. (Database File Format §4.3 WAL File Format, "the last valid
 * commit frame"; §4.1.)
 *
 * Frames are read in order from where the checksum chain is known. A frame ends the log when its page
 * number is 0, its salts are not those of the header (it is left over from before a restart), its
 * checksum does not continue the chain, or it is cut short. What follows the last commit frame before
 * that never happened.
 *
 * Recovery reads only. It never fails on what it finds: any damage just ends the log earlier.
 */
import { readUint32 } from '../../base/bytes.ts'
import type { FrameCodec } from '../../coordination/index.ts'
import type { FileView } from './door.ts'
import { frameHeaderSize, frameOffset } from './frame.ts'
import { readWalHeader } from './header.ts'
import type { WalHeader } from './header.ts'

const chunkBytes = 1_048_576

/** The committed frames after a known point of the chain. */
export interface ScannedFrames {
  /** Pages of the committed frames, in order. */
  readonly pgnos: Uint32Array
  readonly commitCount: number
  /** Checksum of the last commit frame, or of the starting point. */
  readonly checksum1: number
  readonly checksum2: number
  /** Pages in the database after the last commit; 0 when there is none. */
  readonly pageCount: number
}

export interface RecoveredLog extends ScannedFrames {
  readonly header: WalHeader
}

/**
 * Reads a whole log. Null: there is no valid header, so the log is empty.
 * @param lastFrame the last one that counts, whatever follows
 */
export function recoverLog(
  file: FileView,
  codec: FrameCodec,
  lastFrame: number = Infinity,
): RecoveredLog | null {
  const header = readWalHeader(file)
  if (header === null) return null
  const scanned = scanFrames(
    file,
    codec,
    header,
    1,
    header.checksum1,
    header.checksum2,
    Infinity,
    lastFrame,
  )
  return { header, ...scanned }
}

/** Whether a log holds any commit at all. Reads no further than the first. */
export function holdsCommit(file: FileView, codec: FrameCodec, header: WalHeader): boolean {
  return scanFrames(file, codec, header, 1, header.checksum1, header.checksum2, 1).commitCount > 0
}

/** Reads on from frame `fromFrame`, whose predecessor has the given checksum, for at most so many commits. */
export function scanFrames(
  file: FileView,
  codec: FrameCodec,
  header: WalHeader,
  fromFrame: number,
  checksum1: number,
  checksum2: number,
  mostCommits: number = Infinity,
  lastFrame: number = Infinity,
): ScannedFrames {
  const { pageSize, salt1, salt2, bigEndianWords } = header
  const frameSize = frameHeaderSize + pageSize
  const framesPerChunk = Math.max(1, Math.floor(chunkBytes / frameSize))
  const chunk = Buffer.allocUnsafeSlow(framesPerChunk * frameSize)
  const chain = Uint32Array.of(checksum1, checksum2)
  const pgnos: number[] = []
  let committed = { frames: 0, commitCount: 0, checksum1, checksum2, pageCount: 0 }

  for (let next = fromFrame; ; next += framesPerChunk) {
    const size = file.read(chunk, 0, chunk.length, frameOffset(next, pageSize))
    const count = Math.floor(size / frameSize)
    let index = 0
    for (; index < count; index++) {
      const at = index * frameSize
      const pgno = readUint32(chunk, at)
      if (pgno === 0 || next + index > lastFrame) break
      if (readUint32(chunk, at + 8) !== salt1 || readUint32(chunk, at + 12) !== salt2) break
      codec.walChecksum(chunk.subarray(at, at + 8), bigEndianWords, chain)
      codec.walChecksum(chunk.subarray(at + frameHeaderSize, at + frameSize), bigEndianWords, chain)
      if (chain[0] !== readUint32(chunk, at + 16) || chain[1] !== readUint32(chunk, at + 20)) break
      pgnos.push(pgno)
      const pageCount = readUint32(chunk, at + 4)
      if (pageCount !== 0) {
        committed = {
          frames: pgnos.length,
          commitCount: committed.commitCount + 1,
          checksum1: chain[0],
          checksum2: chain[1],
          pageCount,
        }
        if (committed.commitCount >= mostCommits) break
      }
    }
    if (index < framesPerChunk) break
  }
  const { frames, ...result } = committed
  return { ...result, pgnos: Uint32Array.from(pgnos.slice(0, frames)) }
}

/** The pages of frames `from..to`, by their headers alone: for a frame index that lacks them. */
export function readFramePages(
  file: FileView,
  pageSize: number,
  from: number,
  to: number,
): Uint32Array {
  const header = Buffer.alloc(4)
  const pgnos = new Uint32Array(to - from + 1)
  for (let frame = from; frame <= to; frame++) {
    file.read(header, 0, 4, frameOffset(frame, pageSize))
    pgnos[frame - from] = readUint32(header, 0)
  }
  return pgnos
}
