/** Trees of pages that may be damaged: what can be read of their cells and records is, and nothing is believed. (Database File Format §1.6, §2) */
import type { Pages } from './pages.ts'

/** A row as it lies in a leaf. */
export interface StoredRow {
  /** Null: of an index, or of a table WITHOUT ROWID. */
  readonly rowid: bigint | null
  /** INTEGERs as bigints, REALs as numbers, BLOBs as bytes. */
  readonly values: readonly unknown[]
}

const tableLeaf = 13
const indexLeaf = 10
const indexInterior = 2
const tableInterior = 5

/** Reads trees, and remembers which pages have been seen. */
export class TreeReader {
  readonly #pages: Pages
  readonly seen: Set<number> = new Set()

  constructor(pages: Pages) {
    this.#pages = pages
  }

  /** The rows of a tree, from its root on, in its order. */
  *rows(root: number): Generator<StoredRow> {
    const stack = [root]
    for (let pgno = stack.pop(); pgno !== undefined; pgno = stack.pop()) {
      if (this.seen.has(pgno)) continue
      const page = this.#pages.page(pgno)
      if (page === null) continue
      this.seen.add(pgno)
      yield* this.rowsOfPage(pgno)
      stack.push(...this.#children(page, pgno).toReversed())
    }
  }

  /** The rows that lie in one page. */
  *rowsOfPage(pgno: number): Generator<StoredRow> {
    const page = this.#pages.page(pgno)
    if (page === null) return
    const kind = page[headerOffset(pgno)]
    if (kind !== tableLeaf && kind !== indexLeaf && kind !== indexInterior) return
    for (const cell of this.#cells(page, pgno)) {
      const row = this.#row(page, cell, kind)
      if (row !== null) yield row
    }
  }

  /** What could be rows of a table anywhere in a page whose list of cells is lost. */
  *rowsAnywhere(pgno: number): Generator<StoredRow> {
    const page = this.#pages.page(pgno)
    if (page === null) return
    for (let at = headerOffset(pgno); at + 4 <= page.length; at++) {
      const row = this.#row(page, at, tableLeaf)
      if (row !== null) yield row
    }
  }

  /** Whether a page is a leaf of a table, or of an index. */
  isLeaf(pgno: number): boolean {
    const kind = this.#pages.page(pgno)?.[headerOffset(pgno)]
    return kind === tableLeaf || kind === indexLeaf
  }

  #children(page: Buffer, pgno: number): number[] {
    const start = headerOffset(pgno)
    const kind = page[start]
    if (kind !== tableInterior && kind !== indexInterior) return []
    const children = this.#cells(page, pgno).map((cell) => page.readUInt32BE(cell))
    return [...children, page.readUInt32BE(start + 8)].filter(
      (child) => child > 0 && child <= this.#pages.count,
    )
  }

  /** Where the cells of a page begin. */
  #cells(page: Buffer, pgno: number): number[] {
    const start = headerOffset(pgno)
    const kind = page[start]
    const isInterior = kind === tableInterior || kind === indexInterior
    const pointers = start + (isInterior ? 12 : 8)
    const count = Math.min(page.readUInt16BE(start + 3), Math.floor((page.length - pointers) / 2))
    const cells: number[] = []
    for (let i = 0; i < count; i++) {
      const cell = page.readUInt16BE(pointers + 2 * i)
      if (cell >= pointers && cell + 4 <= page.length) cells.push(cell)
    }
    return cells
  }

  #row(page: Buffer, cell: number, kind: number): StoredRow | null {
    let at = kind === indexInterior ? cell + 4 : cell
    const [size, afterSize] = readVarint(page, at)
    at = afterSize
    let rowid: bigint | null = null
    if (kind === tableLeaf) [rowid, at] = readVarint(page, at)
    if (size < 0n || size > 0x7fff_ffffn || at >= page.length) return null
    const payload = this.#payload(page, at, Number(size), kind === tableLeaf)
    const values = readRecord(payload, this.#pages.encoding)
    return values === null
      ? null
      : { rowid: rowid === null ? null : BigInt.asIntN(64, rowid), values }
  }

  /** What a cell holds, with what lies on overflow pages, as far as they are there. (§1.6) */
  #payload(page: Buffer, at: number, size: number, isTable: boolean): Buffer {
    const { usableSize } = this.#pages
    const most = isTable ? usableSize - 35 : Math.floor(((usableSize - 12) * 64) / 255) - 23
    if (size <= most) return page.subarray(at, at + size)
    const least = Math.floor(((usableSize - 12) * 32) / 255) - 23
    const wanted = least + ((size - least) % (usableSize - 4))
    const local = wanted <= most ? wanted : least
    const pieces = [page.subarray(at, at + local)]
    let left = size - local
    let next = at + local + 4 <= page.length ? page.readUInt32BE(at + local) : 0
    while (left > 0 && next > 0 && !this.seen.has(next)) {
      const overflow = this.#pages.page(next)
      if (overflow === null) break
      this.seen.add(next)
      const part = overflow.subarray(4, Math.min(usableSize, 4 + left))
      pieces.push(part)
      left -= part.length
      next = overflow.readUInt32BE(0)
    }
    return Buffer.concat(pieces)
  }
}

/** Page 1 begins with the header of the file. */
function headerOffset(pgno: number): number {
  return pgno === 1 ? 100 : 0
}

/** A number of variable length, and where the next byte is. (§1.6) */
function readVarint(bytes: Buffer, start: number): [bigint, number] {
  let value = 0n
  for (let i = 0; i < 8; i++) {
    const byte = bytes[start + i] ?? 0
    value = (value << 7n) | BigInt(byte & 0x7f)
    if (byte < 0x80) return [value, start + i + 1]
  }
  return [(value << 8n) | BigInt(bytes[start + 8] ?? 0), start + 9]
}

const integerSizes = [0, 1, 2, 3, 4, 6, 8]

/** The values of a record, as far as they are there; null: it is none. (§2.1) */
function readRecord(payload: Buffer, encoding: Pages['encoding']): unknown[] | null {
  const [headerSize, first] = readVarint(payload, 0)
  if (headerSize < 1n || headerSize > BigInt(payload.length)) return null
  const values: unknown[] = []
  let body = Number(headerSize)
  for (let at = first; at < Number(headerSize);) {
    const [type, next] = readVarint(payload, at)
    at = next
    const kind = Number(type)
    const size =
      kind >= 12 ? Math.floor((kind - 12) / 2) : (integerSizes[kind] ?? (kind === 7 ? 8 : 0))
    if (type < 0n || kind === 10 || kind === 11) return null
    const bytes = payload.subarray(body, body + size)
    body += size
    values.push(bytes.length < size && kind < 12 ? null : readValue(kind, bytes, encoding))
  }
  return values
}

function readValue(kind: number, bytes: Buffer, encoding: Pages['encoding']): unknown {
  if (kind === 0) return null
  if (kind <= 6) {
    let value = 0n
    for (const byte of bytes) value = (value << 8n) | BigInt(byte)
    return BigInt.asIntN(8 * bytes.length, value)
  }
  if (kind === 7) return bytes.readDoubleBE(0)
  if (kind === 8) return 0n
  if (kind === 9) return 1n
  if (kind % 2 === 0) return bytes
  if (encoding === 'utf8') return bytes.toString('utf8')
  const even = Buffer.from(bytes.subarray(0, bytes.length & ~1))
  return (encoding === 'utf16be' ? even.swap16() : even).toString('utf16le')
}
