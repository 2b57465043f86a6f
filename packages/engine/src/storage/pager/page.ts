/**
 * One page of the database in memory, and what the B-tree may ask of whoever keeps the pages.
 *
 * `Pages` is the border between B-tree and pager. The B-tree never sees files, frames or caches: it
 * gets pages by number, says which ones it is about to change, and asks for new ones at the end of the
 * file. (Free pages inside the file are the B-tree's own affair: `btree/freelist.ts`.)
 */

/** A page in the cache. `data` is the whole page; page 1 starts with the 100-byte database header. */
export class Page {
  /** From 1. */
  pgno: number
  /** `pageSize` bytes. May be replaced by `Pages.write`: read it again afterwards. */
  data: Uint8Array
  /** Changed in this transaction and not yet in the database or the log. */
  dirty = false
  /** The B-tree has checked the page header and cell pointers. Cleared whenever content is loaded. */
  verified = false
  /** For the clock that chooses what to evict: touched since the hand last passed. */
  referenced = true
  /** The pager's: the savepoint that already has this page's before-image (`savepoint.ts`). */
  stamp = 0
  /** The page cache's: where the clock keeps the page (`page-cache.ts`). */
  slot = -1

  constructor(pgno: number, data: Uint8Array) {
    this.pgno = pgno
    this.data = data
  }
}

/** Somebody who keeps references to pages between calls: a cursor. The cache does not evict what it holds. */
export interface PageHolder {
  holds(page: Page): boolean
}

/** Keeps the pointer map of a database with auto_vacuum (`btree/pointer-map.ts`). */
export interface PointerKeeper {
  /** Page `pgno` is part of the map, and of nothing else. */
  isMapPage(pgno: number): boolean
  /** Enters what a page is and which page names it. */
  set(pgno: number, type: number, parent: number): void
  /** A page is about to be changed. */
  changed(pgno: number): void
  /** A write operation ends: what the changed pages name is entered. */
  settle(): void
  /** What has been changed is undone. */
  forget(): void
}

/** Entries of one index that wait to be inserted all together. Whoever looks at the index, or ends what they are part of, has them inserted before. */
export interface Deferral {
  /** Others are to be taken out as well, so that one that is inserted meanwhile might go with them. */
  readonly takesOut: boolean
  /** Inserts them. */
  settle(): void
  /** They are not to be inserted: what they are part of is taken back. */
  forget(): void
}

/** What becomes of deleted content: 0: it stays where it is; 1: zeros take its place; 2: only on pages that are written anyway. */
export type SecureDelete = 0 | 1 | 2

/** What the B-tree needs of the pager. */
export interface Pages {
  /** In a write transaction on a database with auto_vacuum; else null. */
  readonly pointers: PointerKeeper | null
  /** Bytes in a page: a power of two, 512 to 65536. */
  readonly pageSize: number
  /** `pageSize` less the reserved bytes at its end. At least 480. */
  readonly usableSize: number
  /** Pages in the database as this transaction sees it. */
  readonly pageCount: number
  /** The file does not grow beyond so many. */
  readonly maxPages: number
  /** PRAGMA secure_delete. */
  readonly secureDelete: SecureDelete
  /**
   * The page as this transaction sees it. Valid until the next call that can evict, unless a
   * registered holder holds it or a write operation is open.
   * @throws SQLITE_CORRUPT when `pgno` is 0 or beyond `pageCount`; SQLITE_IOERR_*
   */
  get(pgno: number): Page
  /**
   * The bytes of a page that is looked at once: they are not kept in the cache, and hold until the next call of whatever.
   * @throws as `get`
   */
  look(pgno: number): Uint8Array
  /** Must be called before `page.data` is changed, every time a write operation first changes the page. */
  write(page: Page): void
  /** A page whose old content does not matter: zeroed and writable. Extends the file when beyond `pageCount`. */
  create(pgno: number): Page
  /**
   * The same for a leaf of the freelist: where it has been one since the transaction began, no savepoint wants its old content back, for it means
   * nothing then either.
   */
  createFree(pgno: number): Page
  /** A page goes to the freelist. */
  noteFree(pgno: number): void
  /** Gives up the pages behind page `pageCount`, which nothing uses. */
  shrink(pageCount: number): void
  /** Between these two calls no page is evicted and nothing is spilled. They nest. */
  beginOperation(): void
  endOperation(): void
  register(holder: PageHolder): void
  unregister(holder: PageHolder): void
  /** Entries wait to be inserted, until `settle` or `forget` is called: at the latest before a savepoint and at the end of the transaction. */
  defer(deferral: Deferral): void
  /** Inserts all that waits. */
  settleDeferred(): void
  /** Bytes of entries that may wait for an empty tree, beside those of others. */
  readonly mostDeferred: number
  /** Grows with every change to any page and every new snapshot: a cursor that finds it moved must seek again. */
  readonly changeCount: number
  /**
   * Grows where pages become others and no tree has said so: they are put back, read anew, or moved. What is remembered of the way through
   * a tree holds for one count.
   */
  relocations: number
}
