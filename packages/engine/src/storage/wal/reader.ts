/**
 * Reading single frames. Each is checked against what it is read for: its page number and the salts of
 * the generation. (The checksum was verified when the frame was recovered, or computed when it was
 * written.)
 */
import { readUint32 } from '../../base/bytes.ts'
import { corrupt } from '../../base/error.ts'
import type { FileView } from './door.ts'
import { frameHeaderSize, frameOffset, isFrameOf } from './frame.ts'

export class FrameReader {
  #file: FileView
  #pageSize: number
  #scratch: Buffer

  constructor(file: FileView, pageSize: number) {
    this.#file = file
    this.#pageSize = pageSize
    this.#scratch = Buffer.allocUnsafeSlow(frameHeaderSize + pageSize)
  }

  /** Reads the page of a frame into `target`. @returns false when the frame is not what it should be */
  readPage(frame: number, pgno: number, salt1: number, salt2: number, target: Uint8Array): boolean {
    const scratch = this.#scratch
    const position = frameOffset(frame, this.#pageSize)
    const size = this.#file.read(scratch, 0, scratch.length, position)
    if (size < scratch.length || !isFrameOf(scratch, 0, pgno, salt1, salt2)) return false
    target.set(scratch.subarray(frameHeaderSize))
    return true
  }

  /** Pages in the database after the commit that frame `frame` ends. */
  readPageCount(frame: number, salt1: number, salt2: number): number {
    const scratch = this.#scratch
    const position = frameOffset(frame, this.#pageSize)
    const size = this.#file.read(scratch, 0, frameHeaderSize, position)
    const pageCount = readUint32(scratch, 4)
    const isWhole = size === frameHeaderSize && pageCount !== 0
    if (!isWhole || !isFrameOf(scratch, 0, readUint32(scratch, 0), salt1, salt2)) {
      throw corrupt(0, `frame ${frame} of the log should be the last commit, and is not`)
    }
    return pageCount
  }
}
