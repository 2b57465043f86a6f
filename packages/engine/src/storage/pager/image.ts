/**
 * A database as the bytes of a file, opened in memory. Such a file has no log, so its header says that it is in rollback-journal format. (Database File Format §1.3.3 File format version numbers)
 */
import { readUint32, writeUint32 } from '../../base/bytes.ts'
import { corrupt } from '../../base/error.ts'
import { defaultPageSize } from '../../base/limits.ts'
import { headerOffset, parseDatabaseHeader } from './database-header.ts'
import type { Layout } from './layout.ts'
import type { PageCache } from './page-cache.ts'
import { Page } from './page.ts'

/** Makes a header that of a file which stands for itself. */
export function stampAlone(firstPage: Uint8Array, pageCount: number): void {
  firstPage[headerOffset.writeVersion] = 1
  firstPage[headerOffset.readVersion] = 1
  writeUint32(firstPage, headerOffset.pageCount, pageCount)
  writeUint32(
    firstPage,
    headerOffset.versionValidFor,
    readUint32(firstPage, headerOffset.changeCounter),
  )
}

/** @throws SQLITE_NOTADB, SQLITE_CORRUPT */
export function imageLayout(bytes: Uint8Array): Layout {
  if (bytes.length === 0) {
    return { isEmpty: true, pageSize: defaultPageSize, reservedSize: 0, pageCount: 1 }
  }
  const { pageSize, reservedSize, pageCount } = parseDatabaseHeader(bytes)
  const there = Math.ceil(bytes.length / pageSize)
  if (pageCount > there) {
    throw corrupt(0, `its header counts ${pageCount} pages, there are ${there}`)
  }
  return { isEmpty: false, pageSize, reservedSize, pageCount: pageCount > 0 ? pageCount : there }
}

/** Puts the pages into the cache of a database in memory, which is all that it has. */
export function fillCache(
  cache: PageCache,
  bytes: Uint8Array,
  { pageSize, pageCount }: Layout,
): void {
  for (let pgno = 1; pgno <= pageCount; pgno++) {
    const page = new Page(pgno, cache.pool.take())
    const from = (pgno - 1) * pageSize
    const data = bytes.subarray(from, from + pageSize)
    page.data.fill(0, data.length)
    page.data.set(data)
    cache.add(page)
  }
}
