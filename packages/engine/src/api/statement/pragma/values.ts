/** How SQLite reads the value of a PRAGMA. (`getSafetyLevel`, `sqlite3GetBoolean`, `sqlite3Atoi`.) */
import type { PragmaValue } from './definition.ts'

/** A signed 32-bit integer from the start of the value; 0 when there is none. */
export function integerOf(value: PragmaValue): number {
  const match = /^\s*[-+]?\d+/.exec(String(value))
  if (match === null) return 0
  const number = Number(match[0])
  return Number.isSafeInteger(number) && Math.abs(number) <= 0x7fffffff ? number : 0
}

const widest = 2n ** 63n - 1n

/** A signed 64-bit integer from the start of the value; 0 when there is none, the nearest when it is beyond. */
export function wideIntegerOf(value: PragmaValue): bigint {
  const text = String(value).trimStart()
  const hexadecimal = /^0x[\da-f]{1,16}/i.exec(text)
  if (hexadecimal !== null) return BigInt.asIntN(64, BigInt(hexadecimal[0]))
  const match = /^[-+]?\d+/.exec(text)
  if (match === null) return 0n
  const number = BigInt(match[0].replace('+', ''))
  if (number > widest) return widest
  return number < -widest - 1n ? -widest - 1n : number
}

/** A whole number that is not negative, decimal or hexadecimal, and nothing else; null: the value is none. (`sqlite3DecOrHexToI64`) */
export function countOf(value: PragmaValue): bigint | null {
  const text = String(value).trim()
  if (value === null || !/^(?:\+?\d+|0x[\da-f]{1,16})$/i.test(text)) return null
  const number = wideIntegerOf(text)
  return number < 0n ? null : number
}

/** `on`, `yes`, `true` and numbers whose low byte is not 0. */
export function booleanOf(value: PragmaValue): boolean {
  const text = String(value).toLowerCase()
  if (/^\d/.test(text)) return (integerOf(value) & 0xff) !== 0
  return text === 'on' || text === 'yes' || text === 'true'
}
