/**
 * Rowids on one page of a table: the child or the cell where one is, or would be. (Database File Format §1.6, table b-trees.)
 *
 * Where rowids were given out one by one the place follows by arithmetic, others are found by halves.
 */
import { readVarintBig, varintLength } from '../../record/index.ts'

/** A rowid as a double: exact while it is a safe integer, and beyond that on the right side of every safe integer. */
export function readRowidNumber(data: Uint8Array, at: number): number {
  const a = data[at]!
  if (a < 0x80) return a
  const b = data[at + 1]!
  if (b < 0x80) return ((a & 0x7f) << 7) | b
  const c = data[at + 2]!
  if (c < 0x80) return ((a & 0x7f) << 14) | ((b & 0x7f) << 7) | c
  const d = data[at + 3]!
  if (d < 0x80) return ((a & 0x7f) << 21) | ((b & 0x7f) << 14) | ((c & 0x7f) << 7) | d
  return Number(readVarintBig(data, at))
}

/** The first of `count` interior cells whose key is at least `rowid`; `count` when none is. */
export function findChild(
  data: Uint8Array,
  pointers: number,
  count: number,
  rowid: number | bigint,
): number {
  if (typeof rowid !== 'number') return findChildBig(data, pointers, count, rowid)
  let low = 0
  let high = count
  if (count > 8) {
    // Leaves of a table hold about equally many rows, so where rowids are given out one by one the keys are evenly
    // spaced, and the child is where proportion says. Elsewhere the guess costs a few steps.
    const first = readChildKey(data, pointers, 0)
    const last = readChildKey(data, pointers, count - 1)
    if (rowid <= first) return 0
    if (rowid > last) return count
    const guess = (((rowid - first) / (last - first)) * (count - 1)) | 0
    if (readChildKey(data, pointers, guess) < rowid) {
      if (readChildKey(data, pointers, guess + 1) >= rowid) return guess + 1
      low = guess + 2
    } else {
      high = guess
    }
  }
  while (low < high) {
    const middle = (low + high) >>> 1
    if (readChildKey(data, pointers, middle) < rowid) low = middle + 1
    else high = middle
  }
  return low
}

/** The key of interior cell `index`, as `readRowidNumber` gives it. */
function readChildKey(data: Uint8Array, pointers: number, index: number): number {
  const at = pointers + 2 * index
  return readRowidNumber(data, ((data[at]! << 8) | data[at + 1]!) + 4)
}

function findChildBig(data: Uint8Array, pointers: number, count: number, rowid: bigint): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    const at = pointers + 2 * middle
    if (readVarintBig(data, ((data[at]! << 8) | data[at + 1]!) + 4) < rowid) low = middle + 1
    else high = middle
  }
  return low
}

/** How far from where proportion says a row mostly is. */
const steps = 4

/** Where the rowid of leaf cell `index` starts. */
function rowidOffset(data: Uint8Array, pointers: number, index: number): number {
  const at = pointers + 2 * index
  const cell = (data[at]! << 8) | data[at + 1]!
  if (data[cell]! < 0x80) return cell + 1
  if (data[cell + 1]! < 0x80) return cell + 2
  return cell + varintLength(data, cell)
}

/** The first of `count` leaf cells whose rowid is at least `rowid`; `count` when none is. */
export function findRow(
  data: Uint8Array,
  pointers: number,
  count: number,
  rowid: number | bigint,
): number {
  if (typeof rowid !== 'number') return findRowBig(data, pointers, count, rowid)
  let low = 0
  let high = count
  if (count > 4) {
    // Rowids are mostly given out one by one. Where a leaf has no gaps, the row is where arithmetic says; where it has some, it is
    // near where proportion says. Elsewhere the guess costs a few steps.
    const first = readRowidNumber(data, rowidOffset(data, pointers, 0))
    if (rowid <= first) return 0
    const last = readRowidNumber(data, rowidOffset(data, pointers, count - 1))
    if (rowid > last) return count
    const guess = (((rowid - first) / (last - first)) * (count - 1)) | 0
    const found = readRowidNumber(data, rowidOffset(data, pointers, guess))
    if (found === rowid) return guess
    if (found < rowid) {
      low = guess + 1
      const near = guess + steps
      if (near < high && readRowidNumber(data, rowidOffset(data, pointers, near)) >= rowid) {
        high = near
      }
    } else {
      high = guess
      const near = guess - steps
      if (near > low && readRowidNumber(data, rowidOffset(data, pointers, near)) < rowid) {
        low = near + 1
      }
    }
  }
  while (low < high) {
    const middle = (low + high) >>> 1
    if (readRowidNumber(data, rowidOffset(data, pointers, middle)) < rowid) low = middle + 1
    else high = middle
  }
  return low
}

function findRowBig(data: Uint8Array, pointers: number, count: number, rowid: bigint): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (readVarintBig(data, rowidOffset(data, pointers, middle)) < rowid) low = middle + 1
    else high = middle
  }
  return low
}

/** The rowid of leaf cell `index`. */
export function readCellRowid(data: Uint8Array, pointers: number, index: number): number | bigint {
  return readVarintBig(data, rowidOffset(data, pointers, index))
}

/** Whether a rowid lies between the first and the last of a leaf: if it is anywhere, it is there. */
export function isWithin(
  data: Uint8Array,
  pointers: number,
  count: number,
  rowid: number | bigint,
): boolean {
  if (count === 0) return false
  if (typeof rowid === 'number') {
    return (
      readRowidNumber(data, rowidOffset(data, pointers, count - 1)) >= rowid &&
      readRowidNumber(data, rowidOffset(data, pointers, 0)) <= rowid
    )
  }
  return (
    readCellRowid(data, pointers, count - 1) >= rowid && readCellRowid(data, pointers, 0) <= rowid
  )
}
