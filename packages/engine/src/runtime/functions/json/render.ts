/**
 * JSONB as JSON text: what SQLite's canonical form is. Numbers and texts come out as they were written, but for what only JSON5 has.
 *
 * A damaged element ends in the error `malformed JSON`.
 */
import { decodeUtf8 } from '../../../record/index.ts'
import { checkTextLength } from '../../../base/long-text.ts'
import { isDigit, isHexDigit, isLineSeparator, isPlain, hexValue } from './characters.ts'
import {
  arrayType,
  ByteWriter,
  falseType,
  float5Type,
  floatType,
  int5Type,
  intType,
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
import { malformedJson, nestedTooDeep } from './path.ts'

const shortEscapes: ReadonlyMap<number, string> = new Map([
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
])

function controlEscape(byte: number): string {
  return shortEscapes.get(byte) ?? `\\u00${byte < 16 ? '0' : ''}${byte.toString(16)}`
}

const maxUint64 = (1n << 64n) - 1n

/** JSON text that is being put together. */
export class JsonWriter extends ByteWriter {
  /** Arrays and objects around what is being written. */
  depth = 0

  /** The text so far. */
  text(): string {
    checkTextLength(this.size)
    return decodeUtf8(this.bytes, 0, this.size)
  }

  /** SQL text in quotes, with escapes where JSON needs them. */
  quoted(from: Uint8Array, start: number, count: number): void {
    this.byte(0x22)
    const end = start + count
    let done = start
    for (let i = start; i < end; i++) {
      const byte = from[i]!
      if (isPlain[byte] === 1 || byte === 0x27) continue
      this.copy(from, done, i - done)
      done = i + 1
      if (byte === 0x22) this.ascii('\\"')
      else if (byte === 0x5c) this.ascii('\\\\')
      else this.ascii(controlEscape(byte))
    }
    this.copy(from, done, end - done)
    this.byte(0x22)
  }

  /** The element at `i`; answers where it ends. */
  value(json: Jsonb, i: number): number {
    const header = json.headerSize(i)
    if (header === 0) throw malformedJson()
    const { bytes } = json
    const size = json.payloadSize
    const start = i + header
    const end = start + size
    switch (bytes[i]! & 0x0f) {
      case nullType:
        this.ascii('null')
        return i + 1
      case trueType:
        this.ascii('true')
        return i + 1
      case falseType:
        this.ascii('false')
        return i + 1
      case intType:
      case floatType:
        if (size === 0) throw malformedJson()
        this.copy(bytes, start, size)
        break
      case int5Type:
        this.#hexadecimal(bytes, start, end)
        break
      case float5Type:
        this.#float5(bytes, start, end)
        break
      case textType:
      case textJType:
        this.byte(0x22)
        this.copy(bytes, start, size)
        this.byte(0x22)
        break
      case text5Type:
        this.#text5(bytes, start, end)
        break
      case textRawType:
        this.quoted(bytes, start, size)
        break
      case arrayType:
        this.#array(json, start, end)
        break
      case objectType:
        this.#object(json, start, end)
        break
      default:
        throw malformedJson()
    }
    return end
  }

  #array(json: Jsonb, start: number, end: number): void {
    this.byte(0x5b)
    if (++this.depth > maxJsonDepth) throw nestedTooDeep()
    let i = start
    while (i < end) {
      if (i > start) this.byte(0x2c)
      i = this.value(json, i)
    }
    if (i > end) throw malformedJson()
    this.depth--
    this.byte(0x5d)
  }

  #object(json: Jsonb, start: number, end: number): void {
    this.byte(0x7b)
    if (++this.depth > maxJsonDepth) throw nestedTooDeep()
    let i = start
    let isValue = false
    while (i < end) {
      if (i > start) this.byte(isValue ? 0x3a : 0x2c)
      i = this.value(json, i)
      isValue = !isValue
    }
    if (i > end || isValue) throw malformedJson()
    this.depth--
    this.byte(0x7d)
  }

  #hexadecimal(bytes: Uint8Array, start: number, end: number): void {
    if (start === end) throw malformedJson()
    let i = start + 2
    if (bytes[start] === 0x2d || bytes[start] === 0x2b) i++
    if (bytes[start] === 0x2d) this.byte(0x2d)
    let value = 0n
    let isTooLarge = false
    for (; i < end; i++) {
      if (!isHexDigit(bytes[i]!)) throw malformedJson()
      const next = value * 16n + BigInt(hexValue(bytes[i]!))
      if (next > maxUint64) isTooLarge = true
      else value = next
    }
    this.ascii(isTooLarge ? '9.0e999' : String(value))
  }

  /** Digits where JSON needs them, on both sides of the point. */
  #float5(bytes: Uint8Array, start: number, end: number): void {
    if (start === end) throw malformedJson()
    let i = start
    if (bytes[i] === 0x2d) {
      this.byte(0x2d)
      if (end - start <= 1) throw malformedJson()
      i++
    }
    if (bytes[i] === 0x2e) this.byte(0x30)
    for (; i < end; i++) {
      this.byte(bytes[i]!)
      if (bytes[i] === 0x2e && (i + 1 === end || !isDigit(bytes[i + 1]!))) this.byte(0x30)
    }
  }

  #text5(bytes: Uint8Array, start: number, end: number): void {
    this.byte(0x22)
    let i = start
    while (i < end) {
      const byte = bytes[i]!
      if (byte === 0x22) {
        this.ascii('\\"')
        i++
      } else if (byte <= 0x1f) {
        this.ascii(controlEscape(byte))
        i++
      } else if (byte === 0x5c) i = this.#escape5(bytes, i, end)
      else {
        this.byte(byte)
        i++
      }
    }
    this.byte(0x22)
  }

  /** An escape of JSON5 as one of JSON; answers where it ends. */
  #escape5(bytes: Uint8Array, i: number, end: number): number {
    if (i + 2 > end) throw malformedJson()
    switch (bytes[i + 1]) {
      case 0x27:
        this.byte(0x27)
        return i + 2
      case 0x76:
        this.ascii('\\u000b')
        return i + 2
      case 0x78:
        if (i + 4 > end) throw malformedJson()
        this.ascii('\\u00')
        this.copy(bytes, i + 2, 2)
        return i + 4
      case 0x30:
        this.ascii('\\u0000')
        return i + 2
      case 0x0d:
        return i + 2 < end && bytes[i + 2] === 0x0a ? i + 3 : i + 2
      case 0x0a:
        return i + 2
      case 0xe2:
        if (i + 4 > end || !isLineSeparator(bytes, i + 1)) throw malformedJson()
        return i + 4
      default:
        this.copy(bytes, i, 2)
        return i + 2
    }
  }
}

/** Texts are written one at a time: a text that is being written asks for no other. */
const writer = new JsonWriter(1024)

/** An empty writer, which is good until it is asked for again. */
export function freshWriter(): JsonWriter {
  writer.size = 0
  writer.depth = 0
  return writer
}

/** The JSON text of the element at `i`. */
export function jsonText(json: Jsonb, i: number): string {
  const out = freshWriter()
  out.value(json, i)
  return out.text()
}

/** What `json_pretty()` makes of JSONB: a line for each element, indented by its depth. */
export function prettyText(json: Jsonb, indent: Uint8Array): string {
  const out = freshWriter()
  prettyElement(out, json, 0, indent, 0)
  return out.text()
}

function newLine(out: JsonWriter, indent: Uint8Array, level: number): void {
  out.byte(0x0a)
  for (let i = 0; i < level; i++) out.copy(indent, 0, indent.length)
}

function prettyElement(
  out: JsonWriter,
  json: Jsonb,
  i: number,
  indent: Uint8Array,
  level: number,
): number {
  const header = json.headerSize(i)
  if (header === 0) throw malformedJson()
  const type = json.type(i)
  if (type !== arrayType && type !== objectType) return out.value(json, i)
  const isObject = type === objectType
  const start = i + header
  const end = start + json.payloadSize
  out.byte(isObject ? 0x7b : 0x5b)
  if (start < end) {
    if (level + 1 >= maxJsonDepth) throw nestedTooDeep()
    for (let at = start; at < end;) {
      if (at > start) out.byte(0x2c)
      newLine(out, indent, level + 1)
      if (isObject) {
        out.depth = level + 1
        at = out.value(json, at)
        if (at > end) throw malformedJson()
        out.ascii(': ')
      }
      at = prettyElement(out, json, at, indent, level + 1)
      if (at > end && !isObject) throw malformedJson()
    }
    newLine(out, indent, level)
  }
  out.byte(isObject ? 0x7d : 0x5d)
  return end
}
