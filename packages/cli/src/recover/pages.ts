/** The pages of a database that may be damaged: those of its file, and over them those of its log that were committed. (Database File Format §1, §4) */
import { existsSync, readFileSync } from 'node:fs'

export class Pages {
  readonly pageSize: number
  /** Bytes of a page that hold content. */
  readonly usableSize: number
  readonly count: number
  readonly header: Buffer
  readonly #file: Buffer
  readonly #log: ReadonlyMap<number, Buffer>

  /** @param log what stands in the file `-wal` */
  constructor(file: Buffer, log: Buffer) {
    this.#file = file
    const logged = readLog(log)
    this.pageSize = pageSizeOf(file) ?? logged.pageSize ?? guessPageSize(file)
    this.#log = logged.pageSize === this.pageSize ? logged.pages : new Map()
    this.count = Math.max(Math.ceil(file.length / this.pageSize), ...this.#log.keys())
    this.header = (this.page(1) ?? Buffer.alloc(0)).subarray(0, 100)
    const reserved = this.header[20] ?? 0
    this.usableSize = this.pageSize - (this.pageSize - reserved < 480 ? 0 : reserved)
  }

  /** A page, counted from 1; null: there is none. The last one may be cut. */
  page(pgno: number): Buffer | null {
    const logged = this.#log.get(pgno)
    if (logged !== undefined) return logged
    const start = (pgno - 1) * this.pageSize
    if (pgno < 1 || start >= this.#file.length) return null
    const page = this.#file.subarray(start, start + this.pageSize)
    return page.length === this.pageSize ? page : Buffer.concat([page], this.pageSize)
  }

  get encoding(): 'utf8' | 'utf16le' | 'utf16be' {
    const stored = this.header.length < 60 ? 1 : this.header.readUInt32BE(56)
    return stored === 2 ? 'utf16le' : stored === 3 ? 'utf16be' : 'utf8'
  }

  /** A number of the header; 0: it is not there. */
  field(offset: number): number {
    return this.header.length < offset + 4 ? 0 : this.header.readUInt32BE(offset)
  }

  /** Pages that are said to be free. */
  freePages(): Set<number> {
    const free = new Set<number>()
    let trunk = this.field(32)
    while (trunk > 0 && !free.has(trunk)) {
      const page = this.page(trunk)
      if (page === null) break
      free.add(trunk)
      const count = Math.min(page.readUInt32BE(4), this.pageSize / 4 - 2)
      for (let i = 0; i < count; i++) free.add(page.readUInt32BE(8 + 4 * i))
      trunk = page.readUInt32BE(0)
    }
    return free
  }
}

/** The pages of a file and of the log beside it. @throws Error as the system does */
export function pagesOfFile(path: string): Pages {
  const log = `${path}-wal`
  return new Pages(readFileSync(path), existsSync(log) ? readFileSync(log) : Buffer.alloc(0))
}

function isPageSize(size: number): boolean {
  return size >= 512 && size <= 65_536 && (size & (size - 1)) === 0
}

function pageSizeOf(file: Buffer): number | null {
  if (file.length < 18) return null
  const stored = file.readUInt16BE(16)
  const size = stored === 1 ? 65_536 : stored
  return isPageSize(size) ? size : null
}

/** The size at which most pages begin as pages of a tree do. */
function guessPageSize(file: Buffer): number {
  let best = 4096
  let most = 0
  for (let size = 512; size <= 65_536; size *= 2) {
    let count = 0
    for (let start = size; start + 8 <= file.length; start += size) {
      if (looksLikeTree(file, start, size)) count++
    }
    const share = count * size
    if (share > most) [best, most] = [size, share]
  }
  return best
}

function looksLikeTree(file: Buffer, start: number, size: number): boolean {
  if (![2, 5, 10, 13].includes(file[start]!)) return false
  const cells = file.readUInt16BE(start + 3)
  const content = file.readUInt16BE(start + 5) || 65_536
  return cells > 0 && cells < size / 4 && content <= size && content >= 8 + 2 * cells
}

/** Pages of the log up to its last commit, and their size. Frames are believed as far as their checksums hold. (§4.2) */
function readLog(log: Buffer): { pageSize: number | null; pages: Map<number, Buffer> } {
  const pages = new Map<number, Buffer>()
  if (log.length < 32) return { pageSize: null, pages }
  const magic = log.readUInt32BE(0)
  const pageSize = log.readUInt32BE(8)
  if ((magic | 1) !== 0x377f0683 || !isPageSize(pageSize)) return { pageSize: null, pages }
  const isBigEndian = (magic & 1) === 1
  let sum = checksum(log.subarray(0, 24), [0, 0], isBigEndian)
  if (sum[0] !== log.readUInt32BE(24) || sum[1] !== log.readUInt32BE(28)) return { pageSize, pages }
  let pending = new Map<number, Buffer>()
  for (let at = 32; at + 24 + pageSize <= log.length; at += 24 + pageSize) {
    const frame = log.subarray(at, at + 24)
    const page = log.subarray(at + 24, at + 24 + pageSize)
    const isCurrent = frame.subarray(8, 16).equals(log.subarray(16, 24))
    sum = checksum(page, checksum(frame.subarray(0, 8), sum, isBigEndian), isBigEndian)
    if (!isCurrent || sum[0] !== frame.readUInt32BE(16) || sum[1] !== frame.readUInt32BE(20)) break
    pending.set(frame.readUInt32BE(0), page)
    if (frame.readUInt32BE(4) === 0) continue
    for (const [pgno, content] of pending) pages.set(pgno, content)
    pending = new Map()
  }
  return { pageSize, pages }
}

function checksum(
  bytes: Buffer,
  [first, second]: readonly [number, number],
  isBigEndian: boolean,
): [number, number] {
  let [a, b] = [first, second]
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    a = (a + (isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)) + b) >>> 0
    b = (b + (isBigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)) + a) >>> 0
  }
  return [a, b]
}
