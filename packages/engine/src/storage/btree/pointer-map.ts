/**
 * Which page names each page: kept in databases with auto_vacuum, so that any page can be moved. (Database File Format §1.8
 * Pointer Map or Ptrmap Pages.)
 *
 * Page 2 is the first page of the map. It has an entry of five bytes, a type and the number of a page, for each page that follows it,
 * as many as fit; the next page after those is the next page of the map, and so on. The page of the lock bytes holds no map: there
 * the map is one page later.
 *
 * Trees change in many places, and all of them would have to keep the map. Instead, pages that an operation writes are noted, and when it
 * ends, the pages of trees among them say who their children are, and the first pages of overflow chains. Page numbers are
 * taken and given back in one place each (`freelist.ts`, `overflow.ts`), which enter what the pages then are.
 */
import { corrupt } from '../../base/error.ts'
import { readUint32, writeUint32 } from '../../base/bytes.ts'
import type { Page, Pages, PointerKeeper } from '../pager/page.ts'
import { readVarint } from '../../record/index.ts'
import {
  cellBytes,
  cellCountOf,
  headerOffset,
  isLeafType,
  layoutOf,
  leafTable,
  interiorTable,
  pointersOffset,
  rightChildOf,
  verifyPage,
} from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { lockBytePgno } from './lock-byte.ts'

/** What a page is. */
export const pointerType = {
  /** The root of a tree: no page names it. */
  root: 1,
  /** On the freelist. */
  free: 2,
  /** The first page of an overflow chain: a page of a tree names it. */
  firstOverflow: 3,
  /** Another page of an overflow chain: the one before names it. */
  overflow: 4,
  /** A page of a tree, but not its root: its parent names it. */
  node: 5,
} as const

export interface PointerEntry {
  readonly type: number
  readonly parent: number
}

/** The page of the map in which page `pgno` has its entry; `pgno` itself, if it is one of the map. */
export function mapPageOf(pgno: number, pageSize: number, usableSize: number): number {
  const span = Math.floor(usableSize / 5) + 1
  const page = Math.floor((pgno - 2) / span) * span + 2
  return page === lockBytePgno(pageSize) ? page + 1 : page
}

export class PointerMap implements PointerKeeper {
  readonly #pages: Pages
  readonly #changed = new Set<number>()

  constructor(pages: Pages) {
    this.#pages = pages
  }

  isMapPage(pgno: number): boolean {
    return pgno > 1 && this.#mapPageOf(pgno) === pgno
  }

  #mapPageOf(pgno: number): number {
    return mapPageOf(pgno, this.#pages.pageSize, this.#pages.usableSize)
  }

  get(pgno: number): PointerEntry {
    const { data, at } = this.#entry(pgno)
    const type = data[at]!
    if (type < pointerType.root || type > pointerType.node)
      throw corrupt(pgno, `the pointer map gives it type ${type}`)
    return { type, parent: readUint32(data, at + 1) }
  }

  set(pgno: number, type: number, parent: number): void {
    const { page, data, at } = this.#entry(pgno)
    if (data[at] === type && readUint32(data, at + 1) === parent) return
    this.#pages.write(page)
    page.data[at] = type
    writeUint32(page.data, at + 1, parent)
  }

  #entry(pgno: number): { readonly page: Page; readonly data: Uint8Array; readonly at: number } {
    const map = this.#mapPageOf(pgno)
    const at = 5 * (pgno - map - 1)
    if (pgno < 3 || at < 0) throw corrupt(pgno, 'it has no place in the pointer map')
    const page = this.#pages.get(map)
    page.verified = false
    return { page, data: page.data, at }
  }

  changed(pgno: number): void {
    this.#changed.add(pgno)
  }

  forget(): void {
    this.#changed.clear()
  }

  settle(): void {
    if (this.#changed.size === 0) return
    const pages = this.#pages
    const layout = layoutOf(pages.usableSize)
    // Entries that are set change pages of the map, and those only.
    const changed = [...this.#changed]
    this.#changed.clear()
    for (const pgno of changed) {
      if (pgno > pages.pageCount || this.isMapPage(pgno)) continue
      if (pgno > 1) {
        const { type } = this.get(pgno)
        if (type !== pointerType.root && type !== pointerType.node) continue
      }
      const page = pages.get(pgno)
      if (!page.verified) verifyPage(page, layout)
      this.#enterNamed(page, layout)
    }
    this.#changed.clear()
  }

  /** Enters `page` as the parent of whatever its cells name. */
  #enterNamed(page: Page, layout: Layout): void {
    const { pgno, data } = page
    forEachNamed(page, layout, (at, type) => {
      this.set(readUint32(data, at), type, pgno)
    })
  }
}

/** Calls `visit` with each place of a page of a tree at which the number of another page stands, and what that page is. */
export function forEachNamed(
  page: Page,
  layout: Layout,
  visit: (at: number, type: number) => void,
): void {
  const { data } = page
  const header = headerOffset(page.pgno)
  const type = data[header]!
  const isLeaf = isLeafType(type)
  const pointers = pointersOffset(page)
  const count = cellCountOf(page)
  const maxLocal = type === leafTable ? layout.maxTableLocal : layout.maxIndexLocal
  for (let i = 0; i < count; i++) {
    const offset = (data[pointers + 2 * i]! << 8) | data[pointers + 2 * i + 1]!
    if (!isLeaf) visit(offset, pointerType.node)
    if (type === interiorTable) continue
    if (readVarint(data, isLeaf ? offset : offset + 4) <= maxLocal) continue
    visit(offset + cellBytes(data, offset, type, layout) - 4, pointerType.firstOverflow)
  }
  if (!isLeaf && rightChildOf(page) !== 0) visit(header + 8, pointerType.node)
}
