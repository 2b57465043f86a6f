/**
 * Is the structure sound? What `PRAGMA integrity_check` asks of the pages, in SQLite's sentences.
 *
 * Every page must be used exactly once: by a tree, an overflow chain, the freelist, or as the page of the lock bytes (or
 * a pointer map, which must then say the same of each page). On a page every byte of the content area must belong to one cell, one freeblock, or the fragments
 * that the header counts. Rowids ascend, and all leaves of a tree lie equally deep. Whether index entries have
 * their rows is not asked here: that takes SQL's knowledge of the schema.
 *
 * The check never stops at damage. It reads pages with its own eyes (`verifyPage` would refuse them), notes what it finds
 * and goes on with what it can still make sense of, until `limit` sentences have been collected.
 *
 * It is done in steps, one for each page: whoever checks a large file may do something else in between.
 */
import { readUint32 } from '../../base/bytes.ts'
import { SqliteError } from '../../base/error.ts'
import { maxBtreeDepth } from '../../base/limits.ts'
import { readVarint, readVarintBig, varintLength } from '../../record/index.ts'
import type { Page, PageHolder, Pages } from '../pager/page.ts'
import { lockBytePgno } from './lock-byte.ts'
import { overflowPageCount } from './overflow.ts'
import { PointerMap, pointerType, type PointerEntry } from './pointer-map.ts'
import {
  cellBytes,
  contentStartOf,
  headerOffset,
  isLeafType,
  isTableType,
  layoutOf,
  leafTable,
  localSizeOf,
  minCellSize,
} from './page-layout.ts'
import type { Layout } from './page-layout.ts'

const largestRootOffset = 52
const incrementalVacuumOffset = 64

/** A tree to be checked. A `root` of 0 (a view, a virtual table) is passed over. */
export interface TreeRoot {
  readonly root: number
  readonly kind: 'table' | 'index'
  readonly name: string
}

export interface StructureCheck {
  /** What is wrong, at most so many sentences as were wanted. */
  readonly complaints: readonly string[]
  /** Of each tree: how many entries were met. */
  readonly entryCounts: readonly number[]
  /** Pages of trees about which there is a complaint, and which can be read all the same. */
  readonly readable: readonly number[]
}

/** Which part of a database is looked at. */
export interface CheckedPart {
  readonly limit: number
  /** The trees are not all that there are: pages that they leave over may be used by others. */
  readonly isPartial: boolean
}

/**
 * Checks the freelist, the given trees, and, as they should be all trees, that no page is left over.
 * @returns what is wrong, at most `limit` sentences
 */
export function checkDatabase(
  pages: Pages,
  roots: readonly TreeRoot[],
  limit: number = 100,
): readonly string[] {
  const steps = checkStructure(pages, roots, { limit, isPartial: false })
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value.complaints
  }
}

export function* checkStructure(
  pages: Pages,
  roots: readonly Pick<TreeRoot, 'root'>[],
  { limit, isPartial }: CheckedPart,
): Generator<undefined, StructureCheck, void> {
  pages.settleDeferred()
  const check = new Check(pages, limit, isPartial)
  pages.register(check)
  const entryCounts: number[] = []
  try {
    if (!isPartial || roots[0]?.root === 1) check.freelist()
    if (!isPartial) check.largestRoot(Math.max(0, ...roots.map(({ root }) => root)))
    for (const { root } of roots) entryCounts.push(yield* check.tree(root))
    if (!isPartial) check.unusedPages()
  } finally {
    pages.unregister(check)
  }
  return { complaints: check.errors, entryCounts, readable: check.readable }
}

class Check implements PageHolder {
  readonly errors: string[] = []
  readonly readable: number[] = []
  readonly #pages: Pages
  readonly #limit: number
  readonly #isPartial: boolean
  readonly #layout: Layout
  readonly #used: Uint8Array
  /** The pointer map; null: there is none. */
  readonly #map: PointerMap | null
  readonly #held: Page[] = []
  /** The page of a list that is looked at. */
  #listed: Page | null = null
  // What the next sentence begins with. A right-most child has words of its own only where there is a pointer map; elsewhere, as in
  // SQLite, it goes by the cell of the page above through which its page was reached.
  #place: 'nowhere' | 'freelist' | 'page' | 'cell' | 'right child' = 'nowhere'
  #root = 0
  #pgno = 0
  #cellIndex = 0
  /** The smallest rowid seen so far in this tree, going from the right; the next must be less, or equal when `#mayEqual`. */
  #least: number | bigint = 0
  #mayEqual = true
  /** Of the tree. */
  #entryCount = 0

  constructor(pages: Pages, limit: number, isPartial: boolean) {
    this.#pages = pages
    this.#limit = limit
    this.#isPartial = isPartial
    this.#layout = layoutOf(pages.usableSize)
    this.#used = new Uint8Array(pages.pageCount + 1)
    const lockByte = lockBytePgno(pages.pageSize)
    if (lockByte <= pages.pageCount) this.#used[lockByte] = 1
    this.#map =
      readUint32(pages.get(1).data, largestRootOffset) === 0 ? null : new PointerMap(pages)
  }

  holds(page: Page): boolean {
    return page === this.#listed || this.#held.includes(page)
  }

  freelist(): void {
    this.#place = 'freelist'
    const { data } = this.#pages.get(1)
    this.#list(true, readUint32(data, 32), readUint32(data, 36))
    this.#place = 'nowhere'
  }

  /** What the header says of the roots. */
  largestRoot(largest: number): void {
    const { data } = this.#pages.get(1)
    const stated = readUint32(data, largestRootOffset)
    if (stated !== 0 && stated !== largest)
      this.#note(`max rootpage (${largest}) disagrees with header (${stated})`)
    if (stated === 0 && readUint32(data, incrementalVacuumOffset) !== 0)
      this.#note('incremental_vacuum enabled with a max rootpage of zero')
  }

  /** Answers how many entries have been met. */
  *tree(root: number): Generator<undefined, number, void> {
    if (root === 0 || this.#full) return 0
    this.#root = root
    this.#entryCount = 0
    if (root > 1 && !this.#isPartial) this.#entry(root, pointerType.root, 0)
    this.#least = 9223372036854775807n
    this.#mayEqual = true
    yield* this.#page(root, 0)
    return this.#entryCount
  }

  unusedPages(): void {
    for (let pgno = 1; pgno < this.#used.length && !this.#full; pgno++) {
      const isMap = this.#map !== null && this.#map.isMapPage(pgno)
      if (this.#used[pgno] === 0 && !isMap) this.#note(`Page ${pgno}: never used`)
      if (this.#used[pgno] !== 0 && isMap) this.#note(`Page ${pgno}: pointer map referenced`)
    }
  }

  get #full(): boolean {
    return this.errors.length >= this.#limit
  }

  #note(sentence: string): void {
    if (!this.#full) this.errors.push(this.#prefix() + sentence)
  }

  #prefix(): string {
    switch (this.#place) {
      case 'nowhere':
        return ''
      case 'freelist':
        return 'Freelist: '
      case 'page':
        return `Tree ${this.#root} page ${this.#pgno}: `
      case 'cell':
        return `Tree ${this.#root} page ${this.#pgno} cell ${this.#cellIndex}: `
      case 'right child':
        return `Tree ${this.#root} page ${this.#pgno} right child: `
    }
  }

  /** Whether the pointer map says of page `pgno` what it should. */
  #entry(pgno: number, type: number, parent: number): void {
    if (this.#map === null) return
    let got: PointerEntry
    try {
      got = this.#map.get(pgno)
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error
      this.#note(`Failed to read ptrmap key=${pgno}`)
      return
    }
    if (got.type === type && got.parent === parent) return
    const both = `expected=(${type},${parent}) got=(${got.type},${got.parent})`
    this.#note(`Bad ptr map entry key=${pgno} ${both}`)
  }

  /** Counts a use of page `pgno`. Answers false when it has none or had one before. */
  #use(pgno: number): boolean {
    if (pgno < 1 || pgno >= this.#used.length) {
      this.#note(`invalid page number ${pgno}`)
      return false
    }
    if (this.#used[pgno] !== 0) {
      this.#note(`2nd reference to page ${pgno}`)
      return false
    }
    this.#used[pgno] = 1
    return true
  }

  /** Follows the freelist's trunks, or one overflow chain of `expected` pages. */
  #list(isFreelist: boolean, first: number, expected: number): void {
    const errorsBefore = this.errors.length
    let remaining = expected
    let pgno = first
    while (pgno !== 0 && !this.#full) {
      if (!this.#use(pgno)) break
      remaining--
      this.#listed = this.#pages.get(pgno)
      const { data } = this.#listed
      const next = readUint32(data, 0)
      if (!isFreelist && remaining !== 0) this.#entry(next, pointerType.overflow, pgno)
      if (isFreelist) {
        this.#entry(pgno, pointerType.free, 0)
        const count = readUint32(data, 4)
        if (count > Math.floor(this.#pages.usableSize / 4) - 2) {
          this.#note(`freelist leaf count too big on page ${pgno}`)
          remaining--
        } else {
          for (let i = 0; i < count; i++) {
            const leaf = readUint32(data, 8 + 4 * i)
            this.#entry(leaf, pointerType.free, 0)
            this.#use(leaf)
          }
          remaining -= count
        }
      }
      pgno = next
    }
    this.#listed = null
    if (remaining === 0 || this.errors.length !== errorsBefore) return
    const what = isFreelist ? 'size' : 'overflow list length'
    this.#note(`${what} is ${expected - remaining} but should be ${expected}`)
  }

  /**
   * Checks a page and what is below it. Answers how many levels are below it; a page that cannot be had or read counts
   * as a leaf, so that only what is really deeper or less deep is called so.
   */
  *#page(pgno: number, level: number): Generator<undefined, number, void> {
    if (pgno === 0 || this.#full || !this.#use(pgno)) return 0
    const place = this.#place
    const outerPgno = this.#pgno
    const outerCell = this.#cellIndex
    yield undefined
    const depth = yield* this.#pageContent(pgno, level)
    this.#place = place
    this.#pgno = outerPgno
    this.#cellIndex = outerCell
    this.#held.length = level
    return depth
  }

  *#pageContent(pgno: number, level: number): Generator<undefined, number, void> {
    const { usableSize } = this.#layout
    this.#place = 'page'
    this.#pgno = pgno
    const page = this.#pages.get(pgno)
    this.#held[level] = page
    this.#mayEqual = true
    const { data } = page
    const header = headerOffset(pgno)
    const type = data[header]!
    const cellCount = (data[header + 3]! << 8) | data[header + 4]!
    if (!isPageType(type) || cellCount > (usableSize - 8) / 6 || level >= maxBtreeDepth) {
      this.#note('btreeInitPage() returns error code 11')
      return 0
    }
    const leaf = isLeafType(type)
    const pointers = header + (leaf ? 8 : 12)
    const contentStart = contentStartOf(data, header)
    if (!hasSoundFreeSpace(data, header, pointers + 2 * cellCount, usableSize)) {
      this.#note('free space corruption')
      this.readable.push(pgno)
      return 0
    }
    if (leaf || !isTableType(type)) this.#entryCount += cellCount

    let depth = -1
    let covered = true
    const errorsBefore = this.errors.length
    this.#place = 'cell'
    if (!leaf) {
      const child = readUint32(data, header + 8)
      // As in SQLite, where all else that it says of the page is called so, too.
      if (this.#map !== null) this.#place = 'right child'
      this.#entry(child, pointerType.node, pgno)
      depth = yield* this.#page(child, level + 1)
      this.#mayEqual = false
    }
    const uses: number[] = []
    for (let i = cellCount - 1; i >= 0 && !this.#full; i--) {
      this.#cellIndex = i
      const offset = (data[pointers + 2 * i]! << 8) | data[pointers + 2 * i + 1]!
      if (offset < contentStart || offset > usableSize - minCellSize) {
        this.#note(`Offset ${offset} out of range ${contentStart}..${usableSize - minCellSize}`)
        covered = false
        continue
      }
      const size = Math.max(minCellSize, cellBytes(data, offset, type, this.#layout))
      if (offset + size > usableSize) {
        this.#note('Extends off end of page')
        covered = false
        continue
      }
      uses.push(offset * 65536 + (offset + size - 1))
      this.#cell(data, offset, type)
      if (leaf) continue
      const child = readUint32(data, offset)
      this.#entry(child, pointerType.node, pgno)
      const childDepth = yield* this.#page(child, level + 1)
      this.#mayEqual = false
      if (childDepth !== depth) {
        this.#note('Child page depth differs')
        depth = childDepth
      }
    }
    this.#place = 'nowhere'
    if (covered && !this.#full) this.#coverage(page, contentStart, uses)
    if (this.errors.length > errorsBefore) this.readable.push(pgno)
    return depth + 1
  }

  /** The rowid and the overflow chain of one cell. */
  #cell(data: Uint8Array, offset: number, type: number): void {
    const leaf = isLeafType(type)
    let at = leaf ? offset : offset + 4
    let payloadSize = 0
    if (type !== 5) {
      payloadSize = readVarint(data, at)
      at += varintLength(data, at)
    }
    if (isTableType(type)) {
      const rowid = readVarintBig(data, at)
      at += varintLength(data, at)
      if (this.#mayEqual ? rowid > this.#least : rowid >= this.#least)
        this.#note(`Rowid ${rowid} out of order`)
      this.#least = rowid
      // The rows left of a divider may have its rowid.
      this.#mayEqual = !leaf
    }
    const maxLocal = type === leafTable ? this.#layout.maxTableLocal : this.#layout.maxIndexLocal
    if (payloadSize <= maxLocal) return
    const localSize = localSizeOf(payloadSize, maxLocal, this.#layout)
    const expected = overflowPageCount(payloadSize - localSize, this.#layout)
    const first = readUint32(data, at + localSize)
    this.#entry(first, pointerType.firstOverflow, this.#pgno)
    this.#list(false, first, expected)
  }

  /** Whether cells and freeblocks, given as start and last byte, share nothing and leave only the counted fragments. */
  #coverage(page: Page, contentStart: number, uses: number[]): void {
    const { data, pgno } = page
    const header = headerOffset(pgno)
    let block = (data[header + 1]! << 8) | data[header + 2]!
    while (block !== 0) {
      const size = (data[block + 2]! << 8) | data[block + 3]!
      uses.push(block * 65536 + (block + size - 1))
      block = (data[block]! << 8) | data[block + 1]!
    }
    uses.sort((a, b) => a - b)
    let fragments = 0
    let last = contentStart - 1
    for (let i = 0; i < uses.length; i++) {
      const use = uses[i]!
      const start = Math.floor(use / 65536)
      if (last >= start) {
        this.#note(`Multiple uses for byte ${start} of page ${pgno}`)
        if (i < uses.length - 1) return
        break
      }
      fragments += start - last - 1
      last = use % 65536
    }
    fragments += this.#layout.usableSize - last - 1
    if (fragments !== data[header + 7])
      this.#note(
        `Fragmentation of ${fragments} bytes reported as ${data[header + 7]} on page ${pgno}`,
      )
  }
}

function isPageType(type: number): boolean {
  return type === 2 || type === 5 || type === 10 || type === 13
}

/**
 * Whether the freeblocks ascend inside the content area, and with the gap and the fragments are no more than the page has.
 * (`btreeComputeFreeSpace`)
 */
function hasSoundFreeSpace(
  data: Uint8Array,
  header: number,
  pointersEnd: number,
  usableSize: number,
): boolean {
  const contentStart = contentStartOf(data, header)
  let free = data[header + 7]! + contentStart
  let at = (data[header + 1]! << 8) | data[header + 2]!
  if (at !== 0) {
    if (at < contentStart) return false
    let size: number
    for (;;) {
      if (at > usableSize - 4) return false
      const next = (data[at]! << 8) | data[at + 1]!
      size = (data[at + 2]! << 8) | data[at + 3]!
      if (size < 4) return false
      free += size
      if (next <= at + size + 3) {
        if (next > 0) return false
        break
      }
      at = next
    }
    if (at + size > usableSize) return false
  }
  return free <= usableSize && free >= pointersEnd
}
