/** Whether JSONB keeps to its format in all its parts. */
import { are4Hex, isDigit, isHexDigit, isPlain } from './characters.ts'
import { lastCharacter, noCharacter, unescape } from './escape.ts'
import {
  arrayType,
  falseType,
  float5Type,
  floatType,
  int5Type,
  intType,
  isLabelType,
  maxJsonDepth,
  nullType,
  objectType,
  text5Type,
  textJType,
  textRawType,
  textType,
  trueType,
} from './jsonb.ts'
import type { Jsonb } from './jsonb.ts'

/** 0, or the place of a mistake, from 1: that of the byte, or of the element in which it is. */
export function findInvalid(json: Jsonb): number {
  return invalidElement(json, 0, 1)
}

function invalidElement(json: Jsonb, i: number, depth: number): number {
  if (depth > maxJsonDepth) return i + 1
  const start = i + json.headerSize(i)
  const size = json.payloadSize
  const end = start + size
  const { bytes } = json
  const type = bytes[i]! & 0x0f
  switch (type) {
    case nullType:
    case trueType:
    case falseType:
      return end - i === 1 ? 0 : i + 1
    case intType:
      return invalidInteger(bytes, i, start, end)
    case int5Type:
      return invalidHexadecimal(bytes, i, start, end)
    case floatType:
    case float5Type:
      return invalidFloat(bytes, i, start, end, type === floatType)
    case textType:
      for (let j = start; j < end; j++)
        if (isPlain[bytes[j]!] === 0 && bytes[j] !== 0x27) return j + 1
      return 0
    case textJType:
    case text5Type:
      return invalidText(bytes, start, end, type === text5Type)
    case textRawType:
      return 0
    case arrayType:
    case objectType:
      return invalidContainer(json, start, end, type === objectType, depth)
    default:
      return i + 1
  }
}

function invalidContainer(
  json: Jsonb,
  start: number,
  end: number,
  isObject: boolean,
  depth: number,
): number {
  let count = 0
  let j = start
  while (j < end) {
    const header = json.headerSize(j)
    const next = j + header + json.payloadSize
    if (header === 0 || next > end) return j + 1
    if (isObject && count % 2 === 0 && !isLabelType(json.type(j))) return j + 1
    const invalid = invalidElement(json, j, depth + 1)
    if (invalid !== 0) return invalid
    count++
    j = next
  }
  return isObject && count % 2 === 1 ? j + 1 : 0
}

function invalidInteger(bytes: Uint8Array, i: number, start: number, end: number): number {
  if (end - start < 1) return i + 1
  let j = start
  if (bytes[j] === 0x2d) {
    j++
    if (end - start < 2) return i + 1
  }
  for (; j < end; j++) if (!isDigit(bytes[j]!)) return j + 1
  return 0
}

function invalidHexadecimal(bytes: Uint8Array, i: number, start: number, end: number): number {
  if (end - start < 3) return i + 1
  let j = start
  if (bytes[j] === 0x2d) {
    if (end - start < 4) return i + 1
    j++
  }
  if (bytes[j] !== 0x30) return i + 1
  if ((bytes[j + 1]! | 0x20) !== 0x78) return j + 2
  for (j += 2; j < end; j++) if (!isHexDigit(bytes[j]!)) return j + 1
  return 0
}

function invalidFloat(
  bytes: Uint8Array,
  i: number,
  start: number,
  end: number,
  isStrict: boolean,
): number {
  if (end - start < 2) return i + 1
  let j = start
  if (bytes[j] === 0x2d) {
    j++
    if (end - start < 3) return i + 1
  }
  let hasPoint = false
  let hasExponent = false
  if (bytes[j] === 0x2e) {
    if (isStrict || !isDigit(bytes[j + 1]!)) return j + 1
    j += 2
    hasPoint = true
  } else if (bytes[j] === 0x30 && isStrict) {
    if (j + 3 > end) return j + 1
    if (bytes[j + 1] !== 0x2e && (bytes[j + 1]! | 0x20) !== 0x65) return j + 1
    j++
  }
  for (; j < end; j++) {
    const byte = bytes[j]!
    if (isDigit(byte)) continue
    const isLast = j === end - 1
    if (byte === 0x2e) {
      if (hasPoint || hasExponent) return j + 1
      if (isStrict && (isLast || !isDigit(bytes[j + 1]!))) return j + 1
      hasPoint = true
    } else if ((byte | 0x20) === 0x65) {
      if (hasExponent || isLast) return j + 1
      if (bytes[j + 1] === 0x2b || bytes[j + 1] === 0x2d) {
        j++
        if (j === end - 1) return j + 1
      }
      hasExponent = true
    } else return j + 1
  }
  return hasPoint || hasExponent ? 0 : i + 1
}

function invalidText(bytes: Uint8Array, start: number, end: number, is5: boolean): number {
  for (let j = start; j < end; j++) {
    const byte = bytes[j]!
    if (isPlain[byte] === 1 || byte === 0x27) continue
    if (byte !== 0x5c) {
      if (!is5) return j + 1
      continue
    }
    if (j + 1 >= end) return j + 1
    if (isShortEscape(bytes[j + 1]!)) j++
    else if (bytes[j + 1] === 0x75) {
      if (j + 5 >= end || !are4Hex(bytes, j + 2)) return j + 1
      j++
    } else {
      if (!is5) return j + 1
      const size = unescape(bytes, j, end)
      if (lastCharacter() === noCharacter) return j + 1
      j += size - 1
    }
  }
  return 0
}

/** Behind a backslash. A NUL passes too, as in SQLite. */
function isShortEscape(byte: number): boolean {
  return '"\\/bfnrt\0'.includes(String.fromCharCode(byte))
}
