/**
 * Pages in memory that punish a B-tree for what a real page cache only punishes on a bad day.
 *
 * - Outside an operation every `get` may evict any page that no registered holder holds; the evicted bytes are
 *   overwritten, so that whoever still looks at them reads rubbish.
 * - `write` may move a page's bytes to another array and overwrite the old one.
 * - A page changed without `write` is found out when the operation ends, if `paranoid`.
 */
import { corrupt } from '../../packages/engine/src/base/error.ts'
import { Page } from '../../packages/engine/src/storage/pager/page.ts'
import type { PageHolder, Pages } from '../../packages/engine/src/storage/pager/page.ts'

export class StrictPages implements Pages {
  readonly pointers = null
  readonly pageSize: number
  readonly usableSize: number
  pageCount = 0
  readonly maxPages = 0xfffffffe
  readonly secureDelete = 0
  changeCount = 0
  relocations = 0
  readonly #random: () => number
  readonly #paranoid: boolean
  readonly #cache: Map<number, Page> = new Map()
  readonly #stored: Map<number, Uint8Array> = new Map()
  readonly #written: Set<Page> = new Set()
  readonly #holders: Set<PageHolder> = new Set()
  #depth = 0

  constructor(pageSize: number, reserved: number, random: () => number, paranoid: boolean = false) {
    this.pageSize = pageSize
    this.usableSize = pageSize - reserved
    this.#random = random
    this.#paranoid = paranoid
    const first = new Uint8Array(pageSize)
    first.set(Buffer.from('SQLite format 3\0'))
    first[16] = pageSize >>> 8
    first[17] = pageSize === 65536 ? 1 : pageSize
    first[18] = first[19] = 1
    first[20] = reserved
    first[21] = 64
    first[22] = first[23] = 32
    first[47] = 4
    first[59] = 1
    first[100] = 13
    first[105] = this.usableSize >>> 8
    first[106] = this.usableSize
    this.#stored.set(1, first)
    this.pageCount = 1
  }

  /** Pages as the bytes of a file give them. */
  static fromFile(file: Uint8Array, random: () => number = Math.random): StrictPages {
    // A Buffer's `slice` would be a view.
    const bytes = new Uint8Array(file)
    const pageSize = ((bytes[16]! << 8) | bytes[17]!) === 1 ? 65536 : (bytes[16]! << 8) | bytes[17]!
    const pages = new StrictPages(pageSize, bytes[20]!, random)
    pages.pageCount = Math.floor(bytes.length / pageSize)
    for (let pgno = 1; pgno <= pages.pageCount; pgno++)
      pages.#stored.set(pgno, bytes.slice((pgno - 1) * pageSize, pgno * pageSize))
    return pages
  }

  shrink(pageCount: number): void {
    for (let pgno = pageCount + 1; pgno <= this.pageCount; pgno++) {
      this.#cache.delete(pgno)
      this.#stored.delete(pgno)
    }
    this.pageCount = pageCount
  }

  /** The whole file, with a header that is right for it. */
  toFile(): Uint8Array {
    const first = this.get(1)
    const view = new DataView(first.data.buffer, first.data.byteOffset)
    view.setUint32(28, this.pageCount)
    view.setUint32(24, 1)
    view.setUint32(92, 1)
    view.setUint32(96, 3_053_000)
    const bytes = new Uint8Array(this.pageCount * this.pageSize)
    for (let pgno = 1; pgno <= this.pageCount; pgno++) {
      const data = this.#cache.get(pgno)?.data ?? this.#stored.get(pgno)
      if (data !== undefined) bytes.set(data, (pgno - 1) * this.pageSize)
    }
    return bytes
  }

  get(pgno: number): Page {
    if (!(pgno >= 1 && pgno <= this.pageCount))
      throw corrupt(pgno, `the database has ${this.pageCount} pages`)
    if (this.#depth === 0) this.#evictSome()
    let page = this.#cache.get(pgno)
    if (page === undefined) {
      page = new Page(pgno, this.#stored.get(pgno)?.slice() ?? new Uint8Array(this.pageSize))
      this.#cache.set(pgno, page)
    }
    return page
  }

  look(pgno: number): Uint8Array {
    return this.get(pgno).data
  }

  #evictSome(): void {
    if (this.#random() < 0.7) return
    for (const page of this.#cache.values()) {
      if (this.#random() < 0.5) continue
      let held = false
      for (const holder of this.#holders) if (holder.holds(page)) held = true
      if (held) continue
      this.#cache.delete(page.pgno)
      this.#stored.set(page.pgno, page.data.slice())
      page.data.fill(0xaa)
      return
    }
  }

  write(page: Page): void {
    this.changeCount++
    if (this.#depth === 0) throw new Error('write outside an operation')
    if (this.#cache.get(page.pgno) !== page) throw new Error('write of a page that was evicted')
    if (this.#paranoid && !this.#written.has(page)) this.#stored.set(page.pgno, page.data.slice())
    this.#written.add(page)
    if (this.#random() < 0.3) {
      const old = page.data
      page.data = old.slice()
      old.fill(0xbb)
    }
  }

  create(pgno: number): Page {
    if (pgno > this.pageCount) this.pageCount = pgno
    const page = this.get(pgno)
    this.write(page)
    page.data.fill(0)
    page.verified = false
    return page
  }

  beginOperation(): void {
    if (this.#depth++ > 0) return
    this.#written.clear()
    if (this.#paranoid)
      for (const page of this.#cache.values()) this.#stored.set(page.pgno, page.data.slice())
  }

  endOperation(): void {
    if (--this.#depth > 0 || !this.#paranoid) return
    for (const page of this.#cache.values()) {
      const stored = this.#stored.get(page.pgno)
      if (
        !this.#written.has(page) &&
        stored !== undefined &&
        Buffer.compare(stored, page.data) !== 0
      )
        throw new Error(`page ${page.pgno} was changed without write`)
    }
  }

  defer(): void {
    throw new Error('nothing is kept back here')
  }

  settleDeferred(): void {}

  createFree(pgno: number): Page {
    return this.create(pgno)
  }

  noteFree(): void {}

  readonly mostDeferred = 0

  register(holder: PageHolder): void {
    this.#holders.add(holder)
  }

  unregister(holder: PageHolder): void {
    this.#holders.delete(holder)
  }
}
