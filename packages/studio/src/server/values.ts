/** Values of the database to JSON and back, exactly. The forms stand in `protocol.ts`. */
import { createHash } from 'node:crypto'
import type { WireValue } from '../protocol.ts'
import { badRequest } from './failures.ts'

/** What statements answer where INTEGERs are bigints, and what is bound to them. */
export type SqlValue = null | bigint | number | string | Uint8Array

/** A text or BLOB of so many bytes is sent whole. */
export const wholeSize = 4096
/** Of a longer one so many characters, or bytes, are sent. */
export const cutSize = 512

const leastInteger = -(2n ** 63n)
const greatestInteger = 2n ** 63n - 1n

/**
 * A value for the page.
 * @param size in bytes, of a TEXT or BLOB of which `value` is the beginning
 */
export function toWire(value: SqlValue, size: number | null = null): WireValue {
  switch (typeof value) {
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : ['i', String(value)]
    case 'number':
      return ['r', Object.is(value, -0) ? '-0' : String(value)]
    case 'string':
      return size === null ? value : ['t', value, size]
    default:
  }
  if (value === null) return null
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return ['b', bytes.toString('base64'), size ?? bytes.length]
}

/** A value of a result: long ones are cut. */
export function toShortWire(value: SqlValue, whole: number): WireValue {
  if (typeof value === 'string' && value.length * 3 > whole) {
    const size = Buffer.byteLength(value)
    return size > whole ? toWire(cutText(value), size) : value
  }
  if (value instanceof Uint8Array && value.length > whole) {
    return toWire(value.subarray(0, cutSize), value.length)
  }
  return toWire(value)
}

/** The beginning of a text, and not half of a character. */
function cutText(text: string): string {
  const end = /[\uD800-\uDBFF]/.test(text[cutSize - 1]!) ? cutSize - 1 : cutSize
  return text.slice(0, end)
}

/** A value that the page sends, to be bound. @throws Refusal where it is none, or not whole */
export function fromWire(value: unknown): SqlValue {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return BigInt(value)
  } else if (Array.isArray(value)) {
    const [tag, content, size] = value as unknown[]
    if (tag === 'i') return integerOf(content)
    if (tag === 'r') return realOf(content)
    if (tag === 'b' && typeof content === 'string') {
      const bytes = Buffer.from(content, 'base64')
      if (bytes.length === size) return bytes
      throw badRequest('the BLOB is not whole')
    }
    if (tag === 't') throw badRequest('the text is not whole')
  }
  throw badRequest('no value of SQL')
}

function integerOf(digits: unknown): bigint {
  if (typeof digits !== 'string' || !/^[-+]?\d{1,30}$/.test(digits)) {
    throw badRequest('not an INTEGER')
  }
  const value = BigInt(digits.replace('+', ''))
  if (value >= leastInteger && value <= greatestInteger) return value
  throw badRequest('an INTEGER has 64 bits')
}

function realOf(text: unknown): number {
  const value = typeof text === 'string' && text.trim() !== '' ? Number(text) : Number.NaN
  if (Number.isNaN(value)) throw badRequest('not a REAL')
  return value
}

/** A row in short: two that differ in type or value of a column differ here. */
export function printOf(values: readonly WireValue[]): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('base64url').slice(0, 22)
}

/** The same of one value, which may be large. */
export function printOfValue(value: SqlValue): string {
  const hash = createHash('sha256').update(value instanceof Uint8Array ? 'b' : 't')
  if (value instanceof Uint8Array || typeof value === 'string') hash.update(value)
  else hash.update(JSON.stringify(toWire(value)))
  return hash.digest('base64url').slice(0, 22)
}
