/**
 * A copy of a database into a file, made some pages at a time while the database is in use. What is changed meanwhile, by whomever, is
 * copied once more, so that in the end the file is what the database was at one moment: that of the last step.
 */
import { lockBytePgno } from '../btree/lock-byte.ts'
import type { File } from '../file/file.ts'
import { stampAlone } from './image.ts'
import type { PageWatcher } from './page-watcher.ts'
import type { Pager } from './pager.ts'

export class PagedCopy implements PageWatcher {
  readonly #source: Pager
  readonly #file: File
  readonly #stale = new Set<number>()
  /** Pages below it have been copied. */
  #next = 1
  #pageSize = 0
  totalPages = 0

  /** `end` is to be called in the end. */
  constructor(source: Pager, file: File) {
    this.#source = source
    this.#file = file
    source.watchers.add(this)
  }

  get remainingPages(): number {
    return Math.max(0, this.totalPages + 1 - this.#next) + this.#stale.size
  }

  pagesChanged(pgnos: readonly number[] | null): void {
    if (pgnos === null) this.#beginAnew()
    else for (const pgno of pgnos) if (pgno < this.#next) this.#stale.add(pgno)
  }

  #beginAnew(): void {
    this.#next = 1
    this.#stale.clear()
  }

  /** Copies up to so many pages. A read transaction of the source is open. The file is whole when nothing remains. */
  step(count: number): void {
    const { pageSize, pageCount } = this.#source
    if (pageSize !== this.#pageSize) this.#beginAnew()
    this.#pageSize = pageSize
    this.totalPages = this.#source.isEmpty ? 0 : pageCount
    for (const pgno of this.#stale) if (pgno > pageCount) this.#stale.delete(pgno)
    if (this.#next > this.totalPages + 1) this.#next = this.totalPages + 1
    for (let left = count; left > 0 && this.remainingPages > 0; left--) this.#copy(this.#take())
    if (this.remainingPages === 0) this.#finish()
  }

  #take(): number {
    for (const pgno of this.#stale) {
      this.#stale.delete(pgno)
      return pgno
    }
    return this.#next++
  }

  #copy(pgno: number): void {
    const pageSize = this.#pageSize
    const isLocked = pgno === lockBytePgno(pageSize)
    const page = isLocked ? Buffer.alloc(pageSize) : Buffer.from(this.#source.get(pgno).data)
    if (pgno === 1) stampAlone(page, this.totalPages)
    this.#file.write([page], (pgno - 1) * pageSize)
  }

  #finish(): void {
    // Its header counts the pages, whichever commit has changed their number.
    if (this.totalPages > 0) this.#copy(1)
    this.#file.truncate(this.totalPages * this.#pageSize)
    this.#file.sync(false)
  }

  /** Follows the source no more. */
  end(): void {
    this.#source.watchers.delete(this)
  }
}
