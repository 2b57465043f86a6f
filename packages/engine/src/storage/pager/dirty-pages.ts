/**
 * The pages that a transaction has changed and not yet written: a list that is appended to when a page turns
 * dirty. Pages may leave the cache or turn clean again (a savepoint restored them); such entries are
 * sorted out when the list is used.
 */
import type { Page } from './page.ts'

export class DirtyPages {
  #pages: Page[] = []

  /** At least as many as there are dirty pages. */
  get length(): number {
    return this.#pages.length
  }

  mark(page: Page): void {
    if (page.dirty) return
    page.dirty = true
    this.#pages.push(page)
  }

  hasAny(): boolean {
    const pages = this.#pages
    for (let i = 0; i < pages.length; i++) {
      if (pages[i]!.dirty && pages[i]!.slot >= 0) return true
    }
    return false
  }

  /** The dirty pages in ascending order. They stay dirty, and the list is empty afterwards. */
  take(): Page[] {
    const pages = this.#pages
    this.#pages = []
    if (pages.length === 1) {
      const page = pages[0]!
      return page.dirty && page.slot >= 0 ? pages : []
    }
    pages.sort((left, right) => left.pgno - right.pgno)
    return pages.filter((page, index) => page.dirty && page.slot >= 0 && page !== pages[index - 1])
  }

  /** Puts back what `take` gave and could not be written. */
  putBack(pages: Page[]): void {
    this.#pages = pages
  }

  /** Forgets them all; in memory they simply count as clean. */
  clear(): void {
    for (const page of this.#pages) page.dirty = false
    this.#pages = []
  }
}
