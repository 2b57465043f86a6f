/** A set of rowids: a bit for each where they lie close together. */
import type { Rowid } from './row-writer.ts'

/** So many bits for each rowid take no more room than other sets. */
const mostBits = 256

export interface RowidSet {
  has(rowid: Rowid): boolean
}

/** @param rowids in ascending order, at least one */
export function rowidSet(rowids: readonly Rowid[]): RowidSet {
  const first = rowids[0]!
  const last = rowids[rowids.length - 1]!
  const isDense =
    typeof first === 'number' && typeof last === 'number' && last - first < mostBits * rowids.length
  return isDense ? new RowidBits(rowids, first, last) : new Set(rowids)
}

class RowidBits implements RowidSet {
  readonly #first: number
  readonly #span: number
  readonly #bits: Uint8Array

  constructor(rowids: readonly Rowid[], first: number, last: number) {
    this.#first = first
    this.#span = last - first
    const bits = new Uint8Array(Math.floor(this.#span / 8) + 1)
    this.#bits = bits
    for (const rowid of rowids as readonly number[]) {
      const place = rowid - first
      bits[(place / 8) >>> 0]! |= 1 << (place & 7)
    }
  }

  has(rowid: Rowid): boolean {
    if (typeof rowid !== 'number') return false
    const place = rowid - this.#first
    if (place < 0 || place > this.#span) return false
    return (this.#bits[(place / 8) >>> 0]! & (1 << (place & 7))) !== 0
  }
}
