/** Texts and BLOBs as literals of other languages: SQL, C, JSON, HTML, CSV. What they write is sqlite3's, byte for byte. */
import { bytesOfText, characterCount } from './text.ts'

/** A text as SQL has it. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A text as SQL has it, on one line: what ends lines is put in by `replace()`. */
export function sqlTextOnOneLine(text: string): string {
  const feed = text.includes('\n') ? absentFrom(text, '\\n', '\\012') : null
  const carriage = text.includes('\r') ? absentFrom(text, '\\r', '\\015') : null
  let literal = sqlText(text)
  if (feed !== null) literal = literal.replaceAll('\n', () => feed)
  if (carriage !== null)
    literal = `replace(${literal.replaceAll('\r', () => carriage)},'${carriage}',char(13))`
  return feed === null ? literal : `replace(${literal},'${feed}',char(10))`
}

/** One of two texts that another one does not hold, or one made up. */
function absentFrom(text: string, first: string, second: string): string {
  if (!text.includes(first)) return first
  if (!text.includes(second)) return second
  for (let i = 0; ; i++) {
    const made = `(${first}${i})`
    if (!text.includes(made)) return made
  }
}

/** A BLOB as SQL has it. */
export function sqlBlob(bytes: Uint8Array, letter: 'X' | 'x'): string {
  return `${letter}'${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}'`
}

/** A name in double quotes. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

const cEscapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
}

/** A text as C and Tcl have it; bytes outside of ASCII in octal. */
export function cText(text: string): string {
  let literal = '"'
  for (const byte of bytesOfText(text)) {
    const character = String.fromCharCode(byte)
    const escape = cEscapes[character]
    if (escape !== undefined) literal += escape
    else if (byte < 0x20 || byte > 0x7e) literal += `\\${byte.toString(8).padStart(3, '0')}`
    else literal += character
  }
  return `${literal}"`
}

const jsonEscapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/** A text as JSON has it. */
export function jsonText(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are escaped
  if (!/[\0-\x1f"\\]/.test(text)) return `"${text}"`
  // eslint-disable-next-line no-control-regex -- as above
  const escaped = text.replaceAll(/[\0-\x1f"\\]/g, (character) => {
    return jsonEscapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  return `"${escaped}"`
}

const htmlEscapes: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '&': '&amp;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A text as HTML has it. */
export function htmlText(text: string): string {
  return text.replaceAll(/[<&>"']/g, (character) => htmlEscapes[character]!)
}

// eslint-disable-next-line no-control-regex -- control characters are quoted too
const quotedInCsv = /[\0-\x20"'\x7f-\uffff]/

/** A text as CSV has it: quoted where a reader could take it apart, and where it is empty. */
export function csvText(text: string, separator: string): string {
  const isPlain = text !== '' && !quotedInCsv.test(text) && !text.includes(separator)
  return isPlain ? text : quotedName(text)
}

/** Whether a text is a number as `insert` and `quote` take it, where they know no types. */
export function isNumber(text: string): boolean {
  return /^[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(text)
}

/** A text with so many characters, by spaces behind it or (negative) before it, or cut. */
export function fitted(text: string, width: number): string {
  const wanted = Math.abs(width)
  const count = characterCount(text)
  if (count === wanted) return text
  if (count > wanted) return firstCharacters(text, wanted)
  const space = ' '.repeat(wanted - count)
  return width < 0 ? space + text : text + space
}

/** The first characters of a text; for 0, as in sqlite3, all of them. */
function firstCharacters(text: string, count: number): string {
  if (count === 0) return text
  const characters = [...text]
  let seen = 0
  let end = 0
  while (end < characters.length && (seen < count || characterCount(characters[end]!) === 0)) {
    seen += characterCount(characters[end]!)
    end++
  }
  return characters.slice(0, end).join('')
}
