/** What the pager does for databases with auto_vacuum: the pointer map while it writes, and pages cut off. (PRAGMA auto_vacuum) */
import { writeUint32 } from '../../base/bytes.ts'
import { tableLocked } from '../../base/error.ts'
import { vacuumAll, vacuumStep } from '../btree/page-moves.ts'
import { PointerMap } from '../btree/pointer-map.ts'
import { headerOffset, type DatabaseHeader } from './database-header.ts'
import type { Pages, PointerKeeper } from './page.ts'

/** A pager. */
interface Vacuumed extends Pages {
  readonly header: DatabaseHeader
  readonly hasHolders: boolean
  readonly isShared: boolean
}

/** The keeper of the pointer map for a write transaction that begins; null: there is none. VACUUM makes one, and ends one. */
export function pointersOf(pager: Vacuumed): PointerKeeper | null {
  if (pager.header.largestRoot === 0) return null
  return pager.pointers ?? new PointerMap(pager)
}

/** With auto_vacuum = FULL a commit leaves no page free. Open cursors keep their pages; then the next commit does it. */
export function vacuumAtCommit(pager: Vacuumed): void {
  const { pointers, header } = pager
  if (!(pointers instanceof PointerMap) || pager.hasHolders) return
  if (header.incrementalVacuum === 0 && header.freelistCount > 0) vacuumAll(pager, pointers)
}

/** Cuts up to `count` pages off the end, as far as free ones make room. (PRAGMA incremental_vacuum) */
export function incrementalVacuum(pager: Vacuumed, count: number): void {
  const { pointers } = pager
  if (!(pointers instanceof PointerMap)) return
  if (pager.hasHolders) throw tableLocked()
  pager.settleDeferred()
  for (let left = count; left > 0 && vacuumStep(pager, pointers);) left--
}

export type AutoVacuum = 'none' | 'full' | 'incremental'

/** What a database has. In a transaction. */
export function autoVacuumOf({ header }: Vacuumed): AutoVacuum {
  if (header.largestRoot === 0) return 'none'
  return header.incrementalVacuum === 0 ? 'full' : 'incremental'
}

/**
 * Chooses auto_vacuum of a database that exists, in a write transaction. Only the kind of it can change, and only where there is a pointer
 * map; one that several processes share has its first page from the beginning, and is as free to choose until it has a second one.
 */
export function changeAutoVacuum(pager: Vacuumed, mode: AutoVacuum): void {
  const { header } = pager
  const isFree = pager.isShared && pager.pageCount === 1
  if (isFree) header.largestRoot = mode === 'none' ? 0 : 1
  if (isFree || (mode !== 'none' && header.largestRoot !== 0))
    header.incrementalVacuum = mode === 'incremental' ? 1 : 0
}

/** Marks the first page of a database that does not exist yet. */
export function stampAutoVacuum(firstPage: Uint8Array, mode: AutoVacuum): void {
  writeUint32(firstPage, headerOffset.largestRoot, mode === 'none' ? 0 : 1)
  writeUint32(firstPage, headerOffset.incrementalVacuum, mode === 'incremental' ? 1 : 0)
}
