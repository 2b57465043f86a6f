/**
 * Keys of seeks on the rowid. A rowid is an INTEGER, so `rowid < 2.5` means `rowid <= 2`, `rowid < 'abc'` every row
 * (numbers come before text), `rowid = 1.5` and any comparison with NULL none. Text that is a number is
 * that number, for the rowid has INTEGER affinity.
 *
 * A bound is the first or last rowid that may qualify; `null`: none does.
 */
import { corrupt, SqliteError } from '../../base/error.ts'
import {
  Real,
  SearchKey,
  decodeColumn,
  integerValue,
  realToInteger,
  textToNumeric,
} from '../../record/index.ts'
import type { TextEncoding, Value } from '../../record/index.ts'
import type { RecordCursor } from './record.ts'

const minRowid = -9223372036854775808n
const maxRowid = 9223372036854775807n

interface RowidCursor {
  seek(rowid: number | bigint): boolean
}

/** Moves to the row whose rowid is `key`. */
export function seekRowid(cursor: RowidCursor, key: Value): boolean {
  if (typeof key === 'number') return Number.isInteger(key) && cursor.seek(key)
  const rowid = exactRowid(key)
  return rowid !== null && cursor.seek(rowid)
}

/** The rowid that `key` becomes under INTEGER affinity, as where a row is given it; `null`: it stays something else. */
export function exactRowid(key: Value): number | bigint | null {
  if (typeof key === 'number') return Number.isInteger(key) ? key : null
  if (typeof key === 'bigint') return key
  if (key === null) return null
  if (typeof key === 'string') {
    const numeric = textToNumeric(key)
    return typeof numeric === 'string' ? null : exactRowid(numeric)
  }
  if (!(key instanceof Real)) return null
  const integer = realToInteger(key)
  return integer instanceof Real ? null : integer
}

/** The first rowid with `rowid >= key` (`rowid > key` unless inclusive). */
export function lowRowid(key: Value, inclusive: boolean): number | bigint | null {
  if (typeof key === 'number' && Number.isInteger(key)) return inclusive ? key : next(key)
  const value = typeof key === 'string' ? textToNumeric(key) : key
  // No rowid comes after a text or a BLOB.
  if (value === null || typeof value === 'string' || value instanceof Uint8Array) return null
  if (typeof value === 'bigint') return inclusive ? value : next(value)
  const x = value instanceof Real ? value.value : value
  if (Number.isInteger(x)) {
    if (x >= 9223372036854775808) return null
    if (x < -9223372036854775808) return minRowid
    const exact = integerValue(BigInt(x))
    return inclusive ? exact : next(exact)
  }
  if (x === Infinity) return null
  return x === -Infinity ? minRowid : Math.ceil(x) + 0
}

/** The last rowid with `rowid <= key` (`rowid < key` unless inclusive). */
export function highRowid(key: Value, inclusive: boolean): number | bigint | null {
  if (typeof key === 'number' && Number.isInteger(key)) return inclusive ? key : previous(key)
  const value = typeof key === 'string' ? textToNumeric(key) : key
  if (value === null) return null
  if (typeof value === 'string' || value instanceof Uint8Array) return maxRowid
  if (typeof value === 'bigint') return inclusive ? value : previous(value)
  const x = value instanceof Real ? value.value : value
  if (Number.isInteger(x)) {
    if (x >= 9223372036854775808) return maxRowid
    if (x < -9223372036854775808) return null
    const exact = integerValue(BigInt(x))
    return inclusive ? exact : previous(exact)
  }
  if (x === -Infinity) return null
  return x === Infinity ? maxRowid : Math.floor(x) + 0
}

function next(rowid: number | bigint): number | bigint | null {
  if (rowid === maxRowid) return null
  return typeof rowid === 'number' && Number.isSafeInteger(rowid + 1)
    ? rowid + 1
    : integerValue(BigInt(rowid) + 1n)
}

function previous(rowid: number | bigint): number | bigint | null {
  if (rowid === minRowid) return null
  return typeof rowid === 'number' && Number.isSafeInteger(rowid - 1)
    ? rowid - 1
    : integerValue(BigInt(rowid) - 1n)
}

/** Adds a key to those of `rowid IN (…)`. */
export function addRowid(rowids: (number | bigint)[], key: Value): void {
  const rowid = exactRowid(key)
  if (rowid !== null) rowids.push(rowid)
}

/** The keys of `rowid IN (…)` that are rowids. */
export function rowidsOf(keys: readonly Value[]): (number | bigint)[] {
  const rowids: (number | bigint)[] = []
  for (const key of keys) addRowid(rowids, key)
  return rowids
}

/** How the entry under the cursor stands to a key: negative before, 0 equal, positive after. */
export function compareEntry(cursor: RecordCursor, key: SearchKey): number {
  if (cursor.localSize < cursor.payloadSize) cursor.loadPayload()
  return key.compare(cursor.data, cursor.payloadOffset, cursor.payloadSize)
}

interface KeyCursor extends RecordCursor {
  seekAtLeast(key: SearchKey): boolean
}

/**
 * Moves `cursor`, on a WITHOUT ROWID table, to the row that the index entry under `entry` belongs to: the entry
 * has the primary key at `places`. Answers whether there is one: as in SQLite an entry that has none is passed over.
 */
export function seekPrimaryKey(
  entry: RecordCursor,
  cursor: KeyCursor,
  key: SearchKey,
  places: readonly number[],
  encoding: TextEncoding,
): boolean {
  if (entry.localSize < entry.payloadSize) entry.loadPayload()
  const values = places.map((place) =>
    decodeColumn(entry.data, entry.payloadOffset, entry.payloadSize, place, encoding),
  )
  key.set(values, values.length)
  return cursor.seekAtLeast(key) && compareEntry(cursor, key) === 0
}

/** An index names a row that its table does not have. */
export function missingRow(): Error {
  return corrupt(0, 'an index entry has no row')
}

/** As DO UPDATE says it of a WITHOUT ROWID table. (`sqlite3UpsertDoUpdate`) */
export function missingKeyedRow(): Error {
  return new SqliteError('corrupt database', 'SQLITE_CORRUPT')
}

/** Moves to the row of an index entry. */
export function seekEntryRow(cursor: RowidCursor, rowid: number | bigint): void {
  if (!cursor.seek(rowid)) throw missingRow()
}
