/**
 * The rows of `json_each()` and `json_tree()` out of plain JSON text, without parsing it: of an element that nobody asks about no more is found out than where
 * it ends. It has been scanned before (`scan.ts`), so there are no mistakes in it.
 *
 * What only JSONB tells, `id` and `parent`, is not to be had here; nor are the rows of a tree that begins inside the text, and of a root that is neither
 * array nor object.
 */
import { decodeUtf8 } from '../../../record/index.ts'
import type { Value } from '../../../record/index.ts'
import { isAlphanumeric, isLetter } from './characters.ts'
import { isReal, numberOf, typeByFirst } from './extract-text.ts'
import { parseJson } from './parse.ts'
import { upToNul, wholePath } from './path.ts'
import type { JsonPath } from './path.ts'
import { jsonText } from './render.ts'
import { Jsonb } from './jsonb.ts'
import {
  foundStart,
  longestScanned,
  present,
  scanJson,
  skipElement,
  skipSpace,
  skipText,
} from './scan.ts'
import { unescapedText } from './value.ts'

const openBrace = 0x7b
const openBracket = 0x5b
const quote = 0x22

/** An array or object around the current element. */
interface Container {
  isObject: boolean
  /** The index of the current element. */
  index: number
  /** Its own label, in quotes; -1: it has an index. */
  label: number
  labelEnd: number
  /** Its path; '': it has not been asked for. */
  path: string
}

export class JsonTextRows {
  readonly #isTree: boolean
  /** The text, and a NUL behind it. */
  readonly #bytes: Buffer = Buffer.alloc(longestScanned + 8)
  #size = 0
  /** The current element. */
  #at = 0
  /** Where it ends; -1: that has not been asked. */
  #end = -1
  /** Its label, in quotes. */
  #label = 0
  #labelEnd = 0
  #depth = 0
  readonly #containers: Container[] = []
  #rootPath = '$'
  rowid = -1

  constructor(isTree: boolean) {
    this.#isTree = isTree
  }

  /** Begins with the rows of a text; false: it has to be parsed for that. */
  open(data: Uint8Array, offset: number, size: number, root: JsonPath | null): boolean {
    if (size > longestScanned || (root !== null && (this.#isTree || !root.isPlain))) return false
    const bytes = this.#bytes
    if (size <= 96) for (let i = 0; i < size; i++) bytes[i] = data[offset + i]!
    else bytes.set(data.subarray(offset, offset + size))
    bytes[size] = 0
    if (scanJson(bytes, 0, size, root ?? wholePath) !== present) return false
    const start = foundStart()
    const isContainer = bytes[start] === openBrace || bytes[start] === openBracket
    if (!isContainer && !this.#isTree) return false
    this.#size = size
    this.#rootPath = root === null ? '$' : root.text
    this.#at = start
    this.#end = -1
    this.#depth = 0
    this.rowid = -1
    return true
  }

  /** Goes to the first row, or to the next one; false: there is none. */
  next(): boolean {
    this.rowid++
    if (this.rowid === 0 && this.#isTree) return true
    const bytes = this.#bytes
    let i = this.#at
    const first = bytes[i]!
    const enters = this.#isTree || this.rowid === 0
    if (enters && (first === openBrace || first === openBracket)) {
      this.#enter(first === openBrace)
      i = skipSpace(bytes, i + 1)
      // Both brackets are two behind those that open.
      if (bytes[i] !== first + 2) return this.#begin(i)
    } else i = this.#elementEnd()
    const least = this.#isTree ? 0 : 1
    while (this.#depth > 0) {
      if (bytes[i]! <= 0x20) i = skipSpace(bytes, i)
      if (bytes[i] === 0x2c) return this.#begin(skipSpace(bytes, i + 1))
      if (this.#depth === least) return false
      this.#depth--
      i++
    }
    return false
  }

  #enter(isObject: boolean): void {
    const label = this.#isMember() ? this.#label : -1
    const labelEnd = this.#labelEnd
    const known = this.#containers[this.#depth]
    if (known === undefined)
      this.#containers.push({ isObject, index: -1, label, labelEnd, path: '' })
    else {
      known.isObject = isObject
      known.index = -1
      known.label = label
      known.labelEnd = labelEnd
      known.path = ''
    }
    this.#depth++
  }

  /** An element begins at `i`, or its label. */
  #begin(i: number): true {
    const container = this.#containers[this.#depth - 1]!
    container.index++
    let at = i
    if (container.isObject) {
      const bytes = this.#bytes
      this.#label = i
      at = skipText(bytes, i + 1)
      this.#labelEnd = at
      at = skipSpace(bytes, skipSpace(bytes, at) + 1)
    }
    this.#at = at
    this.#end = -1
    return true
  }

  #elementEnd(): number {
    if (this.#end < 0) this.#end = skipElement(this.#bytes, this.#at)
    return this.#end
  }

  /** The current element has a label. */
  #isMember(): boolean {
    return this.#depth > 0 && this.#containers[this.#depth - 1]!.isObject
  }

  /** `key`: a label or an index. */
  key(): Value {
    if (this.#depth === 0) return null
    const { isObject, index } = this.#containers[this.#depth - 1]!
    return isObject ? textOf(this.#bytes, this.#label, this.#labelEnd) : index
  }

  /** `value`: as SQL, an array or object as JSON text. */
  value(): Value {
    const bytes = this.#bytes
    const start = this.#at
    switch (bytes[start]) {
      case quote:
        return textOf(bytes, start, this.#elementEnd())
      case openBrace:
      case openBracket:
        return compactOf(bytes, start, this.#elementEnd())
      case 0x74:
        return 1
      case 0x66:
        return 0
      case 0x6e:
        return null
      default:
        return numberOf(bytes, start, this.#elementEnd())
    }
  }

  /** `atom`: NULL for arrays and objects. */
  atom(): Value {
    const byte = this.#bytes[this.#at]
    return byte === openBrace || byte === openBracket ? null : this.value()
  }

  /** `type`, as of `json_type()`. */
  type(): string {
    const type = typeByFirst(this.#bytes[this.#at]!)
    return type ?? (isReal(this.#bytes, this.#at, this.#elementEnd()) ? 'real' : 'integer')
  }

  /** `path`, to what holds the element. */
  path(): string {
    return this.#depth === 0 ? this.#rootPath : this.#pathOf(this.#depth - 1)
  }

  /** `fullkey`, the path to the element. */
  fullkey(): string {
    if (this.#depth === 0) return this.#rootPath
    const label = this.#isMember() ? this.#label : -1
    return this.#pathOf(this.#depth - 1) + this.#part(this.#depth - 1, label, this.#labelEnd)
  }

  /** The path to a container. */
  #pathOf(depth: number): string {
    const container = this.#containers[depth]!
    if (container.path === '') {
      const { label, labelEnd } = container
      const holder = depth - 1
      container.path =
        depth === 0 ? this.#rootPath : this.#pathOf(holder) + this.#part(holder, label, labelEnd)
    }
    return container.path
  }

  /** What the element of a container that is looked at adds to its path. A label stands as it is written, with its escapes. */
  #part(holder: number, label: number, labelEnd: number): string {
    if (label < 0) return `[${this.#containers[holder]!.index}]`
    const bytes = this.#bytes
    let isPlain = labelEnd - label > 2 && isLetter(bytes[label + 1]!)
    for (let i = label + 2; isPlain && i < labelEnd - 1; i++) isPlain = isAlphanumeric(bytes[i]!)
    const text = decodeUtf8(bytes, label + 1, labelEnd - label - 2)
    return isPlain ? `.${text}` : `."${text}"`
  }

  /** The text that was given. */
  given(): string {
    return upToNul(decodeUtf8(this.#bytes, 0, this.#size))
  }
}

/** A text in quotes. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
  for (let i = start + 1; i < end - 1; i++)
    if (bytes[i] === 0x5c) return unescapedText(bytes, start + 1, end - 1)
  return decodeUtf8(bytes, start + 1, end - start - 2)
}

/** The text of an array or object without white space. */
function compactOf(bytes: Uint8Array, start: number, end: number): string {
  let isInText = false
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if (byte === quote) isInText = !isInText
    else if (byte === 0x5c) i++
    else if (byte <= 0x20 && !isInText)
      return jsonText(new Jsonb(parseJson(bytes.subarray(start, end))!.bytes), 0)
  }
  return decodeUtf8(bytes, start, end - start)
}
