/**
 * The running checksum of the log. (Database File Format §4.2 Checksum Algorithm.)
 *
 *     for each pair of 32-bit words:   s0 += x[i] + s1;   s1 += x[i + 1] + s0
 *
 * Each frame continues where the one before stopped, so a frame is only valid after all its
 * predecessors. The words are read in the byte order that the log's magic number names; the sums are
 * stored big-endian.
 */
const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** Continues `chain` over `data`, whose size is a multiple of 8. */
export function walChecksum(data: Uint8Array, bigEndianWords: boolean, chain: Uint32Array): void {
  let sum0 = chain[0]! | 0
  let sum1 = chain[1]! | 0
  if (bigEndianWords !== hostIsLittleEndian && (data.byteOffset & 3) === 0) {
    const words = new Int32Array(data.buffer, data.byteOffset, data.length >>> 2)
    for (let i = 0; i < words.length; i += 2) {
      sum0 = (sum0 + words[i]! + sum1) | 0
      sum1 = (sum1 + words[i + 1]! + sum0) | 0
    }
  } else {
    const [b0, b1, b2, b3] = bigEndianWords ? [24, 16, 8, 0] : [0, 8, 16, 24]
    for (let i = 0; i < data.length; i += 8) {
      const even =
        (data[i]! << b0) | (data[i + 1]! << b1) | (data[i + 2]! << b2) | (data[i + 3]! << b3)
      const odd =
        (data[i + 4]! << b0) | (data[i + 5]! << b1) | (data[i + 6]! << b2) | (data[i + 7]! << b3)
      sum0 = (sum0 + even + sum1) | 0
      sum1 = (sum1 + odd + sum0) | 0
    }
  }
  chain[0] = sum0
  chain[1] = sum1
}
