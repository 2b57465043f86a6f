/** Values as the application gets them. */
import { callersMistake, users } from '../../base/foreign-error.ts'
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

/**
 * What an INTEGER is outside: a number, which one beyond 2^53 is refused to be (`exact`), or rounded to (`rounded`, as better-sqlite3 has it); always a bigint; or a
 * number where that is exact, and a bigint elsewhere (`mixed`).
 */
export type Integers = 'exact' | 'rounded' | 'bigint' | 'mixed'

/** What an SQL value is outside: numbers unboxed, BLOBs as Buffers. */
export function shown(value: Value): unknown {
  return typeof value === 'bigint' ? Number(value) : shownOther(value)
}

/** @throws RangeError where an INTEGER is no number */
function shownExact(value: Value): unknown {
  return typeof value === 'bigint' ? exactNumber(value) : shownOther(value)
}

/** With INTEGERs as bigints. */
function shownSafe(value: Value): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value
  return shownOther(value)
}

/** All but INTEGERs that are no numbers, which stay what they are. */
function shownOther(value: Value): unknown {
  if (typeof value !== 'object' || value === null) return value
  return value instanceof Real ? value.value : shownBlob(value)
}

/** A Buffer of the application's own. */
function shownBlob(value: Uint8Array): Buffer {
  return Buffer.from(value)
}

/** For a value that was just decoded and belongs to nobody else. */
function fresh(show: (value: Value) => unknown): (value: Value) => unknown {
  return (value) => (value instanceof Uint8Array && Buffer.isBuffer(value) ? value : show(value))
}

type Shower = readonly [name: string, show: (value: Value) => unknown]

const showers: Readonly<Record<Integers, Shower>> = {
  rounded: ['shown', shown],
  exact: ['shownExact', shownExact],
  bigint: ['shownSafe', shownSafe],
  mixed: ['shownMixed', shownOther],
}
const freshShowers: Readonly<Record<Integers, Shower>> = {
  rounded: ['shownFresh', fresh(shown)],
  exact: ['shownFreshExact', fresh(shownExact)],
  bigint: ['shownFreshSafe', fresh(shownSafe)],
  mixed: ['shownFreshMixed', fresh(shownOther)],
}

/** What shows values, and its name in emitted code. @param isFresh they were just decoded, and belong to nobody else */
export function showerOf(integers: Integers, isFresh: boolean): Shower {
  return (isFresh ? freshShowers : showers)[integers]
}

/** An INTEGER beyond 2^53 as a number. @throws RangeError: it is none */
function exactNumber(value: bigint): never {
  throw callersMistake(
    new RangeError(
      `The INTEGER ${value} is too large for a number: ask for bigints with safeIntegers(), or where they are needed with integers('mixed')`,
    ),
  )
}

/** An INTEGER that is kept as a bigint, as the application wants it. @throws RangeError where it wants a number */
export function shownInteger(value: bigint, integers: Integers): number | bigint {
  if (integers === 'exact') return exactNumber(value)
  return integers === 'rounded' ? Number(value) : value
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
