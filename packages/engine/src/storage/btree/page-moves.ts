/**
 * Moving pages, in databases with auto_vacuum: from the end of the file into free pages before it, so that the file can be cut, and out
 * of the way of roots. (PRAGMA auto_vacuum; Database File Format §1.8)
 *
 * The roots of trees are the first pages of the file, one after the other: the end of the file is never one of them. A new tree has the next
 * of these places, and the page there moves away; a tree that goes leaves its place to the last root.
 */
import { corrupt } from '../../base/error.ts'
import { readUint32, writeUint32 } from '../../base/bytes.ts'
import type { Page, Pages } from '../pager/page.ts'
import { allocatePage, freePage, takeFreePage } from './freelist.ts'
import { lockBytePgno } from './lock-byte.ts'
import { layoutOf, verifyPage } from './page-layout.ts'
import {
  forEachNamed,
  mapPageOf,
  pointerType,
  PointerMap,
  type PointerEntry,
} from './pointer-map.ts'

const freelistTrunkOffset = 32
const freelistCountOffset = 36
const largestRootOffset = 52

/** Takes the page at which the next tree begins. Its content is undefined. */
export function allocateRoot(pages: Pages, map: PointerMap): Page {
  const one = pages.get(1)
  let pgno = readUint32(one.data, largestRootOffset)
  do pgno++
  while (isReserved(pages, map, pgno))
  const page = vacate(pages, map, pgno)
  map.set(pgno, pointerType.root, 0)
  pages.write(one)
  writeUint32(one.data, largestRootOffset, pgno)
  return page
}

/** Takes page `pgno`, from the freelist, from the end of the file, or from who has it. */
function vacate(pages: Pages, map: PointerMap, pgno: number): Page {
  if (pgno > pages.pageCount) {
    const page = allocatePage(pages, 0, true)
    if (page.pgno !== pgno)
      throw corrupt(pgno, 'the place of a root lies behind the end of the file')
    return page
  }
  const entry = map.get(pgno)
  if (entry.type === pointerType.free) return takeFreePage(pages, (free) => free === pgno)
  if (entry.type === pointerType.root) throw corrupt(pgno, 'the place of the next root has one')
  const { pgno: to } = allocatePage(pages)
  movePage(pages, map, pgno, entry, to)
  return pages.create(pgno)
}

/**
 * Gives up the root of a tree that is empty. The last root takes its place: the answer is where that one was, 0 where none moved.
 */
export function releaseRoot(pages: Pages, map: PointerMap, root: number): number {
  const one = pages.get(1)
  const last = readUint32(one.data, largestRootOffset)
  if (root > last) throw corrupt(root, `the largest root is said to be page ${last}`)
  if (root !== last) {
    const entry = map.get(last)
    if (entry.type !== pointerType.root) throw corrupt(last, 'the largest root is none')
    movePage(pages, map, last, entry, root)
  }
  freePage(pages, last)
  let largest = last
  do largest--
  while (largest > 1 && isReserved(pages, map, largest))
  pages.write(one)
  writeUint32(one.data, largestRootOffset, largest)
  return root === last ? 0 : last
}

function isReserved(pages: Pages, map: PointerMap, pgno: number): boolean {
  return map.isMapPage(pgno) || pgno === lockBytePgno(pages.pageSize)
}

/** Moves a page that is in use to page `to`, which is nobody's, and tells whoever names it. */
function movePage(
  pages: Pages,
  map: PointerMap,
  from: number,
  { type, parent }: PointerEntry,
  to: number,
): void {
  const source = pages.get(from)
  pages.relocations++
  const target = pages.create(to)
  target.data.set(source.data)
  source.verified = false
  map.set(to, type, parent)
  if (type === pointerType.firstOverflow || type === pointerType.overflow) {
    const next = readUint32(target.data, 0)
    if (next !== 0) map.set(next, pointerType.overflow, to)
  }
  if (type !== pointerType.root) rename(pages, parent, type, from, to)
}

/** In page `parent`, page `from` is called `to` from here on. */
function rename(pages: Pages, parent: number, type: number, from: number, to: number): void {
  const page = pages.get(parent)
  if (type === pointerType.overflow) {
    if (readUint32(page.data, 0) !== from)
      throw corrupt(parent, `page ${from} does not follow it, as the pointer map says`)
    pages.write(page)
    writeUint32(page.data, 0, to)
    return
  }
  const layout = layoutOf(pages.usableSize)
  if (!page.verified) verifyPage(page, layout)
  let found = -1
  forEachNamed(page, layout, (at, what) => {
    if (what === type && readUint32(page.data, at) === from) found = at
  })
  if (found < 0) throw corrupt(parent, `it does not name page ${from}, as the pointer map says`)
  pages.write(page)
  writeUint32(page.data, found, to)
}

/** How many pages are left when all free pages, and the pages of the map that served them, are gone. */
function finalPageCount(pages: Pages, freeCount: number): number {
  const { pageCount, pageSize, usableSize } = pages
  const lock = lockBytePgno(pageSize)
  const entries = Math.floor(usableSize / 5)
  const mapPages = Math.trunc(
    (freeCount - pageCount + mapPageOf(pageCount, pageSize, usableSize) + entries) / entries,
  )
  let left = pageCount - freeCount - mapPages
  if (pageCount > lock && left < lock) left--
  while (left > 1 && (mapPageOf(left, pageSize, usableSize) === left || left === lock)) left--
  return left
}

/** Frees the file of all its free pages: what auto_vacuum = FULL does with each commit. */
export function vacuumAll(pages: Pages, map: PointerMap): void {
  const one = pages.get(1)
  const freeCount = readUint32(one.data, freelistCountOffset)
  if (freeCount === 0) return
  const before = pages.pageCount
  if (isReserved(pages, map, before)) throw corrupt(before, 'the last page cannot be this one')
  const after = finalPageCount(pages, freeCount)
  if (after > before || after < 1) throw corrupt(1, 'the freelist counts more pages than there are')
  for (let pgno = before; pgno > after; pgno--) {
    pages.beginOperation()
    try {
      if (!isReserved(pages, map, pgno)) empty(pages, map, pgno, after)
    } finally {
      pages.endOperation()
    }
  }
  pages.beginOperation()
  try {
    // All that were free have been used, or lie behind the end.
    pages.write(one)
    writeUint32(one.data, freelistTrunkOffset, 0)
    writeUint32(one.data, freelistCountOffset, 0)
    pages.shrink(after)
  } finally {
    pages.endOperation()
  }
}

/** Moves page `pgno`, unless it is free, to a free page below `end`. */
function empty(pages: Pages, map: PointerMap, pgno: number, end: number): void {
  const entry = map.get(pgno)
  if (entry.type === pointerType.free) return
  if (entry.type === pointerType.root)
    throw corrupt(pgno, 'the root of a tree is at the end of the file')
  for (;;) {
    if (readUint32(pages.get(1).data, freelistCountOffset) === 0)
      throw corrupt(1, 'the freelist counts fewer pages than there are')
    const { pgno: to } = allocatePage(pages)
    if (to <= end) {
      movePage(pages, map, pgno, entry, to)
      return
    }
    // It is off the list, and as free as before.
    map.set(to, pointerType.free, 0)
  }
}

/** Cuts one page off the end of the file: a step of PRAGMA incremental_vacuum. False: nothing is free. */
export function vacuumStep(pages: Pages, map: PointerMap): boolean {
  pages.beginOperation()
  try {
    const one = pages.get(1)
    const freeCount = readUint32(one.data, freelistCountOffset)
    if (freeCount === 0) return false
    let last = pages.pageCount
    const end = finalPageCount(pages, freeCount)
    if (end > last || end < 1) throw corrupt(1, 'the freelist counts more pages than there are')
    if (!isReserved(pages, map, last)) {
      const entry = map.get(last)
      if (entry.type === pointerType.root)
        throw corrupt(last, 'the root of a tree is at the end of the file')
      if (entry.type === pointerType.free) takeFreePage(pages, (free) => free === last)
      else {
        const { pgno: to } = takeFreePage(pages, (free) => free <= end)
        movePage(pages, map, last, entry, to)
      }
    }
    do last--
    while (isReserved(pages, map, last))
    pages.write(one)
    pages.shrink(last)
    return true
  } finally {
    pages.endOperation()
  }
}
