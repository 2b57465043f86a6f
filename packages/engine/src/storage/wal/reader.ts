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
  /** Frames that are read together. */
  #many: Buffer = Buffer.alloc(0)

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

  /**
   * Reads the pages of frames that follow each other to `target` from `offset` on, one behind the other. Answers how many of them are what they should
   * be, from the first one on.
   * @param pairs page and frame, page and frame …, from number `from` on
   */
  readPages(
    pairs: Uint32Array,
    from: number,
    count: number,
    salt1: number,
    salt2: number,
    target: Uint8Array,
    offset: number,
  ): number {
    const frameSize = frameHeaderSize + this.#pageSize
    if (this.#many.length < count * frameSize)
      this.#many = Buffer.allocUnsafeSlow(count * frameSize)
    const many = this.#many
    const position = frameOffset(pairs[2 * from + 1]!, this.#pageSize)
    const size = this.#file.read(many, 0, count * frameSize, position)
    for (let i = 0; i < count; i++) {
      const at = i * frameSize
      const pgno = pairs[2 * (from + i)]!
      if (size < at + frameSize || !isFrameOf(many, at, pgno, salt1, salt2)) return i
      target.set(many.subarray(at + frameHeaderSize, at + frameSize), offset + i * this.#pageSize)
    }
    return count
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
