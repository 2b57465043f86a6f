/**
 * Keeping pages neither too full nor too empty.
 *
 * After a change a page may have cells waiting for room, or be less than a third full. Then it and up to two
 * siblings are taken together: all their cells (and, unless it is the leaves of a table, the cells of the parent that
 * divide them) are laid out in order and dealt out again, filling pages from the left, then evened out from
 * the right. The parent gets new dividing cells and may in turn be too full or too empty; so it goes on up to
 * the root.
 *
 * - A root that is too full becomes the only child of itself, one level down: the tree grows at the top.
 * - A root left with one child takes over that child's content, if it fits: page 1 has 100 bytes less.
 * - A row appended to the last leaf of a table gets a new leaf of its own, and nothing is moved, so that ascending
 *   rowids leave full pages behind. So does an entry of an index, when entries arrive in order ("bulk").
 *
 * What divides two leaves of a table is a copy of the last rowid on the left one. In all other cases it is the cell
 * between them itself, which is then on neither page.
 *
 * Every page is rebuilt from a copy of the old ones, so the order in which they are written does not matter.
 */
import { corrupt } from '../../base/error.ts'
import { readUint32, writeUint32 } from '../../base/bytes.ts'
import { varintLength } from '../../record/index.ts'
import type { Page } from '../pager/page.ts'
import { allocatePage, freePage } from './freelist.ts'
import {
  cellBytes,
  cellCountOf,
  clearPage,
  contentStartOf,
  freeBytes,
  headerOffset,
  interiorIndex,
  interiorTable,
  isLeafType,
  isTableType,
  leafIndex,
  leafTable,
  minCellSize,
  pointersOffset,
  rightChildOf,
} from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { cellOffset, copyInto, dropCell, insertCell } from './page-space.ts'
import { loadPage } from './write-path.ts'
import type { WaitingCell, WritePath } from './write-path.ts'

const noneWaiting: WaitingCell[] = []

/**
 * Siblings that an insertion leaves with less room than one such part of a page get a further page. Otherwise the
 * next few insertions would deal the same cells again and again. Costs about one page in a hundred.
 */
const leastRoom = 16

/**
 * Balances the page at `level` and what follows from that above it. Answers the level at which it was done.
 * `bulk` keeps left pages full, for entries that arrive in order.
 */
export function balance(path: WritePath, level: number, bulk: boolean): number {
  const usableSize = path.layout.usableSize
  for (;;) {
    const page = path.levels[level]!
    const waiting = path.overflow[level]!
    if (waiting.length === 0) {
      if (level === 0 || freeBytes(page, path.layout) * 3 <= usableSize * 2) return level
    } else if (level === 0) {
      path.tree.shape++
      deepen(path)
      level = 1
      continue
    }
    path.tree.shape++
    if (isAppend(path, level, bulk)) appendLeaf(path, level)
    else redistribute(path, level, bulk)
    path.overflow[level] = noneWaiting
    level--
  }
}

/** The root hands all its cells to a new child. */
function deepen(path: WritePath): void {
  const { pages, layout } = path
  const root = path.levels[0]!
  const child = allocateOutside(path, root.pgno)
  pages.write(root)
  const header = headerOffset(root.pgno)
  const type = root.data[header]!
  const contentStart = contentStartOf(root.data, header)
  const pointersEnd = pointersOffset(root) + 2 * cellCountOf(root)
  child.data.set(root.data.subarray(header, pointersEnd), 0)
  child.data.set(root.data.subarray(contentStart, layout.usableSize), contentStart)
  child.verified = true
  clearPage(root, isTableType(type) ? interiorTable : interiorIndex, layout)
  writeUint32(root.data, header + 8, child.pgno)
  path.levels[1] = child
  if (path.depth < 1) path.depth = 1
  path.indexes[0] = 0
  path.overflow[1] = path.overflow[0]!
  path.overflow[0] = noneWaiting
}

/** A new page that is not one of the path: a damaged freelist may offer pages that are in use. */
function allocateOutside(path: WritePath, nearby: number): Page {
  const page = allocatePage(path.pages, nearby)
  for (let level = 0; level <= path.depth; level++)
    if (path.levels[level]!.pgno === page.pgno)
      throw corrupt(page.pgno, 'a page in use is on the freelist')
  return page
}

/** Whether the only waiting cell is a row after all others of a table, or in bulk an entry after all others of an index. */
function isAppend(path: WritePath, level: number, bulk: boolean): boolean {
  const waiting = path.overflow[level]!
  if (waiting.length !== 1) return false
  const page = path.levels[level]!
  const parent = path.levels[level - 1]!
  const type = page.data[headerOffset(page.pgno)]
  return (
    (type === leafTable || (bulk && type === leafIndex && cellCountOf(page) > 1)) &&
    waiting[0]!.index === cellCountOf(page) &&
    parent.pgno !== 1 &&
    path.overflow[level - 1]!.length === 0 &&
    path.indexes[level - 1] === cellCountOf(parent)
  )
}

/** Gives the waiting cell a new leaf. An index gives up the last entry of the old leaf to divide the two. */
function appendLeaf(path: WritePath, level: number): void {
  const { pages, layout } = path
  const page = path.levels[level]!
  const parent = path.levels[level - 1]!
  const type = page.data[headerOffset(page.pgno)]!
  const leaf = allocateOutside(path, page.pgno)
  clearPage(leaf, type, layout)
  const { bytes } = path.overflow[level]![0]!
  if (!insertCell(leaf, 0, bytes, 0, bytes.length, layout))
    throw corrupt(page.pgno, 'a cell is larger than a page')
  const last = cellCountOf(page) - 1
  let divider = new Uint8Array(13)
  let size: number
  if (type === leafTable) size = leafDivider(page.data, cellOffset(page, last), page.pgno, divider)
  else {
    path.overflow[level] = noneWaiting
    const entry = path.copyCell(level, last)
    size = entry.length + 4
    divider = new Uint8Array(size)
    divider.set(entry, 4)
    writeUint32(divider, 0, page.pgno)
    dropCell(page, last, layout)
  }
  pages.write(parent)
  writeUint32(parent.data, headerOffset(parent.pgno) + 8, leaf.pgno)
  path.insert(level - 1, path.indexes[level - 1]!, divider, 0, size)
  path.levels[level] = leaf
}

/** Makes the cell that divides a leaf of a table, whose last cell is at `offset`, from the next. Answers its size. */
export function leafDivider(
  data: Uint8Array,
  offset: number,
  pgno: number,
  divider: Uint8Array,
): number {
  const rowid = offset + varintLength(data, offset)
  const size = varintLength(data, rowid)
  writeUint32(divider, 0, pgno)
  copyInto(divider, 4, data, rowid, size)
  return 4 + size
}

/** The cells that are being dealt out, in order, all in one array of bytes. */
class Deck {
  bytes: Uint8Array = new Uint8Array(0)
  /** Where the next bytes go. */
  filled = 0
  count = 0
  offsets: Int32Array = new Int32Array(512)
  sizes: Int32Array = new Int32Array(512)

  reset(capacity: number): void {
    // A few bytes more, for a cell below the minimum size is copied with what follows it.
    if (this.bytes.length < capacity + 16) this.bytes = new Uint8Array(capacity + 16)
    this.filled = 0
    this.count = 0
  }

  /** Makes room for `count` further cells. */
  reserve(count: number): void {
    const needed = this.count + count
    if (needed <= this.offsets.length) return
    const offsets = new Int32Array(2 * needed)
    const sizes = new Int32Array(2 * needed)
    offsets.set(this.offsets)
    sizes.set(this.sizes)
    this.offsets = offsets
    this.sizes = sizes
  }

  add(offset: number, size: number): void {
    this.reserve(1)
    this.offsets[this.count] = offset
    this.sizes[this.count++] = size
  }

  /** Bytes that cell `index` takes on a page, with its pointer. */
  weight(index: number): number {
    const size = this.sizes[index]!
    return size < minCellSize ? minCellSize + 2 : size + 2
  }
}

const deck = new Deck()
/** For each new page the first cell that is not on it: the dividing cell, or for leaves of a table the next one's first. */
const ends: number[] = []
const fills: number[] = []

/** Deals the cells of a page and its siblings out again. */
function redistribute(path: WritePath, level: number, bulk: boolean): void {
  const { pages, layout } = path
  const page = path.levels[level]!
  const parentLevel = level - 1
  const parent = path.levels[parentLevel]!
  const type = page.data[headerOffset(page.pgno)]!
  const leaf = isLeafType(type)
  const ofTable = type === leafTable

  // The siblings: one to each side where there are, else two to the same.
  const parentCount = path.cellCount(parentLevel)
  const own = path.indexes[parentLevel]!
  let first = 0
  let oldCount = parentCount + 1
  if (parentCount >= 2) {
    oldCount = bulk ? 2 : 3
    if (own === parentCount) first = parentCount + 1 - oldCount
    else if (own > 0) first = own - 1
  }
  const old: Page[] = []
  for (let i = 0; i < oldCount; i++) old.push(sibling(path, level, first + i, own, type))

  collect(path, level, old, first, own, leaf, ofTable)
  const lastChild = leaf ? 0 : rightChildOf(old[oldCount - 1]!)
  const roomy = path.overflow[level]!.length > 0 && !bulk ? oldCount : 0
  const newCount = deal(page.pgno, layout.usableSize - (leaf ? 8 : 12), ofTable, bulk, roomy)
  if (newCount > oldCount + 2) throw corrupt(page.pgno, 'cells do not fit on their pages')

  // Ascending page numbers, so that a scan reads the file forwards.
  const fresh = old.slice(0, Math.min(oldCount, newCount))
  for (const each of fresh) pages.write(each)
  pages.write(parent)
  while (fresh.length < newCount) {
    const added = allocateOutside(path, fresh[fresh.length - 1]!.pgno)
    if (fresh.includes(added)) throw corrupt(added.pgno, 'a page in use is on the freelist')
    fresh.push(added)
  }
  fresh.sort((a, b) => a.pgno - b.pgno)

  for (let i = 0; i < newCount; i++) {
    const start = i === 0 ? 0 : ofTable ? ends[i - 1]! : ends[i - 1]! + 1
    const end = ends[i]!
    build(fresh[i]!, type, start, end, layout)
    if (!leaf) {
      const child = i === newCount - 1 ? lastChild : readUint32(deck.bytes, deck.offsets[end]!)
      writeUint32(fresh[i]!.data, headerOffset(fresh[i]!.pgno) + 8, child)
    }
  }
  divide(path, parentLevel, first, oldCount, fresh, leaf, ofTable)

  for (let i = newCount; i < oldCount; i++) freePage(pages, old[i]!.pgno)
  if (
    newCount === 1 &&
    parentLevel === 0 &&
    path.cellCount(0) === 0 &&
    freeBytes(fresh[0]!, layout) >= headerOffset(parent.pgno)
  )
    flatten(path, fresh[0]!, type, leaf, lastChild)
}

function sibling(path: WritePath, level: number, index: number, own: number, type: number): Page {
  if (index === own) return path.levels[level]!
  const pgno = path.child(level - 1, index)
  const page = loadPage(path.pages, pgno, isTableType(type) ? 1 : 0, path.layout)
  if (page.data[headerOffset(pgno)] !== type) throw corrupt(pgno, 'siblings are of different types')
  for (let i = 0; i <= level; i++)
    if (path.levels[i] === page) throw corrupt(pgno, 'a page is used twice')
  return page
}

/** Fills the deck with all cells of the old pages and those that divide them. */
function collect(
  path: WritePath,
  level: number,
  old: readonly Page[],
  first: number,
  own: number,
  leaf: boolean,
  ofTable: boolean,
): void {
  const { layout } = path
  const { usableSize } = layout
  let capacity = (2 * old.length + 1) * usableSize
  for (const each of path.overflow[level]!) capacity += each.bytes.length + minCellSize
  deck.reset(capacity)
  for (let i = 0; i < old.length; i++) {
    const page = old[i]!
    for (let j = 0; j < i; j++)
      if (old[j] === page) throw corrupt(page.pgno, 'a page is used twice')
    const base = deck.filled
    deck.bytes.set(page.data.subarray(0, usableSize), base)
    deck.filled = base + usableSize
    collectPage(page, base, first + i === own ? path.overflow[level]! : noneWaiting, layout)
    if (ofTable || i === old.length - 1) continue
    // The cell of the parent comes down. On a leaf it loses its child; on an interior page its child becomes
    // the right-most one of the page before it.
    const divider = path.copyCell(level - 1, first + i)
    if (leaf) addBytes(divider, 4)
    else {
      addBytes(divider, 0)
      writeUint32(deck.bytes, deck.offsets[deck.count - 1]!, rightChildOf(page))
    }
  }
}

function collectPage(
  page: Page,
  base: number,
  waiting: readonly WaitingCell[],
  layout: Layout,
): void {
  const count = cellCountOf(page)
  deck.reserve(count)
  let from = 0
  for (let i = 0; i < waiting.length; i++) {
    // Its place counts the cells that wait before it.
    const to = waiting[i]!.index - i
    collectCells(page, base, from, to, layout)
    addBytes(waiting[i]!.bytes, 0)
    from = to
  }
  collectCells(page, base, from, count, layout)
}

function collectCells(page: Page, base: number, from: number, to: number, layout: Layout): void {
  const { data, pgno } = page
  const { usableSize, maxIndexLocal } = layout
  const type = data[headerOffset(pgno)]!
  const pointers = pointersOffset(page)
  deck.reserve(to - from)
  const { offsets, sizes } = deck
  // For an entry of up to this size, its first byte tells it.
  const maxSimple = type !== leafIndex ? -1 : maxIndexLocal < 0x80 ? maxIndexLocal : 0x7f
  let next = deck.count
  for (let at = pointers + 2 * from, end = pointers + 2 * to; at < end; at += 2) {
    const offset = (data[at]! << 8) | data[at + 1]!
    const first = data[offset]!
    const size = first <= maxSimple ? first + 1 : cellBytes(data, offset, type, layout)
    if (offset + size > usableSize) throw corrupt(pgno, 'a cell reaches past the usable area')
    offsets[next] = base + offset
    sizes[next++] = size
  }
  deck.count = next
}

function addBytes(bytes: Uint8Array, start: number): void {
  const size = bytes.length - start
  const at = deck.filled
  copyInto(deck.bytes, at, bytes, start, size)
  deck.filled = at + Math.max(size, minCellSize)
  deck.add(at, size)
}

/**
 * Decides which cells go to which page: sets `ends` and answers how many pages there are. If they fit on `roomy` pages
 * but leave hardly any room there, one page more is taken.
 */
function deal(pgno: number, space: number, ofTable: boolean, bulk: boolean, roomy: number): number {
  let pageCount = 0
  let fill = 0
  for (let i = 0; i < deck.count; i++) {
    const weight = deck.weight(i)
    if (fill + weight <= space) {
      fill += weight
      continue
    }
    if (fill === 0 || weight > space) throw corrupt(pgno, 'a cell is larger than a page')
    ends[pageCount] = i
    fills[pageCount++] = fill
    fill = ofTable ? weight : 0
  }
  ends[pageCount] = deck.count
  fills[pageCount++] = fill
  const lastStart = pageCount === 1 ? 0 : ofTable ? ends[pageCount - 2]! : ends[pageCount - 2]! + 1
  // With three cells on the last page, one for each half is left should the middle one divide them.
  const canHalve = deck.count - lastStart >= 3
  if (pageCount === roomy && canHalve && (space - fill) * leastRoom < space) {
    const last = deck.weight(deck.count - 1)
    ends[pageCount - 1] = deck.count - 1
    fills[pageCount - 1] = fill - last
    ends[pageCount] = deck.count
    fills[pageCount++] = ofTable ? last : 0
  }

  // So far the last page has what was left over. Even out from the right; at least, no page may be empty.
  for (let right = pageCount - 1; right > 0; right--) {
    const left = right - 1
    const leftStart = left === 0 ? 0 : ofTable ? ends[left - 1]! : ends[left - 1]! + 1
    let rightFill = fills[right]!
    let leftFill = fills[left]!
    let end = ends[left]!
    while (end - 1 > leftStart) {
      const gained = rightFill + deck.weight(ofTable ? end - 1 : end)
      const kept = leftFill - deck.weight(end - 1)
      if (rightFill > 0 && (bulk || gained > kept)) break
      rightFill = gained
      leftFill = kept
      end--
    }
    if (rightFill === 0) throw corrupt(pgno, 'cells do not fit on their pages')
    fills[right] = rightFill
    fills[left] = leftFill
    ends[left] = end
  }
  return pageCount
}

/** Writes cells `start` to `end` of the deck to a page; the right-most child is left to the caller. */
function build(page: Page, type: number, start: number, end: number, layout: Layout): void {
  const header = headerOffset(page.pgno)
  clearPage(page, type, layout)
  const { data } = page
  const { bytes, offsets, sizes } = deck
  const count = end - start
  let top = layout.usableSize
  let at = header + (isLeafType(type) ? 8 : 12)
  // Cells that lie one below the other in the deck, as they do on a page that was filled in order, are copied
  // in one go.
  let runEnd = 0
  let runStart = 0
  for (let i = start; i < end; i++) {
    const offset = offsets[i]!
    const size = sizes[i]! < minCellSize ? minCellSize : sizes[i]!
    if (offset + size !== runStart) {
      const runSize = runEnd - runStart
      if (runSize > 32) copyInto(data, top, bytes, runStart, runSize)
      else for (let j = 0; j < runSize; j++) data[top + j] = bytes[runStart + j]!
      runEnd = offset + size
    }
    runStart = offset
    top -= size
    data[at++] = top >>> 8
    data[at++] = top
  }
  if (runEnd > runStart) copyInto(data, top, bytes, runStart, runEnd - runStart)
  data[header + 3] = count >>> 8
  data[header + 4] = count
  data[header + 5] = top >>> 8
  data[header + 6] = top
}

/** Replaces the cells of the parent that divided the old pages by those that divide the new ones. */
function divide(
  path: WritePath,
  parentLevel: number,
  first: number,
  oldCount: number,
  fresh: readonly Page[],
  leaf: boolean,
  ofTable: boolean,
): void {
  for (let i = 1; i < oldCount; i++) path.drop(parentLevel, first)
  path.setChild(parentLevel, first, fresh[fresh.length - 1]!.pgno)
  for (let i = 0; i < fresh.length - 1; i++) {
    const { pgno } = fresh[i]!
    const end = ends[i]!
    let divider: Uint8Array
    let size: number
    if (ofTable) {
      divider = new Uint8Array(13)
      size = leafDivider(deck.bytes, deck.offsets[end - 1]!, pgno, divider)
    } else {
      // A leaf's cell gets room for a child in front; an interior one has it, with the child that is now
      // the right-most of the page to its left.
      size = deck.sizes[end]! + (leaf ? 4 : 0)
      divider = new Uint8Array(size)
      if (leaf) copyInto(divider, 4, deck.bytes, deck.offsets[end]!, size - 4)
      else copyInto(divider, 0, deck.bytes, deck.offsets[end]!, size)
      writeUint32(divider, 0, pgno)
    }
    path.insert(parentLevel, first + i, divider, 0, size)
  }
}

/** The only child's content moves up into the root. */
function flatten(
  path: WritePath,
  child: Page,
  type: number,
  leaf: boolean,
  lastChild: number,
): void {
  const root = path.levels[0]!
  build(root, type, 0, deck.count, path.layout)
  if (!leaf) writeUint32(root.data, headerOffset(root.pgno) + 8, lastChild)
  freePage(path.pages, child.pgno)
}
