/**
 * A table built from rows that come in the order of their rowids, as `IndexBuild` builds an index: pages are laid out in memory and written when they are
 * full. (CREATE TABLE … AS, INSERT … SELECT into an empty table)
 *
 * What divides two leaves is the last rowid of the left one, so a leaf gives nothing up. A divider that no longer fits on its page is held: if
 * another follows, the page ends with its child; if none does, the page ends with the child of its last cell, and it begins the next.
 */
import { writeUint32 } from '../../base/bytes.ts'
import { varintSize, writeVarint } from '../../record/index.ts'
import type { Pages } from '../pager/page.ts'
import { writeOverflow } from './overflow.ts'
import { cellBytes, interiorTable, layoutOf, leafTable, localSizeOf } from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { childOf, PageImage } from './page-image.ts'
import { copyInto } from './page-space.ts'

const noBytes = new Uint8Array(0)

/** Fills an empty table. */
export class TableBuild {
  /** Greater than that of any row so far. */
  next: number = -Infinity
  readonly #pages: Pages
  readonly #root: number
  readonly #layout: Layout
  readonly #leaf: PageImage
  readonly #levels: PageImage[]
  #cell: Uint8Array = noBytes
  /** Where the next page is wanted. */
  #nearby: number
  // The array that the last row came from.
  #source: Uint8Array = noBytes
  #sourceView: DataView = new DataView(noBytes.buffer)

  constructor(pages: Pages, root: number) {
    this.#pages = pages
    this.#root = root
    this.#layout = layoutOf(pages.usableSize)
    this.#leaf = new PageImage(leafTable, pages.usableSize)
    this.#levels = [this.#leaf]
    this.#nearby = root
  }

  /** Adds the row `rowid`, at least `next`: `size` bytes of `data` from `offset` on. */
  add(rowid: number, data: Uint8Array, offset: number, size: number): void {
    const leaf = this.#leaf
    if (size > this.#layout.maxTableLocal) {
      this.#addSpilled(rowid, data, offset, size)
      return
    }
    const cellSize = varintSize(size) + varintSize(rowid) + size
    let at = leaf.place(cellSize)
    if (at === 0) {
      this.#close()
      at = leaf.place(cellSize)
    }
    const target = leaf.data
    at += writeVarint(target, at, size)
    at += writeVarint(target, at, rowid)
    this.next = rowid + 1
    if (size > 256) {
      target.set(data.subarray(offset, offset + size), at)
      return
    }
    if (this.#source !== data) {
      this.#source = data
      this.#sourceView = new DataView(data.buffer, data.byteOffset, data.length)
    }
    const from = this.#sourceView
    const to = leaf.view
    const whole = size & ~3
    for (let i = 0; i < whole; i += 4) to.setUint32(at + i, from.getUint32(offset + i))
    for (let i = whole; i < size; i++) target[at + i] = data[offset + i]!
  }

  #addSpilled(rowid: number, data: Uint8Array, offset: number, size: number): void {
    const pages = this.#pages
    const layout = this.#layout
    const leaf = this.#leaf
    if (this.#cell.length === 0) this.#cell = new Uint8Array(layout.usableSize + 32)
    const cell = this.#cell
    let end = writeVarint(cell, 0, size)
    end += writeVarint(cell, end, rowid)
    const localSize = localSizeOf(size, layout.maxTableLocal, layout)
    copyInto(cell, end, data, offset, localSize)
    end += localSize
    pages.beginOperation()
    try {
      const first = writeOverflow(pages, data, offset + localSize, offset + size, this.#nearby)
      writeUint32(cell, end, first)
    } finally {
      pages.endOperation()
    }
    end += 4
    let at = leaf.place(end)
    if (at === 0) {
      this.#close()
      at = leaf.place(end)
    }
    copyInto(leaf.data, at, cell, 0, end)
    this.next = rowid + 1
  }

  /** Writes the leaf, which ends with the row before `next`, and begins another. */
  #close(): void {
    const pgno = this.#write(this.#leaf, 0)
    this.#leaf.reset()
    const divider = new Uint8Array(13)
    writeUint32(divider, 0, pgno)
    this.#divide(1, divider, 4 + writeVarint(divider, 4, this.next - 1))
  }

  /** Puts the cell that names a child and its last rowid on the page of a level, or holds it. */
  #divide(level: number, cell: Uint8Array, size: number): void {
    const image = (this.#levels[level] ??= new PageImage(interiorTable, this.#layout.usableSize))
    if (image.heldSize !== 0) {
      const held = image.held.slice(0, image.heldSize)
      const pgno = this.#write(image, childOf(held))
      image.reset()
      writeUint32(held, 0, pgno)
      this.#divide(level + 1, held, held.length)
    }
    image.put(cell, size)
  }

  #write(image: PageImage, rightChild: number): number {
    this.#nearby = image.write(this.#pages, rightChild, this.#nearby, this.#root)
    return this.#nearby
  }

  /** All rows are in: writes what is left, and the root. */
  finish(): void {
    let rightChild = 0
    for (let level = 0; ; level++) {
      const image = this.#levels[level]!
      if (image.heldSize !== 0) this.#divideLast(level)
      if (level === this.#levels.length - 1) {
        image.writeRoot(this.#pages, rightChild, this.#root)
        return
      }
      rightChild = this.#write(image, rightChild)
    }
  }

  #divideLast(level: number): void {
    const image = this.#levels[level]!
    const { last, data, type } = image
    const size = cellBytes(data, last, type, this.#layout)
    const divider = data.slice(last, last + size)
    image.dropLast(size)
    const pgno = this.#write(image, childOf(divider))
    const held = image.held.slice(0, image.heldSize)
    image.reset()
    image.put(held, held.length)
    writeUint32(divider, 0, pgno)
    this.#divide(level + 1, divider, size)
  }
}
