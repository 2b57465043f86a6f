/**
 * Text as the sqlite3 shell has it: bytes in UTF-8, which end at a NUL. A string here stands for such bytes. A byte that is no UTF-8
 * (a BLOB shown as text) is the lone surrogate U+DC00 + byte, which no text from a database holds, so that it leaves as it came.
 */

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const loneByte = 0xdc00

/** The string that stands for bytes. */
export function textOfBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch {
    return textOfDamaged(bytes)
  }
}

function textOfDamaged(bytes: Uint8Array): string {
  let text = ''
  let start = 0
  let at = 0
  while (at < bytes.length) {
    const size = characterSize(bytes, at)
    if (size > 0) {
      at += size
      continue
    }
    text += strict.decode(bytes.subarray(start, at))
    text += String.fromCharCode(loneByte + bytes[at]!)
    at++
    start = at
  }
  return text + strict.decode(bytes.subarray(start))
}

/** Bytes of the character that begins at `at`; 0: none does. (RFC 3629 §4) */
function characterSize(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!
  if (first < 0x80) return 1
  const size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
  if (size === 0 || at + size > bytes.length) return 0
  const second = bytes[at + 1]!
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (second < least || second > most) return 0
  for (let i = 2; i < size; i++) if ((bytes[at + i]! & 0xc0) !== 0x80) return 0
  return size
}

const loneBytes = /(?<![\ud800-\udbff])[\udc80-\udcff]/

/** The bytes that a string stands for. */
export function bytesOfText(text: string): Buffer {
  if (!loneBytes.test(text)) return Buffer.from(text, 'utf8')
  const pieces: Buffer[] = []
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0xd800 || code > 0xdfff) continue
    if (code < 0xdc00) {
      at++
      continue
    }
    if (code < loneByte + 0x80 || code > loneByte + 0xff) continue
    pieces.push(Buffer.from(text.slice(start, at), 'utf8'), Buffer.of(code - loneByte))
    start = at + 1
  }
  pieces.push(Buffer.from(text.slice(start), 'utf8'))
  return Buffer.concat(pieces)
}

/** A text up to its first NUL. */
export function untilNul(text: string): string {
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}

/** Bytes of a text. */
export function byteLength(text: string): number {
  return loneBytes.test(text) ? bytesOfText(text).length : Buffer.byteLength(text)
}

/** Characters as sqlite3 counts them: bytes that continue no other. */
export function characterCount(text: string): number {
  // eslint-disable-next-line no-control-regex -- ASCII is meant
  if (/^[\0-\x7f]*$/.test(text)) return text.length
  let count = 0
  for (const character of text) {
    const code = character.codePointAt(0)!
    if (code < loneByte + 0x80 || code >= loneByte + 0xc0) count++
  }
  return count
}

/** Spaces behind a text, or before it where `width` is negative, up to so many bytes (`%-*s`, `%*s` of C). */
export function padBytes(text: string, width: number): string {
  const space = ' '.repeat(Math.max(0, Math.abs(width) - byteLength(text)))
  return width < 0 ? space + text : text + space
}

/** What `isspace` of C takes for space. */
export function isSpace(character: string | undefined): boolean {
  return character !== undefined && character !== '' && ' \t\n\v\f\r'.includes(character)
}
