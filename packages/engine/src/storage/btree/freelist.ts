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
import { maxPageCount } from '../../base/limits.ts'
import type { Page, Pages } from '../pager/page.ts'

const firstTrunkOffset = 32
const freeCountOffset = 36

/** The page that holds the lock bytes at 2^30: never part of any structure. */
export function lockBytePgno(pageSize: number): number {
  return 0x40000000 / pageSize + 1
}

/** Takes a page from the freelist, near `nearby` where there is a choice, or from the end of the file. Its content is undefined. */
export function allocatePage(pages: Pages, nearby: number = 0): Page {
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
  return pages.create(pgno)
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
    }
  }
  return best
}

function extendFile(pages: Pages): Page {
  let pgno = pages.pageCount + 1
  if (pgno === lockBytePgno(pages.pageSize)) pgno++
  if (pgno > maxPageCount) throw databaseFull()
  return pages.create(pgno)
}

/** Puts page `pgno` on the freelist. */
export function freePage(pages: Pages, pgno: number): void {
  const pageCount = pages.pageCount
  if (pgno < 2 || pgno > pageCount) throw corrupt(pgno, 'this page cannot be freed')
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
