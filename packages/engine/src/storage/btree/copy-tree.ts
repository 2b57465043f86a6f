/** A tree written anew into an empty one, in order and with full pages. (VACUUM) */
import { corrupt } from '../../base/error.ts'
import { maxBtreeDepth } from '../../base/limits.ts'
import { readUint32 } from '../../base/bytes.ts'
import { readVarint, readVarintBig, varintLength } from '../../record/index.ts'
import type { Page, PageHolder, Pages } from '../pager/page.ts'
import { IndexTree } from './index-tree.ts'
import { readPayload } from './overflow.ts'
import { cellCountOf, isTableType, headerOffset, layoutOf, localSizeOf } from './page-layout.ts'
import type { Layout } from './page-layout.ts'
import { cellOffset } from './page-space.ts'
import { TableTree } from './table-tree.ts'
import { childOffset, isLeaf, loadPage } from './write-path.ts'

/** Copies the tree at `root` into the empty one at `target`, whose pages may have other sizes: then cells are made anew. Each leaf is a step. */
export function* copyTree(
  from: Pages,
  root: number,
  to: Pages,
  target: number,
): Generator<undefined, void, void> {
  from.settleDeferred()
  yield* new TreeCopy(from, root, to, target).run()
}

/** What is copied to. */
interface Copied {
  /** Copies what fits as it is. Answers the first cell that it leaves. */
  appendCells(source: Page, first: number): number
  /** Copies one cell; `at` is behind its child. */
  append(source: Page, at: number): void
}

class TreeCopy implements PageHolder {
  readonly #from: Pages
  readonly #root: number
  readonly #kind: 0 | 1
  readonly #layout: Layout
  readonly #to: Copied
  /** The pages from the root down to the one that is copied. */
  readonly #path: Page[] = []
  #visited = 0
  /** Cells are the same in both. */
  readonly #fits: boolean

  constructor(from: Pages, root: number, to: Pages, target: number) {
    this.#from = from
    this.#root = root
    this.#layout = layoutOf(from.usableSize)
    this.#fits = from.usableSize === to.usableSize
    const isTable = isTableType(from.get(root).data[headerOffset(root)]!)
    this.#kind = isTable ? 1 : 0
    this.#to = isTable
      ? this.#rows(new TableTree(to, target))
      : this.#entries(new IndexTree(to, target))
  }

  holds(page: Page): boolean {
    return this.#path.includes(page)
  }

  *run(): Generator<undefined, void, void> {
    const pages = this.#from
    pages.register(this)
    try {
      yield* this.#copy(this.#root, 0)
    } finally {
      pages.unregister(this)
    }
  }

  *#copy(pgno: number, level: number): Generator<undefined, void, void> {
    if (level >= maxBtreeDepth) throw corrupt(pgno, 'the tree is too deep')
    if (this.#visited++ > this.#from.pageCount) throw corrupt(pgno, 'a page is used twice')
    const page = loadPage(this.#from, pgno, this.#kind, this.#layout)
    this.#path[level] = page
    const count = cellCountOf(page)
    if (isLeaf(page)) {
      this.#copyLeaf(page, count)
      yield
    } else {
      for (let i = 0; i <= count; i++) {
        yield* this.#copy(readUint32(page.data, childOffset(page, i)), level + 1)
        // Entries lie on all levels, rows on leaves.
        if (this.#kind === 0 && i < count) this.#to.append(page, cellOffset(page, i) + 4)
      }
    }
    this.#path.length = level
  }

  #copyLeaf(page: Page, count: number): void {
    for (let i = 0; i < count;) {
      if (this.#fits) i = this.#to.appendCells(page, i)
      if (i < count) this.#to.append(page, cellOffset(page, i++))
    }
  }

  #rows(tree: TableTree): Copied {
    return {
      appendCells: (source, first) => tree.appendCells(source, first),
      append: (source, at) => {
        const { data } = source
        const size = readVarint(data, at)
        const rowid = at + varintLength(data, at)
        const payload = this.#payload(source, rowid + varintLength(data, rowid), size)
        tree.insertNew(readVarintBig(data, rowid), payload.data, size, payload.offset)
      },
    }
  }

  #entries(tree: IndexTree): Copied {
    return {
      appendCells: (source, first) => tree.appendCells(source, first),
      append: (source, at) => {
        const { data } = source
        const size = readVarint(data, at)
        const payload = this.#payload(source, at + varintLength(data, at), size)
        tree.append(payload.data.subarray(payload.offset, payload.offset + size), size)
      },
    }
  }

  /** All bytes of a payload, whose local ones begin at `offset` of a page. */
  #payload(
    { data, pgno }: Page,
    offset: number,
    size: number,
  ): { readonly data: Uint8Array; readonly offset: number } {
    const { maxTableLocal, maxIndexLocal } = this.#layout
    const maxLocal = this.#kind === 1 ? maxTableLocal : maxIndexLocal
    const localSize = localSizeOf(size, maxLocal, this.#layout)
    if (offset + localSize + (localSize < size ? 4 : 0) > this.#layout.usableSize) {
      throw corrupt(pgno, 'a cell reaches past the usable area')
    }
    if (localSize === size) return { data, offset }
    return { data: readPayload(this.#from, pgno, data, offset, localSize, size), offset: 0 }
  }
}
