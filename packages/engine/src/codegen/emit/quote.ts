/** Outside values as JavaScript source. Nothing of a statement's text enters it by another way. */
import { assert } from '../../base/assert.ts'

/** A string as JavaScript source, safe in any script. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(/[\u2028\u2029\ud800-\udfff]/g, escapeUnit)
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** A name that may stand in the source as it is. */
export const identifier: RegExp = /^[A-Za-z_][A-Za-z0-9_]*$/

/** A whole number as JavaScript source: the number of a page, a place in a row. */
export function integerText(value: number): string {
  assert(Number.isSafeInteger(value), 'a number in the source is an integer')
  return String(value)
}

/** A key of an object literal. `"__proto__": x` would set the prototype; `["__proto__"]: x` is a key. */
export function quoteKey(name: string): string {
  return name === '__proto__' ? '["__proto__"]' : quote(name)
}
