/** Escapes in texts of JSON and JSON5: what character one stands for, and whether two labels are the same. */
import { hexValue, hexValue4, isDigit, isLineSeparator } from './characters.ts'

/** Instead of a character: the escape is none. */
export const noCharacter = 0x99999

/** The character that `unescape` or `readCharacter` has read. */
let character = 0

export function lastCharacter(): number {
  return character
}

/** Reads the escape that begins at `i`, before `end`, with a backslash; answers its size. */
export function unescape(bytes: Uint8Array, i: number, end: number): number {
  const count = end - i
  if (count < 2) return invalid(count)
  switch (bytes[i + 1]) {
    case 0x75:
      return unescapeUnit(bytes, i, count)
    case 0x62:
      return is(0x08)
    case 0x66:
      return is(0x0c)
    case 0x6e:
      return is(0x0a)
    case 0x72:
      return is(0x0d)
    case 0x74:
      return is(0x09)
    case 0x76:
      return is(0x0b)
    case 0x30:
      return is(count > 2 && isDigit(bytes[i + 2]!) ? noCharacter : 0)
    case 0x27:
    case 0x22:
    case 0x2f:
    case 0x5c:
      return is(bytes[i + 1]!)
    case 0x78:
      if (count < 4) return invalid(count)
      character = (hexValue(bytes[i + 2]!) << 4) | hexValue(bytes[i + 3]!)
      return 4
    case 0xe2:
    case 0x0d:
    case 0x0a:
      return unescapeLineEnd(bytes, i, end)
    default:
      return is(noCharacter)
  }
}

function is(value: number): number {
  character = value
  return 2
}

function invalid(size: number): number {
  character = noCharacter
  return size
}

/** `\u` and four digits, or two of them that are a pair of surrogates. */
function unescapeUnit(bytes: Uint8Array, i: number, count: number): number {
  if (count < 6) return invalid(count)
  const unit = hexValue4(bytes, i + 2)
  character = unit
  if ((unit & 0xfc00) !== 0xd800 || count < 12) return 6
  if (bytes[i + 6] !== 0x5c || bytes[i + 7] !== 0x75) return 6
  const low = hexValue4(bytes, i + 8)
  if ((low & 0xfc00) !== 0xdc00) return 6
  character = ((unit & 0x3ff) << 10) + (low & 0x3ff) + 0x10000
  return 12
}

/** Ends of lines behind a backslash stand for nothing: the character is the next one. */
function unescapeLineEnd(bytes: Uint8Array, i: number, end: number): number {
  const next = skipLineEnds(bytes, i, end)
  if (next === i) return invalid(end - i)
  if (next === end) {
    character = 0
    return end - i
  }
  const size = bytes[next] === 0x5c ? unescape(bytes, next, end) : readCharacter(bytes, next, end)
  return next - i + size
}

function skipLineEnds(bytes: Uint8Array, start: number, end: number): number {
  let i = start
  while (i + 1 < end && bytes[i] === 0x5c) {
    if (bytes[i + 1] === 0x0a) i += 2
    else if (bytes[i + 1] === 0x0d) i += i + 2 < end && bytes[i + 2] === 0x0a ? 3 : 2
    else if (i + 3 < end && isLineSeparator(bytes, i + 1)) i += 4
    else break
  }
  return i
}

/** Reads one character of UTF-8 as SQLite does, valid or not; answers its size. (`sqlite3Utf8ReadLimited`) */
function readCharacter(bytes: Uint8Array, i: number, end: number): number {
  let value = bytes[i]!
  let next = i + 1
  if (value >= 0xc0) {
    value =
      value < 0xe0
        ? value & 0x1f
        : value < 0xf0
          ? value & 0x0f
          : value < 0xf8
            ? value & 0x07
            : value < 0xfc
              ? value & 0x03
              : value < 0xfe
                ? value & 0x01
                : 0
    const limit = Math.min(end, i + 4)
    while (next < limit && (bytes[next]! & 0xc0) === 0x80)
      value = ((value << 6) + (bytes[next++]! & 0x3f)) >>> 0
  }
  character = value
  return next - i
}

/** A label as bytes: where it stands, and whether it has no escapes. */
function nextOfLabel(bytes: Uint8Array, i: number, end: number, isRaw: boolean): number {
  if (i >= end) {
    character = 0
    return i
  }
  if (!isRaw && bytes[i] === 0x5c) return i + unescape(bytes, i, end)
  return i + readCharacter(bytes, i, end)
}

/** Whether two labels are the same. A NUL that is escaped ends a label. */
export function sameLabel(
  a: Uint8Array,
  aStart: number,
  aSize: number,
  aRaw: boolean,
  b: Uint8Array,
  bStart: number,
  bSize: number,
  bRaw: boolean,
): boolean {
  if (aRaw && bRaw) {
    if (aSize !== bSize) return false
    for (let k = 0; k < aSize; k++) if (a[aStart + k] !== b[bStart + k]) return false
    return true
  }
  let i = aStart
  let j = bStart
  for (;;) {
    i = nextOfLabel(a, i, aStart + aSize, aRaw)
    const left = character
    j = nextOfLabel(b, j, bStart + bSize, bRaw)
    if (left !== character) return false
    if (left === 0) return true
  }
}
