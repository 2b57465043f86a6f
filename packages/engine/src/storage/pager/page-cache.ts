/**
 * The pages in memory, found by number, and the choice of which one to give up.
 *
 * Lookup is a two-level array: 1024 pages to a leaf, leaves created when first needed. That is two
 * loads for a hit, and it stays dense for the engine's arrays however large the database is.
 *
 * Victims are chosen by the clock algorithm: a hand goes round all pages; a page that was touched since
 * the hand last passed (`referenced`) is spared once. Dirty pages, page 1 and pages that somebody holds
 * are never victims. The cache decides nothing else: reading, writing and the size of the bound are the
 * pager's.
 *
 * Page buffers are cut from slabs and recycled, because a fresh ArrayBuffer for each page costs more
 * than reading the page.
 */
import type { Page, PageHolder } from './page.ts'
import { ScanRing } from './scan-ring.ts'

const leafBits = 10
const leafSize = 1 << leafBits
const leafMask = leafSize - 1
const slabBytes = 262_144

type Leaf = (Page | undefined)[]

/** Page buffers of one size, cut from slabs and handed out again after use. */
export class BufferPool {
  readonly pageSize: number
  #spare: Buffer[] = []
  #slab: ArrayBuffer | null = null
  #slabOffset = 0

  constructor(pageSize: number) {
    this.pageSize = pageSize
  }

  /** A buffer of `pageSize` bytes with unspecified content. */
  take(): Buffer {
    const spare = this.#spare.pop()
    if (spare !== undefined) return spare
    if (this.#slab === null || this.#slabOffset + this.pageSize > this.#slab.byteLength) {
      this.#slab = new ArrayBuffer(Math.max(this.pageSize, slabBytes))
      this.#slabOffset = 0
    }
    const buffer = Buffer.from(this.#slab, this.#slabOffset, this.pageSize)
    this.#slabOffset += this.pageSize
    return buffer
  }

  /** Takes back a buffer that nobody refers to any more. */
  give(buffer: Uint8Array): void {
    if (this.#spare.length < 4096) this.#spare.push(buffer as Buffer)
  }
}

export class PageCache {
  #leaves: (Leaf | undefined)[] = []
  #pages: Page[] = []
  #hand = 0
  readonly #holders: PageHolder[]
  readonly pool: BufferPool

  /** @param before the cache that this one replaces; its holders go on holding */
  constructor(pageSize: number, before: PageCache | null = null) {
    this.pool = new BufferPool(pageSize)
    this.#holders = before === null ? [] : before.#holders
  }

  /** Pages in the cache. */
  get size(): number {
    return this.#pages.length
  }

  find(pgno: number): Page | undefined {
    const leaf = this.#leaves[pgno >>> leafBits]
    return leaf === undefined ? undefined : leaf[pgno & leafMask]
  }

  /** Enters a page that is not in the cache. */
  add(page: Page): void {
    const index = page.pgno >>> leafBits
    let leaf = this.#leaves[index]
    if (leaf === undefined) {
      leaf = Array.from<Page | undefined>({ length: leafSize })
      // An array that grows one element past its end stays fast; one written far beyond becomes a dictionary.
      while (this.#leaves.length <= index) this.#leaves.push(undefined)
      this.#leaves[index] = leaf
    }
    leaf[page.pgno & leafMask] = page
    page.slot = this.#pages.length
    this.#pages.push(page)
  }

  /** Takes a page out. Its buffer is left alone: somebody may still look at it. */
  remove(page: Page): void {
    this.#leaves[page.pgno >>> leafBits]![page.pgno & leafMask] = undefined
    const last = this.#pages.pop()!
    if (last !== page) {
      this.#pages[page.slot] = last
      last.slot = page.slot
    }
    page.slot = -1
  }

  /** Takes a page out whose content is out of date, and recycles its buffer if nobody holds it. */
  discard(page: Page): void {
    this.remove(page)
    if (!this.#isHeld(page)) this.pool.give(page.data)
  }

  /** Takes out every page for which `drop` answers true. */
  removeWhere(drop: (page: Page) => boolean): void {
    for (let i = this.#pages.length - 1; i >= 0; i--) {
      const page = this.#pages[i]!
      if (drop(page)) this.remove(page)
    }
  }

  forEach(look: (page: Page) => void): void {
    for (const page of this.#pages) look(page)
  }

  clear(): void {
    for (const page of this.#pages) page.slot = -1
    this.#leaves = []
    this.#pages = []
    this.#hand = 0
  }

  /**
   * Takes out one clean page that nobody holds, and recycles its buffer.
   * Goes round at most twice: the first round may do no more than clear `referenced`.
   * @returns false when there is no such page
   */
  evictOne(): boolean {
    const pages = this.#pages
    for (let steps = 2 * pages.length; steps > 0; steps--) {
      if (this.#hand >= pages.length) this.#hand = 0
      const page = pages[this.#hand]!
      if (page.referenced) {
        page.referenced = false
        this.#hand++
      } else if (page.dirty || page.pgno === 1 || this.#isHeld(page)) {
        this.#hand++
      } else {
        this.remove(page)
        this.pool.give(page.data)
        return true
      }
    }
    return false
  }

  /** Enters a page that a scan has read. It may take the place of another that was read so before, and that nobody has asked for again. */
  addScanned(page: Page): void {
    this.add(page)
    this.#scanned.add(page)
  }

  readonly #scanned = new ScanRing((page) => {
    if (page.slot < 0 || page.dirty || page.pgno === 1 || this.#isHeld(page)) return false
    this.remove(page)
    this.pool.give(page.data)
    return true
  })

  register(holder: PageHolder): void {
    this.#holders.push(holder)
  }

  unregister(holder: PageHolder): void {
    const index = this.#holders.lastIndexOf(holder)
    if (index < 0) return
    const last = this.#holders.pop()!
    if (index < this.#holders.length) this.#holders[index] = last
  }

  /** Somebody stands on pages. */
  get hasHolders(): boolean {
    return this.#holders.length > 0
  }

  #isHeld(page: Page): boolean {
    for (const holder of this.#holders) if (holder.holds(page)) return true
    return false
  }
}
