/**
 * Keys, with rows or without, in the temporary file, to be looked up. They are written in the order of a hash of 32 bits. Of every four KiB
 * or so the first hash is kept in memory, and for every key some bits that say of most others that they are not there (a Bloom filter). So
 * a key that is not there costs no access to the file as a rule, and one that is there reads one block, which may still be at hand.
 */
import { RowFileWriter, decodeRow, mostAtHand } from './row-file.ts'
import type { RowPart, RowRun } from './row-file.ts'
import type { Key } from '../keys.ts'
import type { Row } from './row-order.ts'
import type { Spill } from './spill.ts'

const blockSize = 4096

const scratch = new Float64Array(1)
const halves = new Int32Array(scratch.buffer)

/** The same for keys that are the same to a `Map`. */
export function hashOf(key: Key): number {
  switch (typeof key) {
    case 'number':
      scratch[0] = key + 0
      return mixed(halves[0]! ^ Math.imul(halves[1]!, 0x9e3779b1))
    case 'string': {
      let hash = key.length
      for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
      return mixed(hash)
    }
    case 'bigint':
      return mixed(Number(BigInt.asIntN(32, key)) ^ Number(BigInt.asIntN(32, key >> 32n)))
    default:
      return 0
  }
}

function mixed(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** Takes entries in the order of their hashes. An entry is a row: the hash, the key, and what belongs to it. */
export class HashRunWriter {
  readonly #spill: Spill
  readonly #writer: RowFileWriter
  readonly #filter: Int32Array
  readonly #hashes: number[] = []
  readonly #positions: number[] = []
  #count = 0

  /** @param count how many entries will come, about */
  constructor(spill: Spill, count: number) {
    this.#spill = spill
    this.#writer = new RowFileWriter(spill)
    let words = 8
    while (words * 4 < count && words * 32 < spill.memoryLimit) words *= 2
    this.#filter = new Int32Array(words)
  }

  write(entry: Row): void {
    const hash = entry[0] as number
    const { size } = this.#writer
    const last = this.#positions.at(-1)
    if (last === undefined || size - last >= blockSize) {
      this.#hashes.push(hash)
      this.#positions.push(size)
    }
    this.#writer.write(entry)
    const filter = this.#filter
    const mask = filter.length - 1
    const more = Math.imul(hash, 0x9e3779b1)
    filter[(hash >>> 5) & mask]! |= 1 << hash
    filter[(more >>> 5) & mask]! |= 1 << (more >>> 27)
    this.#count++
  }

  finish(): HashRun {
    const run = this.#writer.finish()
    return new HashRun(this.#spill, run, this.#count, this.#filter, this.#hashes, [
      ...this.#positions,
      run.size,
    ])
  }
}

interface Block {
  readonly bytes: Buffer
  readonly size: number
}

export class HashRun {
  readonly run: RowRun
  /** How many entries there are. */
  readonly count: number
  readonly #spill: Spill
  readonly #filter: Int32Array
  readonly #hashes: Int32Array
  readonly #positions: Float64Array
  /** Blocks that were read last, the first one longest ago. Their buffers are used again. */
  readonly #blocks = new Map<number, Block>()
  readonly #mostBlocks: number

  constructor(
    spill: Spill,
    run: RowRun,
    count: number,
    filter: Int32Array,
    hashes: readonly number[],
    positions: readonly number[],
  ) {
    this.run = run
    this.count = count
    this.#spill = spill
    this.#filter = filter
    this.#hashes = Int32Array.from(hashes)
    this.#positions = Float64Array.from(positions)
    this.#mostBlocks = Math.max(1, Math.floor(spill.memoryLimit / 16 / blockSize))
  }

  has(hash: number, key: Key): boolean {
    return this.mayHave(hash) && new Lookup(this, hash, key).next() !== null
  }

  /** The rows of a key, in the order in which they were written; null: there are none. */
  rowsOf(hash: number, key: Key): RowPart | null {
    if (!this.mayHave(hash)) return null
    return new FoundRows(new Lookup(this, hash, key), this.#spill.chunkSize).next()
  }

  mayHave(hash: number): boolean {
    const filter = this.#filter
    const mask = filter.length - 1
    const more = Math.imul(hash, 0x9e3779b1)
    return (
      (filter[(hash >>> 5) & mask]! & (1 << hash)) !== 0 &&
      (filter[(more >>> 5) & mask]! & (1 << (more >>> 27))) !== 0
    )
  }

  /** The block in which the first entry with this hash is, if there is one, or the one before. */
  blockOf(hash: number): number {
    const hashes = this.#hashes
    let low = 0
    let high = hashes.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (hashes[middle]! < hash) low = middle + 1
      else high = middle
    }
    return Math.max(0, low - 1)
  }

  /** Whole entries, until another block is asked for; null behind the last one. */
  block(index: number): Block | null {
    if (index >= this.#hashes.length) return null
    const known = this.#blocks.get(index)
    if (known !== undefined) return known
    const start = this.#positions[index]!
    const size = this.#positions[index + 1]! - start
    const bytes = this.#roomFor(size)
    const { chunkSize } = this.#spill
    for (let at = 0; at < size;) {
      const from = (start + at) % chunkSize
      const part = Math.min(size - at, chunkSize - from)
      const chunk = this.run.chunks[Math.floor((start + at) / chunkSize)]!
      this.#spill.read(chunk + from, bytes, at, part)
      at += part
    }
    const block = { bytes, size }
    this.#blocks.set(index, block)
    return block
  }

  /** The buffer of the oldest block where there are enough and it is large enough, else a new one. */
  #roomFor(size: number): Buffer {
    if (this.#blocks.size >= this.#mostBlocks)
      for (const [oldest, { bytes }] of this.#blocks) {
        this.#blocks.delete(oldest)
        if (bytes.length >= size) return bytes
        break
      }
    return Buffer.allocUnsafeSlow(Math.max(size, blockSize + (blockSize >> 2)))
  }

  close(): void {
    this.#spill.release(this.run.chunks)
  }
}

/** The entries of one key. */
class Lookup {
  readonly #run: HashRun
  readonly #hash: number
  readonly #key: Key
  #block: number
  #at = 0

  constructor(run: HashRun, hash: number, key: Key) {
    this.#run = run
    this.#hash = hash
    this.#key = key
    this.#block = run.blockOf(hash)
  }

  /** What was written with the key: the key, then the rest. */
  next(): Row | null {
    for (;;) {
      const block = this.#run.block(this.#block)
      if (block === null) return null
      const { bytes, size } = block
      for (let at = this.#at; at < size;) {
        const end = at + 4 + bytes.readUInt32LE(at)
        // Hashes are of 32 bits, so each is a tag and four bytes.
        const hash = bytes.readInt32LE(at + 5)
        if (hash > this.#hash) return null
        const start = at + 9
        at = end
        if (hash !== this.#hash) continue
        const row = decodeRow(bytes, start, end)
        if (row[0] !== this.#key) continue
        this.#at = at
        return row
      }
      this.#block++
      this.#at = 0
    }
  }
}

class FoundRows implements RowPart {
  rows: Row[] = []
  readonly #lookup: Lookup
  readonly #mostBytes: number

  constructor(lookup: Lookup, mostBytes: number) {
    this.#lookup = lookup
    this.#mostBytes = mostBytes
  }

  next(): RowPart | null {
    const rows: Row[] = []
    const most = Math.min(mostAtHand, this.#mostBytes >> 4)
    while (rows.length < most) {
      const row = this.#lookup.next()
      if (row === null) break
      rows.push(row.slice(1))
    }
    this.rows = rows
    return rows.length === 0 ? null : this
  }
}
