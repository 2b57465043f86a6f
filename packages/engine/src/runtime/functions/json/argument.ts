/** JSON that is given to a function: text, JSONB, or any other value as its text. The last few texts are not parsed again. */
import type { TextEncoding, Value } from '../../../record/index.ts'
import { blobAsText, toText } from '../../convert.ts'
import { isDigit } from './characters.ts'
import { falseType, Jsonb, objectType } from './jsonb.ts'
import { parseJson } from './parse.ts'
import type { ParsedText } from './parse.ts'
import { malformedJson } from './path.ts'
import { findInvalid } from './validity.ts'

/**
 * A BLOB as JSONB, if it looks like some: one element as long as the BLOB. A short one that could be JSON text is looked through, for text that was cast to
 * a BLOB is read as that text.
 */
export function jsonbOfBlob(blob: Uint8Array): Jsonb | null {
  if (blob.length === 0) return null
  const json = new Jsonb(blob)
  const first = blob[0]!
  const type = first & 0x0f
  if (type > objectType) return null
  const header = json.headerSize(0)
  const size = json.payloadSize
  if (header === 0 || header + size !== blob.length) return null
  if (type <= falseType && size > 0) return null
  const mayBeText = size <= 7 && (first === 0x7b || first === 0x5b || isDigit(first))
  return mayBeText && findInvalid(json) !== 0 ? null : json
}

/** Whether what lies from `at` to the end of `json` is certainly JSONB, by its first element. */
export function isJsonbAt(json: Jsonb, at: number): boolean {
  const first = json.bytes[at]!
  const type = first & 0x0f
  const header = json.headerSize(at)
  const size = json.payloadSize
  if (type > objectType || header === 0 || at + header + size !== json.size) return false
  if (type <= falseType && size > 0) return false
  return size > 7 || !(first === 0x7b || first === 0x5b || isDigit(first))
}

const mostTexts = 4
const texts: string[] = []
const results: (ParsedText | null)[] = []
let nextPlace = 0

/** `parseJson` of a text, from memory where it is one of the last. */
export function parseRemembered(text: string): ParsedText | null {
  for (let i = 0; i < texts.length; i++) if (texts[i] === text) return results[i]!
  const parsed = parseJson(text)
  // What is long is better let go.
  if (text.length > maxRemembered) return parsed
  texts[nextPlace] = text
  results[nextPlace] = parsed
  nextPlace = (nextPlace + 1) % mostTexts
  return parsed
}

const maxRemembered = 1_000_000

/** The parsed text that a value is; null: it is malformed. */
export function parsedText(value: Exclude<Value, null>): ParsedText | null {
  return value instanceof Uint8Array ? parseJson(value) : parseRemembered(toText(value)!)
}

/** The JSON that a function is given, which is not to be changed; null of NULL. */
export function jsonOf(value: Value): Jsonb | null {
  if (value === null) return null
  if (value instanceof Uint8Array) {
    const json = jsonbOfBlob(value)
    if (json !== null) return json
  }
  const parsed = parsedText(value)
  if (parsed === null) throw malformedJson()
  return new Jsonb(parsed.bytes)
}

/** JSON in a database of UTF-16: a BLOB that is not JSONB stands for the text that its bytes are there. */
export function blobUnlessJsonb(value: Value, encoding: TextEncoding): Value {
  if (!(value instanceof Uint8Array) || jsonbOfBlob(value) !== null) return value
  return blobAsText(value, encoding)
}
