/**
 * Frame headers with their checksums, in TypeScript. Where the Rust core is loaded its `FrameCodec` does the
 * same work faster; this one serves without it, and is the measure for both.
 */
import { writeUint32 } from '../../base/bytes.ts'
import type { FrameCodec } from '../../coordination/index.ts'
import { walChecksum } from './checksum.ts'
import { frameHeaderSize } from './frame.ts'

function encodeFrameHeaders(
  headers: Uint8Array,
  pgnos: Uint32Array,
  pages: Uint8Array[],
  pageCount: number,
  salt1: number,
  salt2: number,
  bigEndianWords: boolean,
  chain: Uint32Array,
): void {
  const last = pgnos.length - 1
  for (let i = 0; i <= last; i++) {
    const at = i * frameHeaderSize
    writeUint32(headers, at, pgnos[i]!)
    writeUint32(headers, at + 4, i === last ? pageCount : 0)
    writeUint32(headers, at + 8, salt1)
    writeUint32(headers, at + 12, salt2)
    walChecksum(headers.subarray(at, at + 8), bigEndianWords, chain)
    walChecksum(pages[i]!, bigEndianWords, chain)
    writeUint32(headers, at + 16, chain[0]!)
    writeUint32(headers, at + 20, chain[1]!)
  }
}

/** The codec in TypeScript. */
export const scriptCodec: FrameCodec = { walChecksum, encodeFrameHeaders }
