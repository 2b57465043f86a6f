/**
 * JSON text to JSONB. JSON5 is read too; `isStandard` tells whether the text kept to RFC 8259.
 *
 * Numbers and texts are kept as they are written. An element is parsed by `element`, which answers where it ends, or a code
 * for what it found instead; `errorAt` is then where. These places are SQLite's, for json_error_position() tells them. (The JSONB
 * Format; JSON Functions And Operators §3.)
 */
import { encodedTextSize, writeText } from '../../../record/index.ts'
import {
  are2Hex,
  are4Hex,
  beginsLabel,
  isAlphanumeric,
  isDigit,
  isHexDigit,
  isLineSeparator,
  isPlain,
  isSpace,
  skipEscape,
  skipJson5Space,
} from './characters.ts'
import {
  arrayType,
  ByteWriter,
  falseType,
  floatType,
  intType,
  isLabelType,
  maxJsonDepth,
  nullType,
  objectType,
  text5Type,
  textJType,
  textType,
  trueType,
} from './jsonb.ts'

const endOfText = 0
const mistake = -1
const closingBrace = -2
const closingBracket = -3
const comma = -4
const colon = -5

/** Names of numbers that JSON does not have: in any case of letters, and not as the beginning of a longer word. */
const numberNames = ['inf', 'infinity', 'nan', 'qnan', 'snan']
const infinity = Buffer.from('9e999')
const minusInfinity = Buffer.from('-9e999')

class TextParser {
  /** The text, with NULs behind it. */
  source: Uint8Array = Buffer.alloc(1024)
  size = 0
  readonly out = new ByteWriter(1024)
  depth = 0
  errorAt = 0
  isStandard = true

  load(text: string): void {
    // A text of more than a third of the buffer may need more bytes than it has room for.
    const size = text.length * 3 + 8 <= this.source.length ? 0 : encodedTextSize(text, 'utf8')
    this.#reserve(size)
    this.size = writeText(this.source, 0, text, 'utf8')
    this.#end()
  }

  loadBytes(bytes: Uint8Array, offset: number, size: number): void {
    this.#reserve(size)
    const { source } = this
    if (size <= 96) for (let i = 0; i < size; i++) source[i] = bytes[offset + i]!
    else source.set(bytes.subarray(offset, offset + size))
    this.size = size
    this.#end()
  }

  /** NULs behind the text. */
  #end(): void {
    for (let i = 0; i < 8; i++) this.source[this.size + i] = 0
  }

  #reserve(size: number): void {
    if (size + 8 > this.source.length) this.source = Buffer.allocUnsafe(size * 2 + 8)
  }

  /** Parses the whole text into `out`; false: it is malformed. */
  parse(): boolean {
    this.out.size = 0
    this.depth = 0
    this.errorAt = 0
    this.isStandard = true
    if (this.size === 0) return false
    const { source } = this
    let i = this.element(0)
    if (i <= 0) return false
    while (isSpace[source[i]!] === 1) i++
    if (source[i] === 0) return true
    i = skipJson5Space(source, i)
    this.isStandard = false
    return source[i] === 0
  }

  element(i: number): number {
    const { source } = this
    for (;;) {
      const byte = source[i]!
      switch (byte) {
        case 0x22:
          return this.#text(i, false)
        case 0x7b:
          return this.#object(i)
        case 0x5b:
          return this.#array(i)
        case 0x30:
        case 0x31:
        case 0x32:
        case 0x33:
        case 0x34:
        case 0x35:
        case 0x36:
        case 0x37:
        case 0x38:
        case 0x39:
        case 0x2d:
        case 0x2b:
          return this.#number(i)
        case 0x20:
        case 0x09:
        case 0x0a:
        case 0x0d:
          i++
          while (isSpace[source[i]!] === 1) i++
          continue
        case 0x74:
          return this.#word(i, 'true', trueType)
        case 0x66:
          return this.#word(i, 'false', falseType)
        case 0x6e:
          if (!this.#isWord(i, 'null')) return this.#named(i)
          this.out.byte(nullType)
          return i + 4
        case 0x7d:
          return this.#found(i, closingBrace)
        case 0x5d:
          return this.#found(i, closingBracket)
        case 0x2c:
          return this.#found(i, comma)
        case 0x3a:
          return this.#found(i, colon)
        case 0:
          return endOfText
        case 0x27:
          return this.#text(i, true)
        case 0x2e:
          if (!isDigit(source[i + 1]!)) return this.#found(i, mistake)
          this.isStandard = false
          return this.#digits(i, i, 3)
        case 0x0b:
        case 0x0c:
        case 0x2f:
        case 0xc2:
        case 0xe1:
        case 0xe2:
        case 0xe3:
        case 0xef: {
          const end = skipJson5Space(source, i)
          if (end === i) return this.#found(i, mistake)
          i = end
          this.isStandard = false
          continue
        }
        default:
          return this.#named(i)
      }
    }
  }

  #found(i: number, code: number): number {
    this.errorAt = i
    return code
  }

  /** Gives an element up that holds one which ended with `code`. */
  #broken(i: number, code: number): number {
    if (code !== mistake) this.errorAt = i
    return mistake
  }

  #isWord(i: number, word: string): boolean {
    const { source } = this
    for (let k = 0; k < word.length; k++) if (source[i + k] !== word.charCodeAt(k)) return false
    return !isAlphanumeric(source[i + word.length]!)
  }

  #word(i: number, word: string, type: number): number {
    if (!this.#isWord(i, word)) return this.#found(i, mistake)
    this.out.byte(type)
    return i + word.length
  }

  #isFolded(i: number, word: string): boolean {
    const { source } = this
    for (let k = 0; k < word.length; k++)
      if ((source[i + k]! | 0x20) !== word.charCodeAt(k)) return false
    return true
  }

  /** Infinity, or what is no number and becomes null. */
  #named(i: number): number {
    for (const name of numberNames) {
      if (!this.#isFolded(i, name) || isAlphanumeric(this.source[i + name.length]!)) continue
      if (name.startsWith('inf')) this.out.element(floatType, infinity, 0, infinity.length)
      else this.out.byte(nullType)
      this.isStandard = false
      return i + name.length
    }
    return this.#found(i, mistake)
  }

  /** Begins an array or object, whose size is not known: room for the largest that it may come to. */
  #open(i: number, type: number): number {
    this.out.header(type, this.size - i)
    this.depth++
    return this.out.size
  }

  #close(at: number, start: number, type: number): void {
    this.out.close(at, type, start - at)
    this.depth--
  }

  #array(i: number): number {
    const { source, out } = this
    const at = out.size
    const start = this.#open(i, arrayType)
    if (this.depth > maxJsonDepth) return this.#found(i, mistake)
    let j = i + 1
    for (;;) {
      const end = this.element(j)
      if (end <= 0) {
        if (end !== closingBracket) return this.#broken(j, end)
        j = this.errorAt
        // After a comma.
        if (out.size !== start) this.isStandard = false
        break
      }
      j = end
      while (isSpace[source[j]!] === 1) j++
      if (source[j] === 0x2c) {
        j++
        continue
      }
      if (source[j] === 0x5d) break
      const code = this.element(j)
      if (code === comma) {
        j = this.errorAt + 1
        continue
      }
      if (code !== closingBracket) return this.#found(j, mistake)
      j = this.errorAt
      break
    }
    this.#close(at, start, arrayType)
    return j + 1
  }

  #object(i: number): number {
    const { source, out } = this
    const at = out.size
    const start = this.#open(i, objectType)
    if (this.depth > maxJsonDepth) return this.#found(i, mistake)
    let j = i + 1
    for (;;) {
      const label = out.size
      let end = this.element(j)
      if (end <= 0) {
        if (end === closingBrace) {
          j = this.errorAt
          if (out.size !== start) this.isStandard = false
          break
        }
        j = skipJson5Space(source, j)
        const code = end
        end = this.#bareLabel(j)
        if (end < 0) return this.#broken(j, code)
      }
      if (!isLabelType(out.bytes[label]! & 0x0f)) return this.#found(j, mistake)
      j = end
      while (isSpace[source[j]!] === 1) j++
      if (source[j] === 0x3a) j++
      else {
        const code = this.element(j)
        if (code !== colon) return this.#broken(j, code)
        j = this.errorAt + 1
      }
      end = this.element(j)
      if (end <= 0) return this.#broken(j, end)
      j = end
      while (isSpace[source[j]!] === 1) j++
      if (source[j] === 0x2c) {
        j++
        continue
      }
      if (source[j] === 0x7d) break
      const code = this.element(j)
      if (code === comma) {
        j = this.errorAt + 1
        continue
      }
      if (code !== closingBrace) return this.#found(j, mistake)
      j = this.errorAt
      break
    }
    this.#close(at, start, objectType)
    return j + 1
  }

  /** A label without quotes; -1: there is none. */
  #bareLabel(i: number): number {
    const { source, out } = this
    let type = textType
    let k = i
    for (;;) {
      const byte = source[k]!
      if (byte === 0x5c && source[k + 1] === 0x75 && are4Hex(source, k + 2)) type = textJType
      else if (k === i) {
        if (!beginsLabel(byte)) return -1
      } else if (!(beginsLabel(byte) || isDigit(byte)) || skipJson5Space(source, k) !== k) break
      k++
    }
    out.element(type, source, i, k - i)
    this.isStandard = false
    return k
  }

  #text(i: number, isSingle: boolean): number {
    const { source, out } = this
    const quote = isSingle ? 0x27 : 0x22
    if (isSingle) this.isStandard = false
    let type = textType
    let j = i + 1
    for (;;) {
      while (isPlain[source[j]!] === 1) j++
      const byte = source[j]!
      if (byte === quote) break
      if (byte === 0x5c) {
        const escape = source[++j]!
        if (skipEscape(source, j) >= 0) {
          if (type === textType) type = textJType
        } else {
          if (!isJson5Escape(source, j)) return this.#found(j, mistake)
          if (escape === 0x0d && source[j + 1] === 0x0a) j++
          type = text5Type
          this.isStandard = false
        }
      } else if (byte <= 0x1f) {
        if (byte === 0) return this.#found(j, mistake)
        type = text5Type
        this.isStandard = false
      } else if (byte === 0x22) type = text5Type
      j++
    }
    out.element(type, source, i + 1, j - 1 - i)
    return j + 1
  }

  #number(i: number): number {
    const { source, out } = this
    const isSigned = source[i]! < 0x30
    if (source[i] === 0x2b) this.isStandard = false
    const first = isSigned ? i + 1 : i
    const byte = source[first]!
    if (isSigned && !isDigit(byte)) {
      if (this.#isFolded(first, 'inf')) {
        this.isStandard = false
        const number = source[i] === 0x2d ? minusInfinity : infinity
        out.element(floatType, number, 0, number.length)
        return i + (this.#isFolded(i + 4, 'inity') ? 9 : 4)
      }
      if (byte !== 0x2e) return this.#found(i, mistake)
      this.isStandard = false
      return this.#digits(i, i, 1)
    }
    if (byte === 0x30) {
      if (isDigit(source[first + 1]!)) return this.#found(i + 1, mistake)
      if ((source[first + 1]! | 0x20) === 0x78 && isHexDigit(source[first + 2]!)) {
        this.isStandard = false
        let j = first + 3
        while (isHexDigit(source[j]!)) j++
        return this.#numberElement(i, j, 1)
      }
    }
    return this.#digits(i, i, 0)
  }

  /** The rest of a number. `form`: 1 for JSON5, 2 for a REAL, or both. */
  #digits(i: number, from: number, form: number): number {
    const { source } = this
    let hasExponent = false
    let j = from + 1
    for (; ; j++) {
      const byte = source[j]!
      if (isDigit(byte)) continue
      if (byte === 0x2e) {
        if ((form & 2) !== 0) return this.#found(j, mistake)
        form |= 2
      } else if ((byte | 0x20) === 0x65) {
        if (source[j - 1]! < 0x30) {
          if (!this.#endsWithPoint(i, j)) return this.#found(j, mistake)
          form |= 1
        }
        if (hasExponent) return this.#found(j, mistake)
        form |= 2
        hasExponent = true
        if (source[j + 1] === 0x2b || source[j + 1] === 0x2d) j++
        if (!isDigit(source[j + 1]!)) return this.#found(j, mistake)
      } else break
    }
    if (source[j - 1]! < 0x30) {
      if (!this.#endsWithPoint(i, j)) return this.#found(j, mistake)
      form |= 1
    }
    return this.#numberElement(i, j, form)
  }

  /** Whether the number up to `j` ends with a digit and a point, as JSON5 allows. */
  #endsWithPoint(i: number, j: number): boolean {
    if (this.source[j - 1] !== 0x2e || j - 2 < i || !isDigit(this.source[j - 2]!)) return false
    this.isStandard = false
    return true
  }

  #numberElement(i: number, end: number, form: number): number {
    const start = this.source[i] === 0x2b ? i + 1 : i
    this.out.element(intType + form, this.source, start, end - start)
    return end
  }
}

/** One that only JSON5 has: a quote, a vertical tab, a NUL, two digits, or the end of a line, which is passed over. */
function isJson5Escape(source: Uint8Array, i: number): boolean {
  switch (source[i]) {
    case 0x27:
    case 0x76:
    case 0x0a:
    case 0x0d:
      return true
    case 0x30:
      return !isDigit(source[i + 1]!)
    case 0x78:
      return are2Hex(source, i + 1)
    default:
      return isLineSeparator(source, i)
  }
}

/** The one parser: a parse calls nothing that parses. */
const parser = new TextParser()

/** What a text was parsed to. */
export interface ParsedText {
  readonly bytes: Uint8Array
  readonly isStandard: boolean
}

/** JSONB of a text, or of the bytes of one; null: it is malformed. What follows a NUL does not count. */
export function parseJson(text: string | Uint8Array): ParsedText | null {
  if (typeof text === 'string') parser.load(text)
  else parser.loadBytes(text, 0, text.length)
  if (!parser.parse()) return null
  return { bytes: parser.out.taken(), isStandard: parser.isStandard }
}

/** JSONB of a text that is still in its page; null: it is malformed. */
export function parseJsonBytes(data: Uint8Array, offset: number, size: number): Uint8Array | null {
  parser.loadBytes(data, offset, size)
  return parser.parse() ? parser.out.taken() : null
}

/** The character, from 1, at which a text is found to be malformed; 0: it is not. */
export function jsonErrorPosition(text: string | Uint8Array): number {
  if (typeof text === 'string') parser.load(text)
  else parser.loadBytes(text, 0, text.length)
  if (parser.parse()) return 0
  const { source, errorAt } = parser
  let position = 1
  for (let i = 0; i < errorAt && source[i] !== 0; i++) if ((source[i]! & 0xc0) !== 0x80) position++
  return position
}
