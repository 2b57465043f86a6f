/**
 * The queue of a recursive common table: rows come out in the order in which they came in. While the statement's limit allows they are in
 * memory; what comes then waits in lists behind them, which go on in the temporary file.
 */
import type { RowPart } from './row-file.ts'
import { RowList } from './row-list.ts'
import type { Row } from './row-order.ts'
import { sampledSize } from './sorter.ts'
import type { Spill } from './spill.ts'

/** Rows that are done with are cleared away when there are so many, and as many as wait. */
const mostDone = 1024

export class RowQueue {
  readonly #spill: Spill
  /** Those from `#at` up to `#end` wait. */
  #rows: Row[] = []
  #at = 0
  #end = 0
  #nextCheck = mostDone
  #checked = 0
  #held = 0
  /** What came when memory was full: the list that is read, and the one behind it. */
  #head: RowList | null = null
  #part: RowPart | null = null
  #place = 0
  #tail: RowList | null = null

  constructor(spill: Spill) {
    this.#spill = spill
  }

  /** Takes a row; it must not be changed afterwards. */
  add(row: Row): void {
    if (this.#tail !== null) return this.#tail.add(row)
    this.#rows[this.#end++] = row
    if (this.#end >= this.#nextCheck) this.#check()
  }

  #check(): void {
    const spill = this.#spill
    const rows = this.#rows
    const size = sampledSize(rows, Math.max(this.#checked, this.#at))
    spill.take(size)
    this.#held += size
    this.#checked = this.#end
    this.#nextCheck = this.#end + spill.rowsUntilCheck(this.#end - this.#at, this.#held)
    if (spill.isFull(this.#held)) this.#tail = new RowList(spill)
  }

  /** Takes the one out that has waited longest; null: there is none. */
  next(): Row | null {
    if (this.#at === this.#end) return this.#tail === null ? null : this.#nextOfLists()
    const row = this.#rows[this.#at++]!
    // A queue of few rows begins again and again in the same places.
    if (this.#at === this.#end && this.#end < mostDone) this.#at = this.#end = 0
    else if (this.#at >= mostDone && this.#at * 2 >= this.#end) this.#clearDone()
    return row
  }

  #clearDone(): void {
    this.#rows = this.#rows.slice(this.#at, this.#end)
    this.#end -= this.#at
    this.#at = 0
    this.#spill.give(this.#held)
    this.#held = 0
    this.#checked = 0
    this.#nextCheck = Math.max(mostDone, this.#end)
    if (this.#end >= this.#nextCheck && this.#tail === null) this.#check()
  }

  #nextOfLists(): Row | null {
    for (;;) {
      const part = this.#part
      if (part !== null) {
        if (this.#place < part.rows.length) return part.rows[this.#place++]!
        this.#part = part.next()
        this.#place = 0
        continue
      }
      this.#head?.close()
      this.#head = this.#tail!
      this.#tail = new RowList(this.#spill)
      this.#part = this.#head.first()
      this.#place = 0
      if (this.#isEmpty()) {
        this.#head.close()
        this.#tail.close()
        this.#head = null
        this.#part = null
        this.#tail = null
        return null
      }
    }
  }

  /** Nothing has come while the last list was read. */
  #isEmpty(): boolean {
    for (; this.#part !== null; this.#part = this.#part.next()) {
      if (this.#part.rows.length > 0) return false
    }
    return true
  }

  /** Gives up what it holds. */
  close(): void {
    this.#rows = []
    this.#at = this.#end = 0
    this.#spill.give(this.#held)
    this.#held = 0
    this.#head?.close()
    this.#tail?.close()
    this.#head = null
    this.#part = null
    this.#tail = null
  }
}
