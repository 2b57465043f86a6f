/**
 * Texts of any length. A JavaScript string ends at some 2^29 units, where SQLite's ends at a thousand million bytes: a text
 * between the two is too big here. An array ends at 2^27 elements, and ends the process with it: so a text is never
 * taken apart into pieces without number. Whatever makes a text that may be long makes it by one of these functions.
 */
import { constants } from 'node:buffer'
import { tooBig } from './error.ts'
import { maxLength } from './limits.ts'

/** Units of the longest text. */
export const maxTextLength: number = Math.min(maxLength, constants.MAX_STRING_LENGTH)

/** Up to this length V8's own functions take a text apart. */
const longText = 1 << 20

/** Refuses a text of so many units before it is made. */
export function checkTextLength(length: number): void {
  if (length > maxTextLength) throw tooBig()
}

/** The text so many times. */
export function repeated(text: string, count: number): string {
  checkTextLength(text.length * count)
  return text.repeat(count)
}

/** `change` applied to pieces of the text, for changes that look at single units alone. */
export function changeInPieces(text: string, change: (piece: string) => string): string {
  if (text.length <= longText) return change(text)
  let changed = ''
  for (let at = 0; at < text.length;) {
    let end = Math.min(at + longText, text.length)
    // A pair of surrogates stays together.
    if (end < text.length && (text.charCodeAt(end) & 0xfc00) === 0xdc00) end++
    const piece = change(text.slice(at, end))
    checkTextLength(changed.length + piece.length)
    changed += piece
    at = end
  }
  return changed
}

/** All occurrences of `old`, which is not empty, replaced. */
export function replaceAll(text: string, old: string, put: string): string {
  if (text.length > longText && old.length <= 16) return replaceUnits(text, old, put)
  const parts = text.split(old)
  checkTextLength(text.length + (parts.length - 1) * (put.length - old.length))
  return parts.join(put)
}

type Units = Uint8Array | Uint16Array

/** `replaceAll` over the units of the texts: one byte each where that is enough. */
function replaceUnits(text: string, old: string, put: string): string {
  const isNarrow = !/[^\0-\xff]/.test(text) && !/[^\0-\xff]/.test(put)
  if (isNarrow && /[^\0-\xff]/.test(old)) return text
  const unitsOf = isNarrow ? narrowUnits : wideUnits
  const source = unitsOf(text)
  const pattern = unitsOf(old)
  const count = countOf(source, pattern)
  if (count === 0) return text
  const length = text.length + count * (put.length - old.length)
  checkTextLength(length)
  const target = isNarrow ? new Uint8Array(length) : new Uint16Array(length)
  fillReplaced(target, source, pattern, unitsOf(put))
  const bytes = Buffer.from(target.buffer, target.byteOffset, target.byteLength)
  return bytes.toString(isNarrow ? 'latin1' : 'utf16le')
}

function narrowUnits(text: string): Units {
  return Buffer.from(text, 'latin1')
}

function wideUnits(text: string): Units {
  const units = new Uint16Array(text.length)
  Buffer.from(units.buffer).write(text, 'utf16le')
  return units
}

function isAt(source: Units, pattern: Units, at: number): boolean {
  for (let i = 0; i < pattern.length; i++) if (source[at + i] !== pattern[i]) return false
  return true
}

function countOf(source: Units, pattern: Units): number {
  const first = pattern[0]!
  let count = 0
  for (let at = 0; at + pattern.length <= source.length; at++) {
    if (source[at] !== first || !isAt(source, pattern, at)) continue
    count++
    at += pattern.length - 1
  }
  return count
}

function fillReplaced(target: Units, source: Units, pattern: Units, put: Units): void {
  const first = pattern[0]!
  let end = 0
  for (let at = 0; at < source.length;) {
    if (source[at] !== first || !isAt(source, pattern, at)) {
      target[end++] = source[at++]!
      continue
    }
    for (let i = 0; i < put.length; i++) target[end++] = put[i]!
    at += pattern.length
  }
}
