/**
 * Appending frames. The writer knows the end of the log: the last frame it has written and the checksum
 * chain there. It writes; when something becomes visible is decided in `log.ts`.
 *
 * A commit of a few pages is one write of one contiguous buffer, a larger one vectored writes of many.
 */
import { databaseFull } from '../../base/error.ts'
import type { FrameCodec } from '../../coordination/index.ts'
import type { Page } from '../pager/page.ts'
import type { Door } from './door.ts'
import { frameHeaderSize, frameOffset, lastFrameNumber } from './frame.ts'

/** Frames of one vectored write: header and page each, within IOV_MAX. */
const framesPerWrite = 512
/** Up to this size, copying into one buffer beats a vectored write. */
const contiguousBytes = 65_536

export class FrameWriter {
  /** The last frame in the log, committed or not. */
  lastFrame = 0
  readonly chain: Uint32Array = new Uint32Array(2)
  #door: Door
  #codec: FrameCodec
  #pageSize: number
  #headers: Buffer
  #contiguous: Buffer
  #contiguousFrames: number

  constructor(door: Door, codec: FrameCodec, pageSize: number) {
    this.#door = door
    this.#codec = codec
    this.#pageSize = pageSize
    const frameSize = frameHeaderSize + pageSize
    this.#headers = Buffer.alloc(framesPerWrite * frameHeaderSize)
    this.#contiguousFrames = Math.max(1, Math.floor(contiguousBytes / frameSize))
    this.#contiguous = Buffer.allocUnsafeSlow(this.#contiguousFrames * frameSize)
  }

  /** Where `place` puts pages. */
  get room(): Uint8Array {
    return this.#contiguous
  }

  /** Pages that the room holds. */
  get roomFrames(): number {
    return this.#contiguousFrames
  }

  /** Puts pages where they will stand in the log, each behind the space for its header. */
  place(pages: readonly Page[]): void {
    const frameSize = frameHeaderSize + this.#pageSize
    for (let i = 0; i < pages.length; i++) {
      this.#contiguous.set(pages[i]!.data, i * frameSize + frameHeaderSize)
    }
  }

  /** Continues after frame `lastFrame`, whose checksum is given. */
  start(lastFrame: number, checksum1: number, checksum2: number): void {
    this.lastFrame = lastFrame
    this.chain[0] = checksum1
    this.chain[1] = checksum2
  }

  /** Appends a frame for each page; the last one commits when `pageCount` is not 0. */
  append(
    pages: readonly Page[],
    pageCount: number,
    salt1: number,
    salt2: number,
    bigEndianWords: boolean,
  ): void {
    if (this.lastFrame + pages.length > lastFrameNumber) throw databaseFull()
    for (let from = 0; from < pages.length; from += framesPerWrite) {
      const part = pages.slice(from, from + framesPerWrite)
      const isLast = from + framesPerWrite >= pages.length
      const count = part.length
      const pgnos = new Uint32Array(count)
      const data: Uint8Array[] = []
      for (let i = 0; i < count; i++) {
        pgnos[i] = part[i]!.pgno
        data.push(part[i]!.data)
      }
      const headers = this.#headers.subarray(0, count * frameHeaderSize)
      const commitPageCount = isLast ? pageCount : 0
      this.#codec.encodeFrameHeaders(
        headers,
        pgnos,
        data,
        commitPageCount,
        salt1,
        salt2,
        bigEndianWords,
        this.chain,
      )
      this.#writeFrames(data)
      this.lastFrame += count
    }
  }

  #writeFrames(data: readonly Uint8Array[]): void {
    const position = frameOffset(this.lastFrame + 1, this.#pageSize)
    const frameSize = frameHeaderSize + this.#pageSize
    if (data.length <= this.#contiguousFrames) {
      const buffer = this.#contiguous
      for (let i = 0; i < data.length; i++) {
        const header = i * frameHeaderSize
        buffer.set(this.#headers.subarray(header, header + frameHeaderSize), i * frameSize)
        buffer.set(data[i]!, i * frameSize + frameHeaderSize)
      }
      this.#door.writeFrames([buffer.subarray(0, data.length * frameSize)], position)
      return
    }
    const buffers: Uint8Array[] = []
    for (let i = 0; i < data.length; i++) {
      const header = i * frameHeaderSize
      buffers.push(this.#headers.subarray(header, header + frameHeaderSize), data[i]!)
    }
    this.#door.writeFrames(buffers, position)
  }
}
