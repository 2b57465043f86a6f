/**
 * Pages that a scan has brought into the cache. One that is read for the first time makes room, after a while, for those behind it: most scans of a large
 * table are not repeated, and memory that is used again costs less than memory that the system has to find. A page that is read once more is kept like any other.
 * (The idea of the 2Q algorithm, Johnson and Shasha, VLDB 1994.)
 */
import type { Page } from './page.ts'

/** Pages that wait for a second look. */
const mostWaiting = 64

/** Page numbers to an array of bits. */
const chunkBits = 16
const wordsPerChunk = 1 << (chunkBits - 5)
const chunkMask = (1 << chunkBits) - 1

export class ScanRing {
  readonly #release: (page: Page) => boolean
  readonly #waiting: Page[] = []
  #next = 0
  /** A bit for each page that has made room. */
  readonly #gone: (Int32Array | undefined)[] = []

  /** @param release takes a page out of the cache; false: it has to stay, or is not there any more */
  constructor(release: (page: Page) => boolean) {
    this.#release = release
  }

  /** A page that a scan has just brought in. */
  add(page: Page): void {
    if (this.#isGone(page.pgno)) return
    // Whoever looks at it once more says so.
    page.referenced = false
    const waiting = this.#waiting
    if (waiting.length < mostWaiting) {
      waiting.push(page)
      return
    }
    const oldest = waiting[this.#next]!
    waiting[this.#next] = page
    this.#next = (this.#next + 1) % mostWaiting
    if (!oldest.referenced && this.#release(oldest)) this.#noteGone(oldest.pgno)
  }

  #isGone(pgno: number): boolean {
    const chunk = this.#gone[pgno >>> chunkBits]
    if (chunk === undefined) return false
    const bit = pgno & chunkMask
    return ((chunk[bit >>> 5]! >>> (bit & 31)) & 1) === 1
  }

  #noteGone(pgno: number): void {
    const index = pgno >>> chunkBits
    while (this.#gone.length <= index) this.#gone.push(undefined)
    const chunk = (this.#gone[index] ??= new Int32Array(wordsPerChunk))
    const bit = pgno & chunkMask
    chunk[bit >>> 5]! |= 1 << (bit & 31)
  }
}
