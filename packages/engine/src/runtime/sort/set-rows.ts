/**
 * UNION, EXCEPT and INTERSECT: the rows of the left arm under their keys, then what those of the right one make of them. In memory that is a
 * `Map`. Where it becomes too large all rows of both arms are sorted, each with the arm that it is from, and equal ones looked at together.
 *
 * Of rows that are equal and differ all the same the first one of the left arm stands for them; of UNION the first one of the right arm, where that has
 * any. (`multiSelectByMerge`)
 */
import type { TextEncoding } from '../../record/index.ts'
import type { Key } from '../keys.ts'
import { WholePart, estimatedRowSize, mostAtHand } from './row-file.ts'
import type { RowPart } from './row-file.ts'
import { sortRows } from './row-order.ts'
import type { Row, RowComparison, RowKey } from './row-order.ts'
import { SourcePart } from './run-merge.ts'
import type { RowSource } from './run-merge.ts'
import { Sorter } from './sorter.ts'
import { sortInSlices } from './sort-in-slices.ts'
import type { Spill } from './spill.ts'
import { complete, unsliced } from '../slice.ts'
import type { Debtor, Slice, Work } from '../slice.ts'

export type SetOperator = 'UNION' | 'EXCEPT' | 'INTERSECT'

const left = 0
const right = 1

/** Bytes that an entry of a `Map` takes besides the row. */
const entrySize = 60

export class SetRows implements Debtor {
  readonly #spill: Spill
  readonly #operator: SetOperator
  readonly #keys: readonly RowKey[]
  readonly #compare: RowComparison
  readonly #encoding: TextEncoding
  readonly #isSorted: boolean
  #rows = new Map<Key, Row>()
  /** INTERSECT: those of the left arm that the right one has too; UNION: those of the right arm, of which the left has none then. */
  #others = new Map<Key, Row>()
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

  /** A row of the left arm. */
  add(key: Key, row: Row): void {
    if (this.#sorter !== null) return this.#sorter.add([...row, left])
    const rows = this.#rows
    if (rows.has(key)) return
    rows.set(key, row)
    if (rows.size >= this.#nextCheck) this.#check(row)
  }

  /** A row of the right arm of UNION. */
  addOther(key: Key, row: Row): void {
    if (this.#sorter !== null) return this.#sorter.add([...row, right])
    const others = this.#others
    if (others.has(key)) return
    others.set(key, row)
    this.#rows.delete(key)
    if (this.#rows.size + others.size >= this.#nextCheck) this.#check(row)
  }

  #check(row: Row): void {
    const spill = this.#spill
    const count = this.#rows.size + (this.#operator === 'UNION' ? this.#others.size : 0)
    // Rows that only replace others are not counted twice.
    const size = Math.max(0, count - this.#checked) * (entrySize + estimatedRowSize(row))
    spill.take(size)
    this.#held += size
    this.#checked = count
    this.#nextCheck = count + spill.rowsUntilCheck(count, this.#held)
    if (spill.isFull(this.#held)) spill.overflow(this)
  }

  /** From here on rows go to a sorter. */
  *settle(slice: Slice): Work<void> {
    if (this.#rows.size === 0 && this.#others.size === 0) return
    const sorter = new Sorter(this.#spill, this.#keys, this.#compare, this.#encoding)
    const rows = this.#rows
    const others = this.#operator === 'UNION' ? this.#others : null
    this.#forget()
    this.#sorter = sorter
    yield* slice.feed(rows.values(), (row) => sorter.add([...row, left]))
    if (others !== null) yield* slice.feed(others.values(), (row) => sorter.add([...row, right]))
  }

  /** A row of the right arm of EXCEPT or INTERSECT; answers whether it is wanted whole (`addRight`). */
  meet(key: Key): boolean {
    if (this.#sorter !== null) return true
    if (this.#operator === 'EXCEPT') this.#rows.delete(key)
    else {
      const row = this.#rows.get(key)
      if (row !== undefined) this.#others.set(key, row)
    }
    return false
  }

  addRight(row: Row): void {
    this.#sorter!.add([...row, right])
  }

  /** Both arms are through. */
  parts(): RowPart | null {
    return complete(this.collecting(unsliced))
  }

  *collecting(slice: Slice): Work<RowPart | null> {
    yield* slice.settle()
    if (this.#sorter !== null) {
      const first = yield* this.#sorter.sorting(slice)
      return new SourcePart(new EqualRows(this.#operator, first, this.#compare)).next()
    }
    const rows = this.#remaining()
    if (!this.#isSorted) return new WholePart(rows)
    const sort = (piece: Row[]): Row[] => sortRows(piece, this.#keys, this.#compare, this.#encoding)
    return new WholePart(yield* sortInSlices(rows, sort, this.#compare, slice))
  }

  #remaining(): Row[] {
    switch (this.#operator) {
      case 'EXCEPT':
        return [...this.#rows.values()]
      case 'INTERSECT':
        return [...this.#others.values()]
      case 'UNION':
        return [...this.#rows.values(), ...this.#others.values()]
      default:
        return this.#operator satisfies never
    }
  }

  #forget(): void {
    this.#rows = new Map()
    this.#others = new Map()
    this.#spill.give(this.#held)
    this.#held = 0
  }

  /** Gives up what it holds. */
  close(): void {
    this.#forget()
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
  /** Of the rows that are being looked at, which are equal: one of them; null: the next one begins. */
  #first: Row | null = null
  #firstLeft: Row | null = null
  #firstRight: Row | null = null

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

  next(): Row | null | undefined {
    for (let rounds = 0; rounds < mostAtHand; rounds++) {
      const row = this.#row()
      if (this.#first !== null && (row === null || this.#compare(this.#first, row) !== 0)) {
        const found = this.#found()
        if (found !== null) return found
      }
      if (row === null) return null
      this.#first ??= row
      if (row.at(-1) === left) this.#firstLeft ??= row
      else this.#firstRight ??= row
      this.#place++
    }
    return undefined
  }

  /** All equal rows have been looked at: the one that remains of them, if one does. */
  #found(): Row | null {
    const row = this.#standing()
    this.#first = null
    this.#firstLeft = null
    this.#firstRight = null
    return row
  }

  #standing(): Row | null {
    if (this.#operator === 'UNION') return this.#firstRight ?? this.#firstLeft
    const isFound = (this.#firstRight !== null) === (this.#operator === 'INTERSECT')
    return isFound ? this.#firstLeft : null
  }
}
