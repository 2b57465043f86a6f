/**
 * Comparing what a document claims with what came. `…` stands for anything: within a text, as a value (`any`), or for the rest of a list
 * (`rest`).
 */
import { inspect, isDeepStrictEqual } from 'node:util'

export const any: unique symbol = Symbol('…')
const restMark: unique symbol = Symbol('…')

/** Spread into an array it is an element, into an object a property, that says that there may be more. */
export class Rest {
  [restMark] = true;
  *[Symbol.iterator](): Generator<symbol> {
    yield restMark
  }
}
export const rest: Rest = new Rest()

/** Whether a text is as `pattern`, in which … stands for anything. */
export function fits(pattern: string, text: string): boolean {
  const [first = '', ...others] = pattern.split('…')
  const last = others.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const piece of others) {
    const found = text.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || value instanceof Rest
}

/** Whether a value is what is expected; of objects the prototype does not count. */
export function matches(expected: unknown, actual: unknown): boolean {
  if (expected === any) return true
  if (typeof expected === 'string') return typeof actual === 'string' && fits(expected, actual)
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return false
    const at = expected.indexOf(restMark)
    if (at < 0 && actual.length !== expected.length) return false
    const fixed: unknown[] = at < 0 ? expected : expected.slice(0, at)
    return actual.length >= fixed.length && fixed.every((value, i) => matches(value, actual[i]))
  }
  if (!isPlain(expected)) return isDeepStrictEqual(expected, actual)
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) return false
  const keys = Object.keys(expected)
  if (!(restMark in expected) && keys.length !== Object.keys(actual).length) return false
  return keys.every(
    (key) => key in actual && matches(expected[key], (actual as Record<string, unknown>)[key]),
  )
}

/** A text with its white space made one. */
export const plain = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

/** A value as `console.log` shows it, in one line. */
export const shown = (value: unknown): string =>
  plain(inspect(value, { depth: 8, breakLength: Infinity, maxArrayLength: 1000 }))
