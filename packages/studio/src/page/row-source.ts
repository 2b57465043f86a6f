/**
 * The rows of a table as the grid asks for them: block by block, each asked for from the nearest place that is known, an end of the table or a block that
 * is here. Blocks far from the screen are forgotten again, but not where they begin and end.
 */
import type { Anchor, Filter, Order, Row, RowsRequest, TableDetails } from '../protocol.ts'
import { call, Failed } from './client.ts'

const blockRows = 200
/** Blocks that are kept. */
const mostBlocks = 60
/** A browser knows no elements that are higher than some 33 million pixels. So many rows are shown at a time. */
export const segmentRows = 1_000_000

/** A count that takes so many ms may be made at any time; after a longer one there is a rest. */
const quickCount = 200
const longestRest = 10_000

interface Block {
  rows: readonly Row[]
  /** When it was last looked at. */
  used: number
}

interface Ends {
  readonly first: Anchor | null
  readonly last: Anchor | null
}

export interface RowSourceOptions {
  readonly table: TableDetails
  readonly order: Order | null
  readonly filters: readonly Filter[]
  /** Something has come, or gone. */
  readonly onChange: () => void
  readonly onFailure: (error: unknown) => void
}

export class RowSource {
  /** Rows; null: not counted yet. */
  count: number | null = null
  readonly #options: RowSourceOptions
  readonly #blocks = new Map<number, Block>()
  readonly #ends = new Map<number, Ends>()
  readonly #asked = new Map<number, AbortController>()
  #counting: AbortController | null = null
  /** The next count is not asked for before: counting takes a tenth of the time at most. */
  #nextCount = 0
  #later: ReturnType<typeof setTimeout> | undefined
  #clock = 0
  /** Answers of an earlier one are dropped. */
  #generation = 0

  constructor(options: RowSourceOptions) {
    this.#options = options
    void this.#countRows()
    void this.#load(0)
  }

  /** Undefined: it is on its way, or has not been asked for. */
  rowAt(index: number): Row | undefined {
    return this.#blocks.get(Math.floor(index / blockRows))?.rows[index % blockRows]
  }

  /** Rows as far as they are known. */
  get knownCount(): number {
    if (this.count !== null) return this.count
    const first = this.#blocks.get(0)
    return first === undefined ? 0 : first.rows.length
  }

  /** These rows are wanted. */
  show(from: number, to: number): void {
    const first = Math.floor(from / blockRows)
    const last = Math.floor(to / blockRows)
    // What was wanted before, and has scrolled by, is not waited for.
    for (const [index, asked] of this.#asked) {
      if (index >= first - 1 && index <= last + 1) continue
      asked.abort()
      this.#asked.delete(index)
    }
    for (let index = first; index <= last; index++) void this.#load(index)
  }

  /** All is read again: somebody has committed something. @param isOwn the user has: his rows are counted at once */
  refresh(from: number, to: number, isOwn: boolean): void {
    this.#generation++
    if (isOwn) this.#nextCount = 0
    for (const asked of this.#asked.values()) asked.abort()
    this.#asked.clear()
    this.#ends.clear()
    void this.#countRows()
    const first = Math.floor(from / blockRows)
    const last = Math.floor(to / blockRows)
    for (const index of this.#blocks.keys()) {
      if (index < first || index > last) this.#blocks.delete(index)
    }
    // What is on the screen stays until its successor has come.
    for (let index = first; index <= last; index++) void this.#load(index, true)
  }

  /** A row that is known to be another one. */
  replace(index: number, row: Row): void {
    const block = this.#blocks.get(Math.floor(index / blockRows))
    if (block === undefined) return
    block.rows = block.rows.with(index % blockRows, row)
    this.#options.onChange()
  }

  close(): void {
    this.#generation++
    clearTimeout(this.#later)
    this.#counting?.abort()
    for (const asked of this.#asked.values()) asked.abort()
  }

  async #countRows(): Promise<void> {
    const generation = this.#generation
    const { table, filters, onChange, onFailure } = this.#options
    const began = performance.now()
    if (began < this.#nextCount) {
      this.#later ??= setTimeout(() => {
        this.#later = undefined
        void this.#countRows()
      }, this.#nextCount - began)
      return
    }
    this.#counting?.abort()
    const counting = new AbortController()
    this.#counting = counting
    try {
      const { count } = await call('count', { table: table.name, filters }, counting.signal)
      const now = performance.now()
      this.#nextCount = now + Math.min(longestRest, 10 * (now - began - quickCount))
      if (generation !== this.#generation) return
      this.count = count
      onChange()
    } catch (error) {
      if (!isCancelled(error) && generation === this.#generation) onFailure(error)
    }
  }

  async #load(index: number, again = false): Promise<void> {
    const known = this.#blocks.get(index)
    if (known !== undefined && !again) {
      known.used = ++this.#clock
      return
    }
    if (this.#asked.has(index)) return
    const request = this.#requestFor(index)
    if (request === null) return
    const generation = this.#generation
    const asked = new AbortController()
    this.#asked.set(index, asked)
    try {
      const { rows, first, last } = await call('rows', request, asked.signal)
      if (generation !== this.#generation) return
      this.#blocks.set(index, { rows, used: ++this.#clock })
      if (rows.length === blockRows) this.#ends.set(index, { first, last })
      this.#forget()
      this.#options.onChange()
    } catch (error) {
      if (!isCancelled(error) && generation === this.#generation) this.#options.onFailure(error)
    } finally {
      if (this.#asked.get(index) === asked) this.#asked.delete(index)
    }
  }

  /** Asked for from the place from which the least has to be skipped. */
  #requestFor(index: number): RowsRequest | null {
    const { table, order, filters } = this.#options
    const begin = index * blockRows
    const common = { table: table.name, order, filters, limit: blockRows }
    let best: RowsRequest = { ...common, direction: 'after', anchor: null, skip: begin }
    for (const [known, { first, last }] of this.#ends) {
      const isAfter = known < index
      const anchor = isAfter ? last : first
      const skip = (Math.abs(index - known) - 1) * blockRows
      if (known === index || anchor === null || skip >= best.skip) continue
      best = { ...common, direction: isAfter ? 'after' : 'before', anchor, skip }
    }
    // From the end, where rows have an order of their own.
    if (this.count !== null && table.identity !== 'values' && table.identity !== 'none') {
      const left = this.count - begin
      if (left <= 0) return null
      const skip = Math.max(0, left - blockRows)
      if (skip < best.skip) {
        const limit = Math.min(blockRows, left)
        best = { ...common, direction: 'before', anchor: null, skip, limit }
      }
    }
    return best
  }

  #forget(): void {
    if (this.#blocks.size <= mostBlocks) return
    const byUse = [...this.#blocks].toSorted(([, a], [, b]) => a.used - b.used)
    for (const [index] of byUse.slice(0, this.#blocks.size - mostBlocks)) this.#blocks.delete(index)
  }
}

function isCancelled(error: unknown): boolean {
  return error instanceof Failed && error.kind === 'cancelled'
}
