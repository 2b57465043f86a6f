/**
 * GROUP BY by hash, where there are too many groups. Those that there are stay in memory and go on. Rows of other groups, whatever is read
 * of each (the key values, then the operands of the aggregates), go to a sorter, and come back group after group, each in the order
 * in which its rows came. The two sets of groups have no key in common; both are in the order of the keys, and are merged.
 */
import type { TextEncoding, Value } from '../../record/index.ts'
import { WholePart, estimatedSize, mostAtHand } from './row-file.ts'
import type { RowPart } from './row-file.ts'
import { sortRows } from './row-order.ts'
import type { Row, RowComparison, RowKey } from './row-order.ts'
import { KeySet } from './key-set.ts'
import { Sorter } from './sorter.ts'
import { sortInSlices } from './sort-in-slices.ts'
import type { Spill } from './spill.ts'
import { complete, unsliced } from '../slice.ts'
import type { Slice, Work } from '../slice.ts'

/** The running answers of a group, as emitted code keeps them. */
export type Group = Readonly<Record<string, unknown>>

/** The key values, then the group; of groups in no order the group alone. */
type GroupRow = readonly unknown[] | Group

export class GroupRows {
  /** There is no room for further groups. */
  isFull = false
  /** How many groups there are at the next estimate. */
  nextCheck = 1
  readonly #spill: Spill
  readonly #keys: readonly RowKey[]
  readonly #compare: RowComparison
  readonly #encoding: TextEncoding
  readonly #isSorted: boolean
  readonly #hasSets: boolean
  #checked = 0
  #held = 0
  #sorter: Sorter | null = null

  constructor(
    spill: Spill,
    keys: readonly RowKey[],
    compare: RowComparison,
    encoding: TextEncoding,
    isSorted: boolean,
    hasSets: boolean,
  ) {
    this.#spill = spill
    this.#keys = keys
    this.#compare = compare
    this.#encoding = encoding
    this.#isSorted = isSorted
    this.#hasSets = hasSets
  }

  /** There are `count` groups; `group` is one of those that have come last. */
  check(count: number, group: Group): void {
    const spill = this.#spill
    const size = (count - this.#checked) * this.#sizeOf(group)
    spill.take(size)
    this.#held += size
    this.#checked = count
    this.nextCheck = count + spill.rowsUntilCheck(count, this.#held)
    // The rest is for the sorter.
    if (!spill.isFull(this.#held, 0.5)) return
    this.isFull = true
    this.#sorter = new Sorter(spill, this.#keys, this.#compare, this.#encoding)
  }

  #sizeOf(group: Group): number {
    let size = this.#keys.length === 2 ? 400 : 200
    for (const name in group) {
      const cell = group[name]
      const isValue = typeof cell !== 'object' || cell === null || cell instanceof Uint8Array
      size += isValue ? estimatedSize(cell as Value) : 96
    }
    return size
  }

  /** A row of a group that has no room. */
  add(row: Row): void {
    this.#sorter!.add(row)
  }

  /**
   * All groups. `make` makes one from a row that was added, `step` does to it what another row does.
   */
  parts(
    groups: GroupRow[],
    make: (row: Row) => Group,
    step: (group: Group, row: Row) => void,
  ): RowPart | null {
    return complete(this.collecting(unsliced, groups, make, step))
  }

  *collecting(
    slice: Slice,
    groups: GroupRow[],
    make: (row: Row) => Group,
    step: (group: Group, row: Row) => void,
  ): Work<RowPart | null> {
    yield* slice.settle()
    const rows = groups as unknown as Row[]
    const sort = (piece: Row[]): Row[] => sortRows(piece, this.#keys, this.#compare, this.#encoding)
    const sorted = this.#isSorted ? yield* sortInSlices(rows, sort, this.#compare, slice) : rows
    if (this.#hasSets) {
      for (const row of sorted) {
        if (slice.isDue()) yield slice
        closeSets(this.#isSorted ? row.at(-1) : row)
      }
    }
    if (this.#sorter === null) return new WholePart(sorted)
    const later = new LaterGroups(
      yield* this.#sorter.sorting(slice),
      this.#keys.length,
      this.#compare,
      this.#hasSets,
      make,
      step,
    )
    return new MergedGroups(sorted, later, this.#isSorted ? this.#compare : null).next()
  }

  /** Gives up what it holds. */
  close(): void {
    this.#spill.give(this.#held)
    this.#held = 0
    this.#sorter?.close()
    this.#sorter = null
  }
}

/** No answer of a group depends on the values that DISTINCT has seen. */
function closeSets(group: unknown): void {
  for (const cell of Object.values(group as Group)) if (cell instanceof KeySet) cell.close()
}

/** The groups of the rows that had no room, in the order of their keys. */
class LaterGroups {
  readonly #keyCount: number
  readonly #compare: RowComparison
  readonly #hasSets: boolean
  readonly #make: (row: Row) => Group
  readonly #step: (group: Group, row: Row) => void
  #part: RowPart | null
  #place = 0
  /** The group whose rows are being looked at, and the first of them; null: the next one begins. */
  #group: Group | null = null
  #first: Row = []

  constructor(
    part: RowPart | null,
    keyCount: number,
    compare: RowComparison,
    hasSets: boolean,
    make: (row: Row) => Group,
    step: (group: Group, row: Row) => void,
  ) {
    this.#keyCount = keyCount
    this.#compare = compare
    this.#hasSets = hasSets
    this.#make = make
    this.#step = step
    this.#part = part
  }

  #row(): Row | null {
    while (this.#part !== null) {
      if (this.#place < this.#part.rows.length) return this.#part.rows[this.#place]!
      this.#part = this.#part.next()
      this.#place = 0
    }
    return null
  }

  /** The next group, behind its key values; null: there are none any more; undefined: it has many rows, ask again. */
  next(): readonly unknown[] | null | undefined {
    for (let rounds = 0; rounds < mostAtHand; rounds++) {
      const row = this.#row()
      const group = this.#group
      if (group === null) {
        if (row === null) return null
        this.#group = this.#make(row)
        this.#first = row
      } else if (row === null || this.#compare(this.#first, row) !== 0) {
        if (this.#hasSets) closeSets(group)
        this.#group = null
        return [...this.#first.slice(0, this.#keyCount), group]
      } else {
        this.#step(group, row)
        this.#place++
      }
    }
    return undefined
  }
}

class MergedGroups implements RowPart {
  rows: Row[] = []
  readonly #groups: readonly Row[]
  readonly #later: LaterGroups
  readonly #compare: RowComparison | null
  #place = 0
  /** undefined: to be asked for. */
  #laterRow: Row | null | undefined

  /** @param compare null: in no order, and without their keys */
  constructor(groups: readonly Row[], later: LaterGroups, compare: RowComparison | null) {
    this.#groups = groups
    this.#later = later
    this.#compare = compare
  }

  #nextLater(): Row | null | undefined {
    const row = this.#later.next()
    if (row === undefined) return undefined
    return (this.#compare === null && row !== null ? row.at(-1) : row) as Row | null
  }

  next(): RowPart | null {
    const rows: Row[] = []
    this.rows = rows
    const groups = this.#groups
    while (rows.length < mostAtHand) {
      const row = this.#laterRow ?? (this.#laterRow === null ? null : this.#nextLater())
      this.#laterRow = row
      if (row === undefined) return this
      const own = groups[this.#place]
      if (own === undefined && row === null) break
      if (own !== undefined && (row === null || this.#isFirst(own, row))) {
        rows.push(own)
        this.#place++
      } else {
        rows.push(row!)
        this.#laterRow = undefined
      }
    }
    return rows.length === 0 ? null : this
  }

  #isFirst(own: Row, later: Row): boolean {
    return this.#compare === null || this.#compare(own, later) < 0
  }
}
