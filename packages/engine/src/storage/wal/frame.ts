/**
 * A frame of the log: 24 bytes of header, then one page. (Database File Format §4.1 WAL File Format.)
 *
 * | offset | field                                                     |
 * |--------|-----------------------------------------------------------|
 * | 0      | page number                                               |
 * | 4      | pages in the database after this commit; 0: not a commit frame |
 * | 8, 12  | salt 1, salt 2: those of the log's header                 |
 * | 16, 20 | checksum of everything up to and including this frame     |
 *
 * Frames count from 1.
 */
import { readUint32 } from '../../base/bytes.ts'
import { walHeaderSize } from './header.ts'

export const frameHeaderSize = 24

/** Where frame `frame` starts in the file. */
export function frameOffset(frame: number, pageSize: number): number {
  return walHeaderSize + (frame - 1) * (frameHeaderSize + pageSize)
}

/** Bytes of a log of `frameCount` frames. */
export function walSize(frameCount: number, pageSize: number): number {
  return walHeaderSize + frameCount * (frameHeaderSize + pageSize)
}

/** Whether the frame header at `offset` is of this page and this generation of the log. */
export function isFrameOf(
  bytes: Uint8Array,
  offset: number,
  pgno: number,
  salt1: number,
  salt2: number,
): boolean {
  return (
    readUint32(bytes, offset) === pgno &&
    readUint32(bytes, offset + 8) === salt1 &&
    readUint32(bytes, offset + 12) === salt2
  )
}

/** Frames are counted in 32 bits where processes agree on the end of the log. */
export const lastFrameNumber = 0xffff_ffff
