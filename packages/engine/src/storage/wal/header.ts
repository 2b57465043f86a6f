/**
 * The 32 bytes at the start of the log. (Database File Format §4.1 WAL File Format.)
 *
 * | offset | field                                             |
 * |--------|---------------------------------------------------|
 * | 0      | magic: 0x377f0682, or …83: checksums over big-endian words |
 * | 4      | format version, 3007000                           |
 * | 8      | page size                                         |
 * | 12     | checkpoint sequence: counts restarts of the log   |
 * | 16, 20 | salt 1, salt 2                                    |
 * | 24, 28 | checksum of the first 24 bytes                    |
 *
 * A header that does not hold means an empty log, as in SQLite: whoever wrote it had not finished.
 */
import { readUint32, writeUint32 } from '../../base/bytes.ts'
import { maxPageSize, minPageSize } from '../../base/limits.ts'
import type { FileView } from './door.ts'
import { walChecksum } from './checksum.ts'

export const walHeaderSize = 32
const magic = 0x377f0682
const formatVersion = 3_007_000

/** A header whose checksum held. */
export interface WalHeader {
  readonly bigEndianWords: boolean
  readonly pageSize: number
  readonly checkpointSeq: number
  readonly salt1: number
  readonly salt2: number
  readonly checksum1: number
  readonly checksum2: number
}

/** Fills `bytes` with a new header. We write the little-endian magic everywhere. */
export function composeWalHeader(
  bytes: Uint8Array,
  pageSize: number,
  checkpointSeq: number,
  salt1: number,
  salt2: number,
): WalHeader {
  writeUint32(bytes, 0, magic)
  writeUint32(bytes, 4, formatVersion)
  writeUint32(bytes, 8, pageSize)
  writeUint32(bytes, 12, checkpointSeq)
  writeUint32(bytes, 16, salt1)
  writeUint32(bytes, 20, salt2)
  const chain = new Uint32Array(2)
  walChecksum(bytes.subarray(0, 24), false, chain)
  writeUint32(bytes, 24, chain[0]!)
  writeUint32(bytes, 28, chain[1]!)
  return {
    bigEndianWords: false,
    pageSize,
    checkpointSeq,
    salt1,
    salt2,
    checksum1: chain[0]!,
    checksum2: chain[1]!,
  }
}

/** Reads the header of a log, or null where there is no valid one. */
export function readWalHeader(file: FileView): WalHeader | null {
  const bytes = Buffer.alloc(walHeaderSize)
  if (file.read(bytes, 0, walHeaderSize, 0) < walHeaderSize) return null
  const stored = readUint32(bytes, 0)
  if (stored !== magic && stored !== magic + 1) return null
  if (readUint32(bytes, 4) !== formatVersion) return null
  const bigEndianWords = stored === magic + 1
  const pageSize = readUint32(bytes, 8)
  if (pageSize < minPageSize || pageSize > maxPageSize || (pageSize & (pageSize - 1)) !== 0) {
    return null
  }
  const chain = new Uint32Array(2)
  walChecksum(bytes.subarray(0, 24), bigEndianWords, chain)
  if (chain[0] !== readUint32(bytes, 24) || chain[1] !== readUint32(bytes, 28)) return null
  return {
    bigEndianWords,
    pageSize,
    checkpointSeq: readUint32(bytes, 12),
    salt1: readUint32(bytes, 16),
    salt2: readUint32(bytes, 20),
    checksum1: chain[0],
    checksum2: chain[1],
  }
}
