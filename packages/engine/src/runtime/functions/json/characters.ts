/** Which bytes mean what in JSON and JSON5. */

/** A table with 1 from `first` on, but for `others`. */
function from(first: number, ...others: readonly number[]): Uint8Array {
  const table = new Uint8Array(256).fill(1, first)
  for (const byte of others) table[byte] = 0
  return table
}

/** May stand in a text of JSON or JSON5 whatever quotes it: no control character, quote or backslash. */
export const isPlain: Uint8Array = from(0x20, 0x22, 0x27, 0x5c)

/** May stand in a text of JSON as it is: all but control characters, `"` and `\`. */
export const inText: Uint8Array = from(0x20, 0x22, 0x5c)

/** White space of JSON. */
export const isSpace: Uint8Array = new Uint8Array(256)
for (const byte of [0x20, 0x09, 0x0a, 0x0d]) isSpace[byte] = 1

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

export function isHexDigit(byte: number): boolean {
  return isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66)
}

export function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a
}

export function isAlphanumeric(byte: number): boolean {
  return isDigit(byte) || isLetter(byte)
}

/** The digit's value; of a byte that is none, whatever comes of the same arithmetic as in SQLite. */
export function hexValue(byte: number): number {
  return (byte + 9 * (1 & (byte >> 6))) & 0xf
}

export function hexValue4(bytes: Uint8Array, i: number): number {
  return (
    (hexValue(bytes[i]!) << 12) |
    (hexValue(bytes[i + 1]!) << 8) |
    (hexValue(bytes[i + 2]!) << 4) |
    hexValue(bytes[i + 3]!)
  )
}

export function are2Hex(bytes: Uint8Array, i: number): boolean {
  return isHexDigit(bytes[i]!) && isHexDigit(bytes[i + 1]!)
}

export function are4Hex(bytes: Uint8Array, i: number): boolean {
  return are2Hex(bytes, i) && are2Hex(bytes, i + 2)
}

/** A label without quotes begins with a letter, `$`, `_` or anything beyond ASCII. */
export function beginsLabel(byte: number): boolean {
  return isLetter(byte) || byte === 0x24 || byte === 0x5f || byte >= 0x80
}

/** Bytes of U+2028 or U+2029 at `i`. */
export function isLineSeparator(bytes: Uint8Array, i: number): boolean {
  return (
    bytes[i] === 0xe2 && bytes[i + 1] === 0x80 && (bytes[i + 2] === 0xa8 || bytes[i + 2] === 0xa9)
  )
}

/** Where the white space and the comments of JSON5 end that begin at `i`. A NUL must follow the text. */
export function skipJson5Space(bytes: Uint8Array, i: number): number {
  for (;;) {
    const byte = bytes[i]!
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) i++
    else if (byte === 0x2f) {
      const end = commentEnd(bytes, i)
      if (end === i) return i
      i = end
    } else {
      const size = byte < 0x80 ? 0 : wideSpaceSize(bytes, i)
      if (size === 0) return i
      i += size
    }
  }
}

function commentEnd(bytes: Uint8Array, i: number): number {
  if (bytes[i + 1] === 0x2a && bytes[i + 2] !== 0) {
    let j = i + 3
    for (; bytes[j] !== 0x2f || bytes[j - 1] !== 0x2a; j++) if (bytes[j] === 0) return i
    return j + 1
  }
  if (bytes[i + 1] !== 0x2f) return i
  let j = i + 2
  for (; bytes[j] !== 0 && bytes[j] !== 0x0a && bytes[j] !== 0x0d; j++) {
    if (isLineSeparator(bytes, j)) {
      j += 2
      break
    }
  }
  return bytes[j] === 0 ? j : j + 1
}

/** U+00A0, U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000, U+FEFF. */
function wideSpaceSize(bytes: Uint8Array, i: number): number {
  const second = bytes[i + 1]!
  const third = bytes[i + 2]!
  switch (bytes[i]) {
    case 0xc2:
      return second === 0xa0 ? 2 : 0
    case 0xe1:
      return second === 0x9a && third === 0x80 ? 3 : 0
    case 0xe2:
      if (second === 0x81) return third === 0x9f ? 3 : 0
      if (second !== 0x80 || third < 0x80) return 0
      return third <= 0x8a || third === 0xa8 || third === 0xa9 || third === 0xaf ? 3 : 0
    case 0xe3:
      return second === 0x80 && third === 0x80 ? 3 : 0
    case 0xef:
      return second === 0xbb && third === 0xbf ? 3 : 0
    default:
      return 0
  }
}

/** Where an escape of JSON ends, from the character behind the backslash; -1: it is none. */
export function skipEscape(data: Uint8Array, i: number): number {
  switch (data[i]) {
    case 0x22:
    case 0x5c:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return i + 1
    case 0x75:
      return are4Hex(data, i + 1) ? i + 5 : -1
    default:
      return -1
  }
}
