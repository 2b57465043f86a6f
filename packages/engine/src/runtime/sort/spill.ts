/**
 * What one run of a statement may keep in memory of the rows that it collects, and the temporary file in which it goes on.
 *
 * Sorters, hash tables and lists of rows (their *owners*) share one limit. Each says by estimates how much it holds (`take`, `give`),
 * and when all of them together hold more than the limit, the one that has just grown writes what it holds into the file.
 * One that holds very little goes on, so that no file of tiny pieces is written beside one large owner.
 *
 * The file is made with the first piece. It consists of chunks of one size, handed out one by one and taken back when what is in them
 * has been read for the last time, so it does not grow with the number of times that a subquery runs. An owner has a *site*, its place in the
 * statement: when another begins at the same site, the one before it has been read and gives up all it has.
 */
import { ioError } from '../../base/error.ts'
import { needRoom } from '../../base/foreign-error.ts'
import type { File } from '../../storage/index.ts'
import { complete, unsliced } from '../slice.ts'
import type { Debtor, Slice } from '../slice.ts'

/** What a statement of a connection may use. */
export interface SpillSettings {
  /** Bytes in memory; Infinity: nothing is spilled. */
  readonly memoryLimit: () => number
  readonly open: () => File
  /** The file is open; it is to be closed when everything is taken back. */
  readonly onOpen: (spill: Spill) => void
  readonly onClose: (spill: Spill) => void
}

/** What is held in memory, and the file. */
interface SpillStore {
  held: number
  file: File | null
  end: number
  readonly free: number[]
}

/** Who holds rows. */
export interface SpillOwner {
  /** Gives up what it holds. */
  close(): void
}

const smallestLimit = 1024
const smallestChunk = 512
const largestChunk = 65_536

/** An owner with less than this part of the limit keeps what it has. */
const smallestShare = 16

/** The part of the limit that a run may have when others have been written before it: its rows die young, before they are moved. */
export const laterRun = 0.25

/** Rows that are added between two estimates, at most. */
const mostBetween = 256

/** What follows from a limit. */
interface Sizes {
  readonly memoryLimit: number
  readonly chunkSize: number
  readonly mostRuns: number
}

function sizesFor(memoryLimit: number): Sizes {
  let chunkSize = smallestChunk
  while (chunkSize < largestChunk && chunkSize * 128 <= memoryLimit) chunkSize *= 2
  const mostRuns = Math.max(4, Math.min(128, Math.floor(memoryLimit / chunkSize / 2)))
  return { memoryLimit, chunkSize, mostRuns }
}

/** Of the latest run: the next one mostly has the same limit. */
let latestSizes = sizesFor(smallestLimit)

export class Spill {
  readonly memoryLimit: number
  /** Bytes of each chunk of the file. */
  readonly chunkSize: number
  /** How many runs are merged at once: their chunks take half of the limit. */
  readonly mostRuns: number
  /** The statement runs in slices; null: in one go. */
  readonly slice: Slice | null
  readonly #settings: SpillSettings
  /** Shared with the calls of routines. */
  readonly #store: SpillStore
  readonly #isNested: boolean
  readonly #owners: (SpillOwner | undefined)[] = []

  constructor(
    settings: SpillSettings,
    slice: Slice | null = null,
    store: SpillStore | null = null,
  ) {
    this.#settings = settings
    this.#store = store ?? { held: 0, file: null, end: 0, free: [] }
    this.#isNested = store !== null
    this.slice = slice
    this.memoryLimit = Math.max(smallestLimit, settings.memoryLimit())
    if (latestSizes.memoryLimit !== this.memoryLimit) latestSizes = sizesFor(this.memoryLimit)
    this.chunkSize = latestSizes.chunkSize
    this.mostRuns = latestSizes.mostRuns
  }

  /** Whether something has been written to the file. */
  get isUsed(): boolean {
    return this.#store.file !== null
  }

  /** Of one call of a routine: it shares the limit and the file, and has sites of its own, for the routine may be running already. */
  nested(): Spill {
    return new Spill(this.#settings, this.slice, this.#store)
  }

  /** `owner` begins at its site: the one before it is over. */
  enter<Owner extends SpillOwner>(site: number, owner: Owner): Owner {
    this.#owners[site]?.close()
    this.#owners[site] = owner
    return owner
  }

  /** An owner holds `size` bytes more. */
  take(size: number): void {
    this.#store.held += size
  }

  give(size: number): void {
    this.#store.held -= size
  }

  /**
   * Whether an owner that holds `own` bytes is to go on in the file. One that needs room for another may have a `part` of the limit;
   * with less than `least` bytes it keeps them.
   */
  isFull(own: number, part: number = 1, least: number = Infinity): boolean {
    return (
      this.#store.held > this.memoryLimit * part &&
      own >= Math.min(least, this.memoryLimit / smallestShare)
    )
  }

  /** After how many rows more an owner of `count` rows of so many bytes looks again at how much it holds. */
  rowsUntilCheck(count: number, bytes: number): number {
    const rest = Math.max(0, this.memoryLimit - this.#store.held)
    const fitting = bytes === 0 ? mostBetween : (rest * count) / bytes
    return Math.max(1, Math.floor(Math.min(mostBetween, count, fitting)))
  }

  /** What an owner holds has become too much, or enough: it is written to the file or put in order now, or before the next round. */
  overflow(owner: Debtor): void {
    if (this.slice === null) complete(owner.settle(unsliced))
    else this.slice.owe(owner)
  }

  /** Writes a chunk, of which the first `size` bytes count; answers where it is. @throws SQLITE_FULL, SQLITE_IOERR_… */
  write(chunk: Uint8Array, size: number): number {
    const file = this.#store.file ?? this.#open()
    const free = this.#store.free.pop()
    const at = free ?? this.#store.end
    file.write([size === chunk.length ? chunk : chunk.subarray(0, size)], at)
    if (free === undefined) this.#store.end += this.chunkSize
    return at
  }

  #open(): File {
    const file = this.#settings.open()
    this.#store.file = file
    this.#settings.onOpen(this)
    return file
  }

  /** Reads what was written. @throws SQLITE_IOERR_… */
  read(at: number, target: Uint8Array, targetOffset: number, size: number): void {
    const got = this.#store.file!.read(target, targetOffset, size, at)
    if (got !== size) throw ioError('SHORT_READ')
  }

  /** These chunks may be written again. */
  release(chunks: readonly number[]): void {
    for (const chunk of chunks) this.#store.free.push(chunk)
  }

  /** The run is over, however it ended. */
  close(): void {
    if (this.#isNested) {
      for (const owner of this.#owners) owner?.close()
      return
    }
    const { file } = this.#store
    if (file === null) return
    needRoom()
    this.#store.file = null
    this.#settings.onClose(this)
    file.close()
  }
}
