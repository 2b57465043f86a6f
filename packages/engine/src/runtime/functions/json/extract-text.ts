/**
 * What a plain path leads to in JSON text, by `scanJson`. The text may still be in its page. `undefined`: the text has to be parsed.
 */
import { decodeUtf8, realValue, textToReal, writeText } from '../../../record/index.ts'
import type { Value } from '../../../record/index.ts'
import { isDigit } from './characters.ts'
import { intType } from './jsonb.ts'
import { wholePath } from './path.ts'
import type { JsonPath } from './path.ts'
import {
  absent,
  countElements,
  foundHasEscapes,
  foundIsCompact,
  foundStart,
  foundStop,
  isWholeCompact,
  longestScanned,
  present,
  scanJson,
  unusual,
} from './scan.ts'
import { payloadValue, unescapedText } from './value.ts'

/** `json`: JSON text of whatever it is. `sql`: a value of SQL, JSON text of arrays and objects. */
export type Wanted = 'json' | 'sql'

/** Of the bytes of a text. */
export function extractBytes(
  data: Uint8Array,
  offset: number,
  size: number,
  path: JsonPath,
  wanted: Wanted,
): Value | undefined {
  const outcome = scanJson(data, offset, size, path)
  if (outcome === unusual) return undefined
  if (outcome === absent) return null
  const start = foundStart()
  const end = foundStop()
  if (wanted === 'json') return foundIsCompact() ? decodeUtf8(data, start, end - start) : undefined
  switch (data[start]) {
    case 0x22:
      return foundHasEscapes()
        ? unescapedText(data, start + 1, end - 1)
        : decodeUtf8(data, start + 1, end - start - 2)
    case 0x7b:
    case 0x5b:
      return foundIsCompact() ? decodeUtf8(data, start, end - start) : undefined
    case 0x74:
      return 1
    case 0x66:
      return 0
    case 0x6e:
      return null
    default:
      return numberOf(data, start, end)
  }
}

/** A number is REAL. */
export function isReal(data: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = data[i]!
    if (byte === 0x2e || (byte | 0x20) === 0x65) return true
  }
  return false
}

/** The value of a number. */
export function numberOf(data: Uint8Array, start: number, end: number): Value {
  // Few digits and nothing else, as most numbers are.
  if (end - start <= 15) {
    let value = 0
    let i = start
    for (; i < end && isDigit(data[i]!); i++) value = value * 10 + data[i]! - 0x30
    if (i === end) return value
  }
  if (!isReal(data, start, end)) return payloadValue(data, intType, start, end)
  return realValue(textToReal(decodeUtf8(data, start, end - start)))
}

/** Where a text becomes bytes: of one unit there are three at most, and a NUL behind them. */
const scratch = Buffer.alloc(longestScanned * 3 + 8)
/** A text that is asked again is parsed, for then it will be remembered. */
let lastText = ''

/** Where a text is that was loaded last. */
export const loadedText: Uint8Array = scratch

/** Looks for a path in a text, which is then in `loadedText`; its size in bytes, or -1: it is not to be had like this. */
export function load(text: string, path: JsonPath): number {
  if (text.length > longestScanned || !path.isPlain || text === lastText) return -1
  lastText = text
  const size = writeText(scratch, 0, text, 'utf8')
  scratch[size] = 0
  return size
}

/** Of a text. */
export function extractText(text: string, path: JsonPath, wanted: Wanted): Value | undefined {
  const size = load(text, path)
  return size < 0 ? undefined : extractBytes(scratch, 0, size, path, wanted)
}

/** The text again, where it is plain JSON without white space, and so as SQLite would write it. */
export function compactText(text: string): string | undefined {
  const size = load(text, wholePath)
  if (size < 0 || scanJson(scratch, 0, size, wholePath) !== present) return undefined
  return isWholeCompact() ? text : undefined
}

/** The text is plain JSON. */
export function isPlainJson(text: string): boolean {
  const size = load(text, wholePath)
  return size >= 0 && scanJson(scratch, 0, size, wholePath) === present
}

/** The type of the element, as `json_type()` names it. */
export function typeInText(text: string, path: JsonPath): string | null | undefined {
  const size = load(text, path)
  return size < 0 ? undefined : typeInBytes(scratch, 0, size, path)
}

export function typeInBytes(
  data: Uint8Array,
  offset: number,
  size: number,
  path: JsonPath,
): string | null | undefined {
  const outcome = scanJson(data, offset, size, path)
  if (outcome !== present) return outcome === absent ? null : undefined
  const type = typeByFirst(data[foundStart()]!)
  return type ?? (isReal(data, foundStart(), foundStop()) ? 'real' : 'integer')
}

/** The type, as `json_type()` names it, of the element that begins with a byte; null: a number. */
export function typeByFirst(byte: number): string | null {
  switch (byte) {
    case 0x22:
      return 'text'
    case 0x7b:
      return 'object'
    case 0x5b:
      return 'array'
    case 0x74:
      return 'true'
    case 0x66:
      return 'false'
    case 0x6e:
      return 'null'
    default:
      return null
  }
}

/** How many elements the element has: 0 if it is no array. */
export function arrayLengthInText(text: string, path: JsonPath): number | null | undefined {
  const size = load(text, path)
  return size < 0 ? undefined : arrayLengthInBytes(scratch, 0, size, path)
}

export function arrayLengthInBytes(
  data: Uint8Array,
  offset: number,
  size: number,
  path: JsonPath,
): number | null | undefined {
  const outcome = scanJson(data, offset, size, path)
  if (outcome !== present) return outcome === absent ? null : undefined
  return data[foundStart()] === 0x5b ? countElements(data, foundStart()) : 0
}
