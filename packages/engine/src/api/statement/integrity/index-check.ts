/** Whether a row has its entry in an index, and no other row the same key where it is unique. (`PRAGMA integrity_check`) */
import { SqliteError } from '../../../base/error.ts'
import {
  binaryCollation,
  compareValues,
  decodeRecord,
  EntryOrder,
  readIndexRowid,
  Real,
  type Collation,
  type TextEncoding,
  type Value,
} from '../../../record/index.ts'
import type { DatabaseContext } from '../../../runtime/index.ts'
import { entryTail, isVirtual, type Index, type Table } from '../../../schema/index.ts'
import { IndexCursor } from '../../../storage/index.ts'
import { StoredRow } from './stored-row.ts'

/** SQLite remembers as many computed columns. */
const mostComputed = 64

/** So many entries before and behind the place where the entry should be are looked at. (`BTREE_FDK_RANGE`) */
const nearby = 10

/** How far the bits of two REALs may lie apart that pass for one. */
const nearestBits = 10_000n

export class IndexCheck {
  readonly #index: Index
  readonly #stored: StoredRow
  readonly #hasRowid: boolean
  readonly #key: EntryOrder
  /** The declared columns alone. */
  readonly #prefix: EntryOrder
  readonly #cursor: IndexCursor
  /** Of the declared columns: texts that are equal may differ. */
  readonly #collated: readonly number[]
  /** Columns of the entry that are computed. */
  readonly #computed: ReadonlySet<number>
  readonly #orders: readonly Collation[]
  readonly #encoding: TextEncoding
  /** Of the declared columns: NULL is possible. */
  readonly #nullable: readonly number[]

  constructor(context: DatabaseContext, table: Table, index: Index) {
    const { collations, encoding, pages } = context
    const fields = [...index.columns, ...entryTail(table, index)]
    this.#index = index
    this.#hasRowid = !table.withoutRowid
    this.#key = new EntryOrder(fields, encoding, collations)
    this.#prefix = new EntryOrder(index.columns, encoding, collations)
    this.#cursor = new IndexCursor(pages, index.root)
    this.#stored = new StoredRow(this.#cursor, encoding, [])
    this.#encoding = encoding
    this.#orders = fields.map(({ collation }) => collations.collation(collation, encoding)!)
    const places = [...index.columns.keys()]
    this.#computed = new Set(
      places.slice(0, mostComputed).filter((i) => {
        const { column } = index.columns[i]!
        return column === -2 || (column >= 0 && isVirtual(table.columns[column]!))
      }),
    )
    this.#collated = places.filter((i) => index.columns[i]!.collation !== 'BINARY')
    this.#nullable = places.filter((i) => {
      const { column } = index.columns[i]!
      return column < 0 || table.columns[column]!.notNull === null
    })
  }

  /**
   * @param entry what the entry of the row has to hold
   * @returns what is wrong with it; null: nothing
   */
  row(number: number, entry: readonly Value[]): string | null {
    const { name } = this.#index
    const cursor = this.#cursor
    this.#key.set(entry)
    if (!cursor.seekEqual(this.#key)) {
      return this.#computed.size > 0 && this.#hasSimilar(entry)
        ? `index ${name} stores an imprecise floating-point value for row ${number}`
        : `row ${number} missing from index ${name}`
    }
    if (this.#hasRowid) {
      cursor.loadPayload()
      const { data, payloadOffset, payloadSize } = cursor
      const rowid = readIndexRowid(data, payloadOffset, payloadSize)
      if (rowid !== entry.at(-1))
        return `rowid not at end-of-record for row ${number} of index ${name}`
    }
    if (this.#differs(entry)) return `row ${number} values differ from index ${name}`
    return this.#index.unique && this.#isFollowed(entry)
      ? `non-unique entry in index ${name}`
      : null
  }

  /**
   * Whether an entry near its place is that of the row but for the last bits of a REAL that was computed, which may have come out otherwise at another time. Only an
   * index of computed columns is searched. (`sqlite3VdbeFindIndexKey`)
   */
  #hasSimilar(entry: readonly Value[]): boolean {
    const cursor = this.#cursor
    try {
      let found = true
      for (let step = 0; found && step < nearby; step++) found = cursor.previous()
      // Near the beginning all entries are looked at.
      const most = found ? 2 * nearby : Infinity
      if (!found) found = cursor.first()
      for (let seen = 0; found && seen < most; seen++) {
        cursor.loadPayload()
        const { data, payloadOffset, payloadSize } = cursor
        const stored = decodeRecord(data, payloadOffset, payloadSize, this.#encoding)
        if (stored.length < entry.length) return false
        if (this.#isSimilar(stored, entry)) return true
        found = cursor.next()
      }
      return false
    } catch (error) {
      // Where an entry cannot be read, none is found.
      if (error instanceof SqliteError && error.code === 'SQLITE_CORRUPT') return false
      throw error
    }
  }

  #isSimilar(stored: readonly Value[], entry: readonly Value[]): boolean {
    return entry.every((value, i) => {
      if (this.#computed.has(i) && isNearly(stored[i]!, value)) return true
      return compareValues(stored[i]!, value, this.#orders[i]!) === 0
    })
  }

  /** Whether a text of the entry is another one than the row's, which its collation takes for the same. */
  #differs(entry: readonly Value[]): boolean {
    const stored = this.#stored
    return this.#collated.some((i) => {
      stored.read(i + 1)
      const value = stored.valueAt(i)
      if (value === null || entry[i] === null) return false
      return compareValues(value, entry[i]!, binaryCollation) !== 0
    })
  }

  /** Whether the next entry has the same key, none of it NULL. */
  #isFollowed(entry: readonly Value[]): boolean {
    if (this.#nullable.some((i) => entry[i] === null)) return false
    const cursor = this.#cursor
    if (!cursor.next()) return false
    cursor.loadPayload()
    this.#prefix.set(entry.slice(0, this.#index.columns.length))
    return this.#prefix.compare(cursor.data, cursor.payloadOffset, cursor.payloadSize) <= 0
  }

  close(): void {
    this.#cursor.close()
  }
}

function isNearly(stored: Value, computed: Value): boolean {
  const [a, b] = [bitsOf(stored), bitsOf(computed)]
  if (a === null || b === null) return false
  return (a < b ? b - a : a - b) <= nearestBits
}

const real = new Float64Array(1)
const realBits = new BigUint64Array(real.buffer)

/** The bits of a REAL; null: it is none. */
function bitsOf(value: Value): bigint | null {
  if (value instanceof Real) real[0] = value.value
  else if (typeof value === 'number' && !Number.isInteger(value)) real[0] = value
  else return null
  return realBits[0]!
}
