/**
 * Nested savepoints: what the pages looked like before.
 *
 * A savepoint remembers how many pages the database had, and the before-image of each page that was
 * changed since it was opened, taken when the page is first written. Going back copies the images into
 * the cache; letting go hands them to the savepoint below, which keeps those it does not have yet. Both
 * cost as much as was changed, never as much as the database holds.
 *
 * Always true: images of a savepoint only exist for pages it had (`pgno <= pageCount`), and a page whose
 * `stamp` is at least the stamp of the top savepoint has its image there.
 *
 * In a database in memory the transaction itself is the lowest savepoint.
 *
 * Where the stack ends, any call may be the one that is not made. So an image leaves one map in the step in which it enters
 * another, or before its buffer is given away: what was cut can be done again.
 */
import type { BufferPool } from './page-cache.ts'
import type { Page } from './page.ts'

/** A page as it was when the savepoint was opened. */
export interface BeforeImage {
  readonly data: Buffer
  /** It differed from the committed page already then. */
  readonly wasDirty: boolean
}

class Savepoint {
  stamp = 0
  pageCount = 0
  readonly images: Map<number, BeforeImage> = new Map()
}

export class SavepointStack {
  #stack: Savepoint[] = []
  /** Used again: a statement opens and releases one. */
  readonly #spare: Savepoint[] = []
  #nextStamp = 1
  #pool: BufferPool

  constructor(pool: BufferPool) {
    this.#pool = pool
  }

  get depth(): number {
    return this.#stack.length
  }

  /** Pages stamped with this or more need no image; 0 when no savepoint is open. */
  get topStamp(): number {
    return this.#stack.length === 0 ? 0 : this.#stack[this.#stack.length - 1]!.stamp
  }

  /** @returns the depth of the new savepoint, from 0 */
  open(pageCount: number): number {
    const savepoint = this.#spare.pop() ?? new Savepoint()
    savepoint.stamp = this.#nextStamp++
    savepoint.pageCount = pageCount
    return this.#stack.push(savepoint) - 1
  }

  clear(): void {
    this.release(0)
  }

  /** Whether the top savepoint must have an image of this page before it changes. */
  needsImage(pgno: number): boolean {
    if (this.#stack.length === 0) return false
    const top = this.#stack[this.#stack.length - 1]!
    return pgno <= top.pageCount && !top.images.has(pgno)
  }

  /** Keeps a copy of the page for the top savepoint, if it lacks one. */
  save(page: Page): void {
    if (this.needsImage(page.pgno)) {
      const data = this.#pool.take()
      data.set(page.data)
      this.#stack[this.#stack.length - 1]!.images.set(page.pgno, { data, wasDirty: page.dirty })
    }
    page.stamp = this.topStamp
  }

  /** Forgets every savepoint from `depth` upward, keeping what has been done. */
  release(depth: number): void {
    while (this.#stack.length > depth) {
      const released = this.#stack[this.#stack.length - 1]!
      const below = this.#stack[this.#stack.length - 2]
      for (const [pgno, image] of released.images) {
        released.images.delete(pgno)
        if (below !== undefined && pgno <= below.pageCount && !below.images.has(pgno)) {
          below.images.set(pgno, image)
        } else {
          this.#pool.give(image.data)
        }
      }
      this.#stack.pop()
      this.#spare.push(released)
    }
  }

  /**
   * Goes back to the state at which savepoint `depth` (from 0) was opened: calls `restore` once for each
   * changed page, with its oldest image. The savepoint stays open, those above it are gone.
   * @returns the number of pages the database had
   */
  rollback(depth: number, restore: (pgno: number, image: BeforeImage) => void): number {
    this.release(depth + 1)
    const savepoint = this.#stack[depth]!
    for (const [pgno, image] of savepoint.images) {
      restore(pgno, image)
      savepoint.images.delete(pgno)
      this.#pool.give(image.data)
    }
    return savepoint.pageCount
  }
}
