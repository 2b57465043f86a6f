/**
 * The rows of `json_each()` and `json_tree()`, and of their forms `jsonb_each()` and `jsonb_tree()`. (JSON Functions And Operators §4.23.)
 *
 * A row is an element of the JSON: for `json_each` those directly in the array or object that the root is, or the root itself where that is neither;
 * for `json_tree` the root and all that is in it, each before what it holds.
 *
 * | column | |
 * |---|---|
 * | `key` | label or index; NULL for the root of all |
 * | `value` | as SQL; an array or object as JSON text, or as JSONB |
 * | `type` | as `json_type()` |
 * | `atom` | `value`, but NULL for arrays and objects |
 * | `id` | the place of the element in JSONB, of its label where it has one |
 * | `parent` | the `id` of what holds it; NULL in `json_each` |
 * | `fullkey`, `path` | the path to the element, and to what holds it |
 * | `json`, `root` | what the function was given (hidden columns) |
 *
 * The rowid counts the rows from 0.
 */
import { decodeUtf8 } from '../../../record/index.ts'
import type { Value } from '../../../record/index.ts'
import { toText } from '../../convert.ts'
import { jsonbOfBlob, parsedText } from './argument.ts'
import { isAlphanumeric, isLetter } from './characters.ts'
import { JsonText } from './json-text.ts'
import { arrayType, copyOf, Jsonb, objectType, typeNames } from './jsonb.ts'
import { foundLabel, lookup, notFound } from './lookup.ts'
import { badPath, isPath, malformedJson, pathOf, upToNul } from './path.ts'
import type { JsonPath } from './path.ts'
import { jsonText } from './render.ts'
import { primitiveValue } from './value.ts'

/** Names of the columns; the last two are hidden, and are what the function is given. */
export const jsonEachColumns: readonly string[] = [
  'key',
  'value',
  'type',
  'atom',
  'id',
  'parent',
  'fullkey',
  'path',
  'json',
  'root',
]

export const keyColumn = 0
export const valueColumn = 1
export const typeColumn = 2
export const atomColumn = 3
export const idColumn = 4
export const parentColumn = 5
export const fullkeyColumn = 6
export const pathColumn = 7
export const jsonColumn = 8
export const rootColumn = 9

/** An array or object around the current element. */
interface Container {
  /** Its `id`. */
  readonly head: number
  readonly type: number
  readonly end: number
  /** Its path. */
  readonly path: string
  /** Of an array: the index of the current element. */
  index: number
}

const noJson = new Jsonb(new Uint8Array(0))

/**
 * A cursor over the rows: `open`, then `next` as long as it answers true, `column` for the current row. It may be opened again.
 */
export class JsonEachCursor {
  readonly #isTree: boolean
  readonly #isBlob: boolean
  #json: Jsonb = noJson
  #given: Value = null
  #root: JsonPath | null = null
  /** The path to what holds the current element; of the first element of a tree its own. */
  #path = '$'
  /** Where the current element stands: its label, where it has one. */
  #at = 0
  #end = 0
  /** Whether the current element has a label. */
  #isMember = false
  #containers: Container[] = []
  #rowid = -1

  constructor(isTree: boolean, isBlob: boolean) {
    this.#isTree = isTree
    this.#isBlob = isBlob
  }

  /**
   * Begins with JSON and the path of a root (`undefined`: it is not given, which is `$`). Nothing comes of NULL, nor of a path to nothing. Throws
   * `SqliteError` for malformed JSON and for a wrong path.
   */
  open(json: Value, root?: Value): void {
    this.close()
    if (json === null) return
    this.#load(json)
    let at = 0
    let label = 0
    if (root !== undefined) {
      const path = pathOf(root)
      if (path === null) return
      if (!isPath(path)) throw badPath(path)
      this.#root = path
      this.#path = path.text
      at = lookup(this.#json, path)
      if (at === notFound) return
      // Whatever is wrong.
      if (at < 0) throw badPath(path)
      label = path.steps.length > 0 ? foundLabel() : 0
    }
    this.#begin(at, label)
  }

  #load(json: Exclude<Value, null>): void {
    const blob = json instanceof Uint8Array ? jsonbOfBlob(json) : null
    if (blob === null) {
      const parsed = parsedText(json)
      if (parsed === null) throw malformedJson()
      this.#json = new Jsonb(parsed.bytes)
      this.#given = upToNul(toText(json)!)
    } else {
      this.#json = blob
      this.#given = json
    }
  }

  #begin(at: number, label: number): void {
    const json = this.#json
    const header = json.headerSize(at)
    this.#end = at + header + json.payloadSize
    const type = json.type(at)
    this.#at = label > 0 ? label : at
    this.#isMember = label > 0
    if (this.#isTree || type < arrayType) return
    this.#at = at + header
    this.#isMember = type === objectType
    this.#containers = [{ head: at, type, end: this.#end, path: this.#path, index: 0 }]
  }

  /** Goes to the first row, or to the next one; false: there is none. */
  next(): boolean {
    if (this.#rowid >= 0) this.#advance()
    this.#rowid++
    return this.#at < this.#end
  }

  close(): void {
    this.#json = noJson
    this.#given = null
    this.#root = null
    this.#path = '$'
    this.#at = 0
    this.#end = 0
    this.#isMember = false
    this.#containers = []
    this.#rowid = -1
  }

  get rowid(): number {
    return this.#rowid
  }

  /** Where the value of the current element stands. */
  #valueAt(): number {
    if (!this.#isMember) return this.#at
    const json = this.#json
    const value = this.#at + json.headerSize(this.#at) + json.payloadSize
    return value >= json.size ? this.#at : value
  }

  #advance(): void {
    const json = this.#json
    const value = this.#valueAt()
    const type = json.type(value)
    const header = json.headerSize(value)
    if (header === 0) throw malformedJson()
    const end = value + header + json.payloadSize
    const containers = this.#containers
    if (this.#isTree && (type === arrayType || type === objectType)) {
      const path = containers.length > 0 ? this.#path + this.#name() : this.#path
      containers.push({ head: this.#at, type, end, path, index: -1 })
      this.#at = value + header
    } else this.#at = end
    if (this.#isTree)
      while (containers.length > 0 && this.#at >= containers.at(-1)!.end) containers.pop()
    const container = containers.at(-1)
    if (container === undefined) {
      if (this.#isTree) this.#isMember = false
      return
    }
    this.#path = container.path
    this.#isMember = container.type === objectType
    container.index++
  }

  /** The last part of the path to the current element, which is in an array or object. */
  #name(): string {
    const container = this.#containers.at(-1)!
    if (container.type === arrayType) return `[${container.index}]`
    const json = this.#json
    const start = this.#at + json.headerSize(this.#at)
    const size = json.payloadSize
    const { bytes } = json
    let isPlain = size > 0 && isLetter(bytes[start]!)
    for (let i = start; isPlain && i < start + size; i++) isPlain = isAlphanumeric(bytes[i]!)
    // As it is written, with its escapes.
    const label = upToNul(decodeUtf8(bytes, start, size))
    return isPlain ? `.${label}` : `."${label}"`
  }

  /** The value of a column of the current row. */
  column(column: number): Value {
    switch (column) {
      case keyColumn:
        return this.#key()
      case valueColumn:
        return this.#value()
      case typeColumn:
        return typeNames[this.#json.type(this.#valueAt())] ?? ''
      case atomColumn:
        return this.#atom()
      case idColumn:
        return this.#at
      case parentColumn:
        return this.#isTree ? (this.#containers.at(-1)?.head ?? null) : null
      case fullkeyColumn:
        return this.#containers.length > 0 ? this.#path + this.#name() : this.#path
      case pathColumn:
        return this.#holderPath()
      case jsonColumn:
        return this.#given
      default:
        return this.#root === null ? '$' : this.#root.text
    }
  }

  /** `value`, marked as JSON where it is an array or object: for functions that take JSON. */
  markedValue(): Value | JsonText {
    const value = this.#value()
    const isMarked = typeof value === 'string' && this.#json.type(this.#valueAt()) >= arrayType
    return isMarked ? new JsonText(value) : value
  }

  #value(): Value {
    const json = this.#json
    const at = this.#valueAt()
    const primitive = primitiveValue(json, at)
    if (primitive !== undefined) return primitive
    if (!this.#isBlob) return jsonText(json, at)
    const size = json.headerSize(at) + json.payloadSize
    return copyOf(json.bytes.subarray(at, at + size), size)
  }

  #atom(): Value {
    const at = this.#valueAt()
    return this.#json.type(at) < arrayType ? (primitiveValue(this.#json, at) ?? null) : null
  }

  #key(): Value {
    const container = this.#containers.at(-1)
    if (container !== undefined) {
      if (container.type === arrayType) return container.index
      return primitiveValue(this.#json, this.#at) ?? null
    }
    // The root has the key that its path ends with.
    const name = this.#path.slice(this.#holderPath().length)
    if (name === '' || this.#path.length === 1) return null
    if (name.startsWith('[')) return Number(/^\d*/.exec(name.slice(1))![0])
    return name[1] === '"' ? name.slice(2, -1) : name.slice(1)
  }

  /** The path to what holds the current element: for the first row of a tree, the root's without its last part. */
  #holderPath(): string {
    const path = this.#path
    if (this.#rowid !== 0 || !this.#isTree || path.length < 2) return path
    const json = this.#json
    for (let end = path.length - 1; end > 0; end--) {
      if (path[end] !== '[' && path[end] !== '.') continue
      const place = lookup(json, pathOf(path.slice(0, end))!)
      if (place < 0) continue
      if (place + json.headerSize(place) === this.#at) return path.slice(0, end)
    }
    return '$'
  }
}
