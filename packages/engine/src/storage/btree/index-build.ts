/**
 * An index built from entries that come in order: pages are laid out in memory, one for each level, and go into the file when they are full. So no
 * page is looked at twice, none is balanced, and all are as full as can be. (CREATE INDEX, REINDEX)
 *
 * An entry that no longer fits on its page is held: if another follows, it divides the page from the next one, as in SQLite, and goes up; if none does,
 * the last entry of the page divides instead, for no page but the root may be empty. The pages of a level are written before what
 * names them. The root is written last, and until then the tree is empty.
 */
import { writeUint32 } from '../../base/bytes.ts'
import { varintSize, writeVarint } from '../../record/index.ts'
import type { Pages } from '../pager/page.ts'
import { writeOverflow } from './overflow.ts'
import { cellBytes, interiorIndex, layoutOf, leafIndex, localSizeOf } from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { childOf, PageImage } from './page-image.ts'
import { copyInto } from './page-space.ts'

/** Fills an empty tree. */
export class IndexBuild {
  readonly #pages: Pages
  readonly #root: number
  readonly #layout: Layout
  readonly #leaf: PageImage
  readonly #levels: PageImage[]
  #cell: Uint8Array
  /** Where the next page is wanted. */
  #nearby: number

  constructor(pages: Pages, root: number) {
    this.#pages = pages
    this.#root = root
    this.#layout = layoutOf(pages.usableSize)
    this.#leaf = new PageImage(leafIndex, pages.usableSize)
    this.#levels = [this.#leaf]
    this.#cell = new Uint8Array(pages.usableSize)
    this.#nearby = root
  }

  /** Adds an entry behind all others: `size` bytes of `data` from `offset` on. */
  add(data: Uint8Array, offset: number, size: number): void {
    const leaf = this.#leaf
    if (size > this.#layout.maxIndexLocal || leaf.heldSize !== 0) {
      this.#addSlowly(data, offset, size)
      return
    }
    let at = leaf.place(varintSize(size) + size)
    if (at === 0) {
      this.#addSlowly(data, offset, size)
      return
    }
    const target = leaf.data
    at += writeVarint(target, at, size)
    copyInto(target, at, data, offset, size)
  }

  #addSlowly(data: Uint8Array, offset: number, size: number): void {
    const cellSize = this.#makeCell(data, offset, size)
    if (this.#leaf.heldSize !== 0) this.#close(0)
    this.#put(0, this.#cell, cellSize)
  }

  /** Makes a leaf's cell, and stores what spills. Answers its size. */
  #makeCell(data: Uint8Array, offset: number, size: number): number {
    const pages = this.#pages
    const cell = this.#cell
    const localSize = localSizeOf(size, this.#layout.maxIndexLocal, this.#layout)
    const at = writeVarint(cell, 0, size)
    copyInto(cell, at, data, offset, localSize)
    if (localSize === size) return at + size
    pages.beginOperation()
    try {
      const first = writeOverflow(pages, data, offset + localSize, offset + size, this.#nearby)
      writeUint32(cell, at + localSize, first)
    } finally {
      pages.endOperation()
    }
    return at + localSize + 4
  }

  /** Puts a cell on the page of a level, which holds none; or holds it. */
  #put(level: number, cell: Uint8Array, size: number): void {
    this.#levels[level] ??= new PageImage(interiorIndex, this.#layout.usableSize)
    this.#levels[level].put(cell, size)
  }

  /** Writes the page of a level, and gives the cell that it holds to the next. */
  #close(level: number): void {
    const image = this.#levels[level]!
    const { held, heldSize, isLeaf } = image
    const rightChild = isLeaf ? 0 : childOf(held)
    this.#divide(level, held, isLeaf ? 0 : 4, heldSize, this.#write(image, rightChild))
    image.reset()
  }

  /** A cell, its child left out, goes up a level, to divide page `pgno` from the next. */
  #divide(level: number, cell: Uint8Array, start: number, size: number, pgno: number): void {
    const divider = new Uint8Array(4 + size - start)
    writeUint32(divider, 0, pgno)
    copyInto(divider, 4, cell, start, size - start)
    if ((this.#levels[level + 1]?.heldSize ?? 0) !== 0) this.#close(level + 1)
    this.#put(level + 1, divider, divider.length)
  }

  #write(image: PageImage, rightChild: number): number {
    this.#nearby = image.write(this.#pages, rightChild, this.#nearby, this.#root)
    return this.#nearby
  }

  /** All entries are in: writes what is left, and the root. */
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

  /** No entry follows the one that is held: the one before it divides, and it becomes the first of the next page. */
  #divideLast(level: number): void {
    const image = this.#levels[level]!
    const { held, heldSize, isLeaf, last, data, type } = image
    const size = cellBytes(data, last, type, this.#layout)
    const divider = data.slice(last, last + size)
    image.dropLast(size)
    const pgno = this.#write(image, isLeaf ? 0 : childOf(divider))
    const cell = held.slice(0, heldSize)
    image.reset()
    this.#put(level, cell, heldSize)
    this.#divide(level, divider, isLeaf ? 0 : 4, size, pgno)
  }
}
