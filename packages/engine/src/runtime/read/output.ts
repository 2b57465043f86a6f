/** Values as the application gets them. */
import { users } from '../../base/foreign-error.ts'
import { Real, escapedTextSeen, wellFormedText } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'

/**
 * How a row is handed over: an object, an array, its first column, or one object for each table. `bare` and `bare-raw` are an object without a
 * prototype and an array with the values of node:sqlite: BLOBs are Uint8Arrays, and an INTEGER that no number is exact for is refused.
 */
export type RowMode = 'object' | 'raw' | 'pluck' | 'expand' | 'bare' | 'bare-raw'

/** Whether values are shown as node:sqlite shows them. */
export function isBare(mode: RowMode): boolean {
  return mode === 'bare' || mode === 'bare-raw'
}

/** What an SQL value is outside: numbers unboxed, BLOBs as Buffers. */
export function shown(value: Value): unknown {
  switch (typeof value) {
    case 'bigint':
      return Number(value)
    case 'object':
      if (value === null) return null
      return value instanceof Real ? value.value : shownBlob(value)
    default:
      return value
  }
}

/** With INTEGERs as bigints. */
export function shownSafe(value: Value): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value
  return typeof value === 'bigint' ? value : shown(value)
}

/** A Buffer of the application's own. */
function shownBlob(value: Uint8Array): Buffer {
  return Buffer.from(value)
}

/** As `shown`, for a value that was just decoded and belongs to nobody else. */
export function shownFresh(value: Value): unknown {
  return value instanceof Uint8Array && Buffer.isBuffer(value) ? value : shown(value)
}

/** As `shownSafe`, likewise. */
export function shownFreshSafe(value: Value): unknown {
  return value instanceof Uint8Array && Buffer.isBuffer(value) ? value : shownSafe(value)
}

/** An object without a prototype. */
export function bareRow(): object {
  return Object.create(null) as object
}

/**
 * As `shown`, in the words of node:sqlite.
 * @throws RangeError with its code, which is the caller's answer, for an INTEGER beyond ±(2^53 - 1)
 */
export function shownBare(value: Value): unknown {
  switch (typeof value) {
    case 'bigint':
      throw tooLarge(value)
    case 'object':
      if (value === null) return null
      return value instanceof Real ? value.value : new Uint8Array(value)
    default:
      return value
  }
}

/** As `shownBare`, with INTEGERs as bigints. */
export function shownBareSafe(value: Value): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value
  return typeof value === 'bigint' ? value : shownBare(value)
}

function tooLarge(value: bigint): RangeError {
  const error = new RangeError(
    `Value is too large to be represented as a JavaScript number: ${value}`,
  )
  users.error = Object.assign(error, { code: 'ERR_OUT_OF_RANGE' })
  return error
}

/**
 * Text that was not valid has escapes in it, of which the application sees U+FFFD. As that is rare, rows are
 * looked at only after such text has been met.
 */
export function wellFormedRow(row: unknown, mode: RowMode): unknown {
  return escapedTextSeen() ? wellFormed(row, mode === 'expand' ? 2 : mode === 'pluck' ? 0 : 1) : row
}

export function wellFormedRows(rows: unknown[], mode: RowMode): unknown[] {
  if (escapedTextSeen())
    for (let i = 0; i < rows.length; i++) rows[i] = wellFormedRow(rows[i], mode)
  return rows
}

function wellFormed(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return wellFormedText(value)
  if (depth === 0 || typeof value !== 'object' || value === null) return value
  const members = value as Record<string, unknown>
  for (const key of Object.keys(members)) {
    Object.defineProperty(members, key, {
      value: wellFormed(members[key], depth - 1),
      configurable: true,
      enumerable: true,
      writable: true,
    })
  }
  return value
}
