/**
 * Pages inside the file that nothing uses. (Database File Format §1.5 The Freelist.)
 *
 * Header field 32 names the first trunk page, field 36 counts all free pages, trunks and leaves. A trunk page
 * holds the number of the next trunk, a count, and that many numbers of leaf pages, whose content means
 * nothing. The last six entries of a trunk are never filled: releases of SQLite before 3.6.0 took a
 * full trunk for corruption.
 *
 * Pages are taken from the list first, the one nearest to where it is wanted; only an empty list lets the file
 * grow. The page at byte 2^30 is where SQLite keeps its lock bytes and is never used. (§1.4)
 */
import { corrupt, databaseFull } from '../../base/error.ts'
import { readUint32, writeUint32 } from '../../base/bytes.ts'
import type { Page, Pages } from '../pager/page.ts'
import { lockBytePgno } from './lock-byte.ts'
import { pointerType } from './pointer-map.ts'

const firstTrunkOffset = 32
const freeCountOffset = 36

/**
 * Takes a page from the freelist, near `nearby` where there is a choice, or from the end of the file. Its content is undefined.
 * @param atEnd whatever is free, the page at the end is meant
 */
export function allocatePage(pages: Pages, nearby: number = 0, atEnd: boolean = false): Page {
  const page = atEnd ? extendFile(pages) : takePage(pages, nearby)
  // Whoever names it says so when the operation ends.
  if (pages.pointers !== null) pages.pointers.set(page.pgno, pointerType.node, 0)
  return page
}

function takePage(pages: Pages, nearby: number): Page {
  const one = pages.get(1)
  const freeCount = readUint32(one.data, freeCountOffset)
  if (freeCount === 0) return extendFile(pages)
  const pageCount = pages.pageCount
  if (freeCount >= pageCount) throw corrupt(1, 'the freelist counts more pages than there are')
  const trunkPgno = readUint32(one.data, firstTrunkOffset)
  if (trunkPgno < 2 || trunkPgno > pageCount)
    throw corrupt(1, `the first freelist trunk cannot be page ${trunkPgno}`)
  const trunk = pages.get(trunkPgno)
  const leafCount = readUint32(trunk.data, 4)
  if (leafCount > ((pages.usableSize / 4) | 0) - 2)
    throw corrupt(trunkPgno, `a freelist trunk cannot hold ${leafCount} pages`)
  pages.write(one)
  writeUint32(one.data, freeCountOffset, freeCount - 1)
  if (leafCount === 0) {
    writeUint32(one.data, firstTrunkOffset, readUint32(trunk.data, 0))
    return pages.create(trunkPgno)
  }
  const index = nearby > 0 ? nearestLeaf(trunk.data, leafCount, nearby) : 0
  const pgno = readUint32(trunk.data, 8 + 4 * index)
  if (pgno < 2 || pgno > pageCount)
    throw corrupt(trunkPgno, `page ${pgno} cannot be on the freelist`)
  writeTrunk(pages, trunk)
  if (index < leafCount - 1)
    writeUint32(trunk.data, 8 + 4 * index, readUint32(trunk.data, 4 + 4 * leafCount))
  writeUint32(trunk.data, 4, leafCount - 1)
  return pages.createFree(pgno)
}

/** Before a trunk is changed: were it a page of a tree too, which only a damaged file has, it would have to be verified anew. */
function writeTrunk(pages: Pages, trunk: Page): void {
  pages.write(trunk)
  trunk.verified = false
}

function nearestLeaf(trunk: Uint8Array, leafCount: number, nearby: number): number {
  let best = 0
  let bestDistance = Infinity
  for (let i = 0; i < leafCount; i++) {
    const distance = Math.abs(readUint32(trunk, 8 + 4 * i) - nearby)
    if (distance < bestDistance) {
      best = i
      bestDistance = distance
      if (distance === 1) break
    }
  }
  return best
}

function extendFile(pages: Pages): Page {
  const lock = lockBytePgno(pages.pageSize)
  let pgno = pages.pageCount + 1
  if (pgno === lock) pgno++
  if (pages.pointers !== null && pages.pointers.isMapPage(pgno)) {
    if (pgno > pages.maxPages) throw databaseFull()
    pages.create(pgno++)
    if (pgno === lock) pgno++
  }
  if (pgno > pages.maxPages) throw databaseFull()
  return pages.create(pgno)
}

/**
 * Takes the first page of the freelist that is wanted.
 * @throws SQLITE_CORRUPT when there is none
 */
export function takeFreePage(pages: Pages, isWanted: (pgno: number) => boolean): Page {
  const one = pages.get(1)
  const freeCount = readUint32(one.data, freeCountOffset)
  let before = one
  let link = firstTrunkOffset
  // Each trunk is a free page itself.
  for (let left = freeCount; left > 0; left--) {
    const trunkPgno = readUint32(before.data, link)
    if (trunkPgno < 2 || trunkPgno > pages.pageCount) break
    const trunk = pages.get(trunkPgno)
    const leafCount = readUint32(trunk.data, 4)
    if (leafCount > ((pages.usableSize / 4) | 0) - 2)
      throw corrupt(trunkPgno, `a freelist trunk cannot hold ${leafCount} pages`)
    let index = 0
    while (index < leafCount && !isWanted(readUint32(trunk.data, 8 + 4 * index))) index++
    if (index < leafCount || isWanted(trunkPgno)) {
      const pgno = index < leafCount ? readUint32(trunk.data, 8 + 4 * index) : trunkPgno
      if (pgno < 2 || pgno > pages.pageCount)
        throw corrupt(trunkPgno, `page ${pgno} cannot be on the freelist`)
      pages.write(one)
      writeUint32(one.data, freeCountOffset, freeCount - 1)
      if (index < leafCount) removeLeaf(pages, trunk, index, leafCount)
      else removeTrunk(pages, trunk, leafCount, before, link)
      pages.pointers?.set(pgno, pointerType.node, 0)
      return pages.create(pgno)
    }
    before = trunk
    link = 0
  }
  throw corrupt(1, 'a page that is free is not on the freelist')
}

function removeLeaf(pages: Pages, trunk: Page, index: number, leafCount: number): void {
  writeTrunk(pages, trunk)
  const last = readUint32(trunk.data, 4 + 4 * leafCount)
  if (index < leafCount - 1) writeUint32(trunk.data, 8 + 4 * index, last)
  writeUint32(trunk.data, 4, leafCount - 1)
}

/** The first of its leaves becomes the trunk of the others; the one before names it, or what followed. */
function removeTrunk(
  pages: Pages,
  trunk: Page,
  leafCount: number,
  before: Page,
  link: number,
): void {
  let next = readUint32(trunk.data, 0)
  if (leafCount > 0) {
    const following = next
    next = readUint32(trunk.data, 8)
    const heir = pages.create(next)
    writeUint32(heir.data, 0, following)
    writeUint32(heir.data, 4, leafCount - 1)
    for (let i = 1; i < leafCount; i++)
      writeUint32(heir.data, 4 + 4 * i, readUint32(trunk.data, 8 + 4 * i))
    heir.verified = false
  }
  if (link === 0) writeTrunk(pages, before)
  writeUint32(before.data, link, next)
}

/** Puts page `pgno` on the freelist. */
export function freePage(pages: Pages, pgno: number): void {
  const pageCount = pages.pageCount
  if (pgno < 2 || pgno > pageCount) throw corrupt(pgno, 'this page cannot be freed')
  pages.pointers?.set(pgno, pointerType.free, 0)
  pages.noteFree(pgno)
  const one = pages.get(1)
  const freeCount = readUint32(one.data, freeCountOffset)
  if (freeCount + 1 >= pageCount) throw corrupt(1, 'the freelist counts more pages than there are')
  const trunkPgno = readUint32(one.data, firstTrunkOffset)
  pages.write(one)
  writeUint32(one.data, freeCountOffset, freeCount + 1)
  if (freeCount > 0) {
    if (trunkPgno < 2 || trunkPgno > pageCount)
      throw corrupt(1, `the first freelist trunk cannot be page ${trunkPgno}`)
    const trunk = pages.get(trunkPgno)
    const leafCount = readUint32(trunk.data, 4)
    const capacity = (pages.usableSize / 4) | 0
    if (leafCount > capacity - 2)
      throw corrupt(trunkPgno, `a freelist trunk cannot hold ${leafCount} pages`)
    if (leafCount < capacity - 8) {
      // It comes with zeros.
      if (pages.secureDelete === 1) pages.create(pgno)
      writeTrunk(pages, trunk)
      writeUint32(trunk.data, 8 + 4 * leafCount, pgno)
      writeUint32(trunk.data, 4, leafCount + 1)
      return
    }
  }
  const page = pages.create(pgno)
  writeUint32(page.data, 0, freeCount > 0 ? trunkPgno : 0)
  writeUint32(page.data, 4, 0)
  page.verified = false
  writeUint32(one.data, firstTrunkOffset, pgno)
}

/** Puts the first `count` of `pgnos` on the freelist: each trunk is written once for all pages that it gets. */
export function freePages(pages: Pages, pgnos: Uint32Array, count: number): void {
  if (count === 0) return
  const { pageCount, pointers } = pages
  const one = pages.get(1)
  let freeCount = readUint32(one.data, freeCountOffset)
  if (freeCount + count >= pageCount)
    throw corrupt(1, 'the freelist counts more pages than there are')
  let trunkPgno = freeCount > 0 ? readUint32(one.data, firstTrunkOffset) : 0
  if (freeCount > 0 && (trunkPgno < 2 || trunkPgno > pageCount))
    throw corrupt(1, `the first freelist trunk cannot be page ${trunkPgno}`)
  let trunk = freeCount > 0 ? pages.get(trunkPgno) : null
  let leafCount = trunk === null ? 0 : readUint32(trunk.data, 4)
  const capacity = (pages.usableSize / 4) | 0
  if (leafCount > capacity - 2)
    throw corrupt(trunkPgno, `a freelist trunk cannot hold ${leafCount} pages`)
  if (trunk !== null && leafCount < capacity - 8) writeTrunk(pages, trunk)
  for (let i = 0; i < count; i++) {
    const pgno = pgnos[i]!
    if (pgno < 2 || pgno > pageCount) throw corrupt(pgno, 'this page cannot be freed')
    pointers?.set(pgno, pointerType.free, 0)
    pages.noteFree(pgno)
    freeCount++
    if (trunk !== null && leafCount < capacity - 8) {
      // It comes with zeros.
      if (pages.secureDelete === 1) pages.create(pgno)
      writeUint32(trunk.data, 8 + 4 * leafCount, pgno)
      writeUint32(trunk.data, 4, ++leafCount)
      continue
    }
    trunk = pages.create(pgno)
    writeUint32(trunk.data, 0, trunkPgno)
    writeUint32(trunk.data, 4, 0)
    trunk.verified = false
    trunkPgno = pgno
    leafCount = 0
  }
  pages.write(one)
  writeUint32(one.data, firstTrunkOffset, trunkPgno)
  writeUint32(one.data, freeCountOffset, freeCount)
}
