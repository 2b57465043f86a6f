/** Values as the application gets them. */
import { Real, escapedTextSeen, wellFormedText } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'

/** How a row is handed over: an object, an array, its first column, or one object for each table. */
export type RowMode = 'object' | 'raw' | 'pluck' | 'expand'

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
