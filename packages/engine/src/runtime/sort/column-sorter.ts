/**
 * Sorting of rows that are kept in columns: an array for each field, and no object for a row, which the garbage collection would have to go through as long as
 * the sort lasts. What is sorted are places.
 *
 *     columns[0].push(…), columns[1].push(…), end() …  sorted(): a part of the rows, then the next …
 *
 * Where the rows outgrow the statement's limit they go on as rows in a `Sorter`. Rows with equal keys stay in the order in which they came.
 */
import { compareValues } from '../../record/index.ts'
import type { Collation, TextEncoding, Value } from '../../record/index.ts'
import { orderColumns } from './column-order.ts'
import type { PlaceComparison } from './column-order.ts'
import { estimatedSize } from './row-file.ts'
import type { RowPart } from './row-file.ts'
import type { RowComparison, RowKey } from './row-order.ts'
import { sortInSlices } from './sort-in-slices.ts'
import { Sorter } from './sorter.ts'
import type { Spill } from './spill.ts'
import { complete, unsliced } from '../slice.ts'
import type { Debtor, Slice, Work } from '../slice.ts'

type Columns = Value[][]

/** Bytes that a row takes besides its values, and the sorting of it. */
const rowOverhead = 40

/** So few rows are compared, and nothing is made for it. */
const fewRows = 64

/** Rows that are at hand: `columns[field][order[i]]` for i from 0. */
export interface ColumnPart {
  readonly order: ArrayLike<number>
  readonly columns: Columns
  next(): ColumnPart | null
}

export class ColumnSorter implements Debtor {
  columns: Columns
  readonly #spill: Spill
  readonly #keys: readonly RowKey[]
  readonly #collations: readonly Collation[]
  readonly #compare: RowComparison
  readonly #encoding: TextEncoding
  #count = 0
  #nextCheck = 1
  #checked = 0
  #held = 0
  /** Where rows go when there is no room any more. */
  #sorter: Sorter | null = null

  /**
   * @param width fields of a row
   * @param collations of the keys, in step
   * @param compare by all keys
   */
  constructor(
    spill: Spill,
    width: number,
    keys: readonly RowKey[],
    collations: readonly Collation[],
    compare: RowComparison,
    encoding: TextEncoding,
  ) {
    this.columns = Array.from({ length: width }, () => [])
    this.#spill = spill
    this.#keys = keys
    this.#collations = collations
    this.#compare = compare
    this.#encoding = encoding
  }

  /** All fields of a row have come. */
  end(): void {
    if (this.#sorter !== null) this.#sorter.add(this.columns.map((column) => column.pop()!))
    else if (++this.#count >= this.#nextCheck) this.#check()
  }

  #check(): void {
    const spill = this.#spill
    const count = this.#count
    const added = count - this.#checked
    const step = Math.max(1, added >> 4)
    let size = 0
    let samples = 0
    for (let i = this.#checked; i < count; i += step, samples++) {
      size += rowOverhead
      for (const column of this.columns) size += estimatedSize(column[i]!)
    }
    size = Math.ceil((size * added) / Math.max(1, samples))
    spill.take(size)
    this.#held += size
    this.#checked = count
    this.#nextCheck = count + spill.rowsUntilCheck(count, this.#held)
    if (spill.isFull(this.#held)) spill.overflow(this)
  }

  /** From here on rows go to a sorter. */
  *settle(slice: Slice): Work<void> {
    if (this.#sorter !== null || this.#count === 0) return
    const count = this.#count
    const columns = this.columns.map((column) => column.splice(0))
    this.#count = 0
    this.#spill.give(this.#held)
    this.#held = 0
    const sorter = new Sorter(this.#spill, this.#keys, this.#compare, this.#encoding)
    this.#sorter = sorter
    yield* slice.feed(Array(count).keys(), (i) => sorter.add(columns.map((column) => column[i]!)))
  }

  /** All rows are in; the first part of them in order. Called once. */
  sorted(): ColumnPart | null {
    if (this.#sorter !== null) return complete(this.sorting(unsliced))
    return new WholeColumns(this.#orderAtOnce(), this.columns)
  }

  *sorting(slice: Slice): Work<ColumnPart | null> {
    yield* slice.settle()
    if (this.#sorter !== null) {
      const first = yield* this.#sorter.sorting(slice)
      return first === null ? null : new PartOfRows(first, this.columns.length)
    }
    return new WholeColumns(yield* this.#order(slice), this.columns)
  }

  #orderAtOnce(): ArrayLike<number> {
    const compare = this.#placeComparison()
    if (this.#count < fewRows) return comparedPlaces(this.#count, compare)
    const keys = this.#keys.map((key) => ({ key, values: this.columns[key.place]! }))
    return orderColumns(keys, this.#count, compare, this.#encoding)
  }

  #order(slice: Slice): Work<ArrayLike<number>> {
    const compare = this.#placeComparison()
    const keys = this.#keys.map((key) => ({ key, values: this.columns[key.place]! }))
    const encoding = this.#encoding
    const sort = (piece: number[]): number[] => {
      const part = keys.map(({ key, values }) => ({ key, values: piece.map((i) => values[i]!) }))
      const byPiece = (a: number, b: number): number => compare(piece[a]!, piece[b]!)
      return Array.from(orderColumns(part, piece.length, byPiece, encoding), (i) => piece[i]!)
    }
    return sortInSlices(Array.from(Array(this.#count).keys()), sort, compare, slice)
  }

  #placeComparison(): PlaceComparison {
    const first = this.#comparisonBy(0)
    if (this.#keys.length === 1) return first
    if (this.#keys.length === 2) {
      const second = this.#comparisonBy(1)
      return (a, b) => first(a, b) || second(a, b)
    }
    const steps = this.#keys.map((_, k) => (k === 0 ? first : this.#comparisonBy(k)))
    return (a, b) => {
      for (let i = 0; i < steps.length; i++) {
        const order = steps[i]!(a, b)
        if (order !== 0) return order
      }
      return 0
    }
  }

  #comparisonBy(k: number): PlaceComparison {
    const { place, descending, nullsFirst } = this.#keys[k]!
    const values = this.columns[place]!
    const collation = this.#collations[k]!
    const nullOrder = nullsFirst ? -1 : 1
    const sign = descending ? -1 : 1
    return (a, b) => {
      const x = values[a]!
      const y = values[b]!
      if (x === null) return y === null ? 0 : nullOrder
      if (y === null) return -nullOrder
      return sign * compareValues(x, y, collation)
    }
  }

  /** Gives up what it holds. */
  close(): void {
    // A part that is still read keeps what it has.
    this.columns = this.columns.map(() => [])
    this.#count = 0
    this.#spill.give(this.#held)
    this.#held = 0
    this.#sorter?.close()
    this.#sorter = null
  }
}

function comparedPlaces(count: number, compare: PlaceComparison): number[] {
  const places: number[] = []
  for (let i = 0; i < count; i++) places.push(i)
  return places.sort(compare)
}

/** All rows. */
class WholeColumns implements ColumnPart {
  readonly order: ArrayLike<number>
  readonly columns: Columns

  constructor(order: ArrayLike<number>, columns: Columns) {
    this.order = order
    this.columns = columns
  }

  next(): null {
    return null
  }
}

/** Rows of a sorter as columns. */
class PartOfRows implements ColumnPart {
  readonly order: ArrayLike<number>
  readonly columns: Columns
  readonly #part: RowPart

  constructor(part: RowPart, width: number) {
    const { rows } = part
    this.#part = part
    this.order = Array.from(rows.keys())
    this.columns = Array.from({ length: width }, (_, field) => rows.map((row) => row[field]!))
  }

  next(): ColumnPart | null {
    const part = this.#part.next()
    return part === null ? null : new PartOfRows(part, this.columns.length)
  }
}
