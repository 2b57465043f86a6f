/**
 * UNION, EXCEPT and INTERSECT: the rows of the left arm under their keys, then what those of the right one make of them. In memory that is a
 * `Map`. Where it becomes too large all rows of both arms are sorted, each with the arm that it is from, and equal ones looked at together.
 */
import type { TextEncoding } from '../../record/index.ts'
import type { Key } from '../keys.ts'
import { WholePart, estimatedRowSize } from './row-file.ts'
import type { RowPart } from './row-file.ts'
import { sortRows } from './row-order.ts'
import type { Row, RowComparison, RowKey } from './row-order.ts'
import { SourcePart } from './run-merge.ts'
import type { RowSource } from './run-merge.ts'
import { Sorter } from './sorter.ts'
import type { Spill } from './spill.ts'

export type SetOperator = 'UNION' | 'EXCEPT' | 'INTERSECT'

const left = 0
const right = 1

/** Bytes that an entry of a `Map` takes besides the row. */
const entrySize = 60

export class SetRows {
  readonly #spill: Spill
  readonly #operator: SetOperator
  readonly #keys: readonly RowKey[]
  readonly #compare: RowComparison
  readonly #encoding: TextEncoding
  readonly #isSorted: boolean
  #rows = new Map<Key, Row>()
  /** INTERSECT: those that the right arm has too. */
  readonly #both = new Map<Key, Row>()
  #nextCheck = 1
  #checked = 0
  #held = 0
  #sorter: Sorter | null = null

  /** @param keys all columns */
  constructor(
    spill: Spill,
    operator: SetOperator,
    keys: readonly RowKey[],
    compare: RowComparison,
    encoding: TextEncoding,
    isSorted: boolean,
  ) {
    this.#spill = spill
    this.#operator = operator
    this.#keys = keys
    this.#compare = compare
    this.#encoding = encoding
    this.#isSorted = isSorted
  }

  /** A row of the left arm, or of either one of UNION: the last of equal rows stays. */
  add(key: Key, row: Row): void {
    if (this.#sorter !== null) return this.#sorter.add([...row, left])
    this.#rows.set(key, row)
    if (this.#rows.size >= this.#nextCheck) this.#check(row)
  }

  #check(row: Row): void {
    const spill = this.#spill
    const count = this.#rows.size
    // Rows that only replace others are not counted twice.
    const size = Math.max(0, count - this.#checked) * (entrySize + estimatedRowSize(row))
    spill.take(size)
    this.#held += size
    this.#checked = count
    this.#nextCheck = count + spill.rowsUntilCheck(count, this.#held)
    if (!spill.isFull(this.#held)) return
    const sorter = new Sorter(spill, this.#keys, this.#compare, this.#encoding)
    const rows = this.#rows
    this.#forget()
    for (const one of rows.values()) sorter.add([...one, left])
    this.#sorter = sorter
  }

  /** A row of the right arm of EXCEPT or INTERSECT; answers whether it is wanted whole (`addRight`). */
  meet(key: Key): boolean {
    if (this.#sorter !== null) return true
    if (this.#operator === 'EXCEPT') this.#rows.delete(key)
    else {
      const row = this.#rows.get(key)
      if (row !== undefined) this.#both.set(key, row)
    }
    return false
  }

  addRight(row: Row): void {
    this.#sorter!.add([...row, right])
  }

  /** Both arms are through. */
  parts(): RowPart | null {
    if (this.#sorter !== null) {
      const first = this.#sorter.sorted()
      return new SourcePart(new EqualRows(this.#operator, first, this.#compare)).next()
    }
    const rows = Array.from((this.#operator === 'INTERSECT' ? this.#both : this.#rows).values())
    if (!this.#isSorted) return new WholePart(rows)
    return new WholePart(sortRows(rows, this.#keys, this.#compare, this.#encoding))
  }

  #forget(): void {
    this.#rows = new Map()
    this.#spill.give(this.#held)
    this.#held = 0
  }

  /** Gives up what it holds. */
  close(): void {
    this.#forget()
    this.#both.clear()
    this.#sorter?.close()
    this.#sorter = null
  }
}

/** Of rows in order, with their arms, one of those that are equal, or none. */
class EqualRows implements RowSource {
  readonly #operator: SetOperator
  readonly #compare: RowComparison
  #part: RowPart | null
  #place = 0

  constructor(operator: SetOperator, part: RowPart | null, compare: RowComparison) {
    this.#operator = operator
    this.#part = part
    this.#compare = compare
  }

  #row(): Row | null {
    while (this.#part !== null) {
      if (this.#place < this.#part.rows.length) return this.#part.rows[this.#place]!
      this.#part = this.#part.next()
      this.#place = 0
    }
    return null
  }

  next(): Row | null {
    for (let first = this.#row(); first !== null; first = this.#row()) {
      let lastLeft: Row | null = null
      let hasRight = false
      for (let row: Row | null = first; row !== null && this.#compare(first, row) === 0;) {
        if (row.at(-1) === left) lastLeft = row
        else hasRight = true
        this.#place++
        row = this.#row()
      }
      if (lastLeft !== null && hasRight === (this.#operator === 'INTERSECT')) return lastLeft
    }
    return null
  }
}
