/**
 * Nested savepoints: what the pages looked like before.
 *
 * A savepoint remembers how many pages the database had, and the before-image of each page that was
 * changed since it was opened, taken when the page is first written. Going back copies the images into
 * the cache; letting go hands them to the savepoint below, which keeps those it does not have yet. Both
 * cost as much as was changed, never as much as the database holds.
 *
 * Every statement that may fail half-way opens one and lets it go again, with a few images. So an image is an entry of a list, and
 * savepoints, entries and buffers are used again. Which pages a savepoint has is mostly told by their stamps; only pages that have
 * none (they were read again since) are looked up, in a set that is made when it is first wanted.
 *
 * Always true: images of a savepoint only exist for pages it had (`pgno <= pageCount`), and a page whose
 * `stamp` is at least the stamp of a savepoint has its image there, or in one above it, if the savepoint had the page.
 *
 * In a database in memory the transaction itself is the lowest savepoint.
 *
 * Where the stack ends, any call may be the one that is not made. So an image enters another list before it leaves the one that it
 * was in, or leaves it before its buffer is given away: what was cut can be done again.
 */
import type { BufferPool } from './page-cache.ts'
import type { Page } from './page.ts'

/** A page as it was when the savepoint was opened. */
export interface BeforeImage {
  pgno: number
  data: Buffer
  /** It differed from the committed page already then. */
  wasDirty: boolean
  /** The stamp that the page had. */
  stamp: number
}

/** A list that is longer has a set of its pages once somebody is looked up in it. */
const fewImages = 8

class Savepoint {
  stamp = 0
  pageCount = 0
  readonly images: BeforeImage[] = []
  /** The pages of all images; null: not made. */
  #pgnos: Set<number> | null = null

  has(pgno: number): boolean {
    const { images } = this
    if (images.length > fewImages) {
      this.#pgnos ??= new Set(images.map((image) => image.pgno))
      return this.#pgnos.has(pgno)
    }
    for (let i = images.length - 1; i >= 0; i--) if (images[i]!.pgno === pgno) return true
    return false
  }

  add(image: BeforeImage): void {
    const { images } = this
    // Cut off here the last time: then it has been handed over already.
    if (images.length > 0 && images[images.length - 1] === image) return
    if (this.#pgnos !== null) this.#pgnos.add(image.pgno)
    images.push(image)
  }

  /** Forgets the last image, and answers it. */
  pop(): BeforeImage {
    this.#pgnos = null
    return this.images.pop()!
  }
}

/** Entries that are kept for later. */
const mostSpare = 64

const noBuffer = Buffer.alloc(0)

export class SavepointStack {
  readonly #stack: Savepoint[] = []
  /** Used again: a statement opens and releases one. */
  readonly #spare: Savepoint[] = []
  /** Entries whose buffers have been given away. */
  readonly #spareImages: BeforeImage[] = []
  #nextStamp = 1
  readonly #pool: BufferPool

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

  /** Whether some savepoint must have an image of a page that is not in the cache, before it changes. */
  needsImage(pgno: number): boolean {
    const owner = this.#ownerOf(pgno)
    return owner !== null && !owner.has(pgno)
  }

  /** Keeps a copy of the page for the savepoint that wants it back, if that lacks one. */
  save(page: Page): void {
    const { pgno, stamp } = page
    const owner = this.#ownerOf(pgno)
    // One with an older stamp has been in the cache since before the savepoint, and unchanged.
    if (owner !== null && stamp < owner.stamp && (stamp > 0 || !owner.has(pgno))) {
      owner.add(this.#imageOf(page))
    }
    page.stamp = this.topStamp
  }

  /** The youngest savepoint that had the page. It is not the top one where the database has shrunk and grown again. */
  #ownerOf(pgno: number): Savepoint | null {
    for (let i = this.#stack.length - 1; i >= 0; i--) {
      const savepoint = this.#stack[i]!
      if (pgno <= savepoint.pageCount) return savepoint
    }
    return null
  }

  #imageOf({ pgno, data, dirty, stamp }: Page): BeforeImage {
    const copy = this.#pool.take()
    copy.set(data)
    const image = this.#spareImages.pop()
    if (image === undefined) return { pgno, data: copy, wasDirty: dirty, stamp }
    image.pgno = pgno
    image.data = copy
    image.wasDirty = dirty
    image.stamp = stamp
    return image
  }

  #give(image: BeforeImage): void {
    this.#pool.give(image.data)
    image.data = noBuffer
    if (this.#spareImages.length < mostSpare) this.#spareImages.push(image)
  }

  /** Forgets every savepoint from `depth` upward, keeping what has been done. */
  release(depth: number): void {
    const stack = this.#stack
    while (stack.length > depth) {
      const released = stack[stack.length - 1]!
      const below = stack.length > 1 ? stack[stack.length - 2]! : null
      const { images } = released
      for (let i = images.length - 1; i >= 0; i--) {
        const image = images[i]!
        const stays = below !== null && lacks(below, image)
        if (stays) below.add(image)
        released.pop()
        if (!stays) this.#give(image)
      }
      stack.pop()
      this.#spare.push(released)
    }
  }

  /**
   * Goes back to the state at which savepoint `depth` (from 0) was opened: calls `restore` once for each
   * changed page, with its oldest image. The savepoint stays open, those above it are gone.
   * @returns the number of pages the database had
   */
  rollback(depth: number, restore: (image: BeforeImage) => void): number {
    this.release(depth + 1)
    const savepoint = this.#stack[depth]!
    const { images } = savepoint
    for (let i = images.length - 1; i >= 0; i--) {
      restore(images[i]!)
      this.#give(savepoint.pop())
    }
    return savepoint.pageCount
  }
}

/** Whether a savepoint had the page of an image that one above it has, and has none of it yet. */
function lacks(below: Savepoint, { pgno, stamp }: BeforeImage): boolean {
  if (pgno > below.pageCount || stamp >= below.stamp) return false
  return stamp > 0 || !below.has(pgno)
}
