/**
 * Changes of JSONB in place: elements removed, replaced, inserted.
 *
 * The result is SQLite's byte for byte. So a new value that is a few bytes shorter than what it replaces may keep the old size with a longer
 * header than it needs, which moves nothing behind it; the other headers are as short as can be.
 */
import {
  extraHeaderSize,
  Jsonb,
  arrayType,
  maxJsonDepth,
  objectType,
  text5Type,
  textRawType,
  writeHeader,
} from './jsonb.ts'
import {
  hasMistake,
  insertionPlace,
  isTooDeep,
  lookupIndex,
  lookupLabel,
  foundLabel,
  missingElements,
  notFound,
  notInArray,
} from './lookup.ts'
import type { JsonPath, LabelStep } from './path.ts'

export type EditKind = 'remove' | 'replace' | 'insert' | 'set' | 'array-insert'

/** Sizes of headers that can be made longer: by size before and bytes more, the bits of byte 0. */
function longerHeader(size: number, more: number): number {
  switch (size + more) {
    case 2:
      return 0xc0
    case 3:
      return 0xd0
    case 5:
      return 0xe0
    case 9:
      return 0xf0
    default:
      return 0
  }
}

/** Up to so many bytes are copied one by one. */
const fewBytes = 48

/** A larger buffer is let go when something small is loaded. */
const mostKept = 1 << 16

/** JSONB that is being changed. It has its bytes to itself. */
export class EditedJsonb extends Jsonb {
  /** Begins with a copy of other JSONB. */
  load({ bytes, size }: Jsonb): this {
    const wanted = size + 128
    if (this.bytes.length < wanted || this.bytes.length > Math.max(mostKept, 4 * wanted))
      this.bytes = new Uint8Array(2 * wanted)
    this.#put(0, bytes, 0, size)
    this.size = size
    this.delta = 0
    return this
  }

  #put(at: number, from: Uint8Array, start: number, count: number): void {
    const { bytes } = this
    if (count <= fewBytes) for (let i = 0; i < count; i++) bytes[at + i] = from[start + i]!
    else bytes.set(from.subarray(start, start + count), at)
  }

  /** Puts `count` bytes of `from` in the place of `removed` bytes at `at`. */
  splice(at: number, removed: number, from: Uint8Array, start: number, count: number): void {
    const more = count - removed
    if (more < 0 && more >= -8 && this.#overwrite(at, from, start, count, -more)) return
    this.room(at, removed, count)
    this.#put(at, from, start, count)
  }

  /** Makes room for `count` bytes in the place of `removed` bytes at `at`. */
  room(at: number, removed: number, count: number): void {
    const more = count - removed
    if (more === 0) return
    this.#shift(at + removed, more)
    this.delta += more
  }

  #shift(from: number, by: number): void {
    if (this.size + by > this.bytes.length) {
      const grown = new Uint8Array((this.size + by) * 2)
      grown.set(this.bytes.subarray(0, this.size))
      this.bytes = grown
    }
    this.bytes.copyWithin(from + by, from, this.size)
    this.size += by
  }

  /** Writes an element with `more` bytes more of header than it has. */
  #overwrite(at: number, from: Uint8Array, start: number, count: number, more: number): boolean {
    const first = from[start]!
    const kind = first >>> 4
    if ((first & 0x0f) <= 2 || count === 0) return false
    const size = kind <= 11 ? 1 : kind === 12 ? 2 : kind === 13 ? 3 : kind === 14 ? 5 : 9
    const bits = longerHeader(size, more)
    if (bits === 0) return false
    const { bytes } = this
    this.#put(at + size + more, from, start + size, count - size)
    let payload = count - size
    for (let i = size + more - 1; i >= 1; i--) {
      bytes[at + i] = payload
      payload = Math.floor(payload / 256)
    }
    bytes[at] = (first & 0x0f) | bits
    return true
  }

  /** Gives the element at `i`, inside which something has changed, its new size. */
  adjust(i: number): void {
    if (this.delta === 0) return
    const { size } = this
    this.size = Infinity
    const header = this.headerSize(i)
    this.size = size
    const payload = this.payloadSize + this.delta
    const wanted = 1 + extraHeaderSize(payload)
    const type = this.type(i)
    if (wanted !== header) this.#shift(i + header, wanted - header)
    this.delta += wanted - header
    writeHeader(this.bytes, i, type, payload)
  }
}

const noBytes = new Uint8Array(0)
const emptyArray = Uint8Array.of(arrayType)
const emptyObject = Uint8Array.of(objectType)

/** One change at the end of a path. */
class PathEdit {
  readonly #kind: EditKind
  readonly #path: JsonPath
  readonly #value: Uint8Array

  constructor(kind: EditKind, path: JsonPath, value: Uint8Array) {
    this.#kind = kind
    this.#path = path
    this.#value = value
  }

  /** Follows the path from its step `step` on, from the element at `at`; a place, which means nothing, or a code. */
  follow(json: EditedJsonb, at: number, label: number, step: number, depth: number): number {
    const { steps } = this.#path
    if (step === steps.length) return this.#apply(json, at, label)
    const next = steps[step]!
    if (next.kind === 'mistake')
      return next.inArray && json.type(at) !== arrayType ? notFound : hasMistake
    const found = next.kind === 'label' ? lookupLabel(json, at, next) : lookupIndex(json, at, next)
    if (found >= 0) {
      if (depth + 1 >= maxJsonDepth) return isTooDeep
      const foundAt = next.kind === 'label' ? foundLabel() : 0
      const code = this.follow(json, found, foundAt, step + 1, depth + 1)
      json.adjust(at)
      return code
    }
    const mayInsert = this.#kind !== 'remove' && this.#kind !== 'replace'
    if (found !== notFound || insertionPlace() < 0 || !mayInsert) return found
    if (next.kind === 'index' && missingElements() > 0) return notFound
    return this.#insert(
      json,
      at,
      insertionPlace(),
      next.kind === 'label' ? next : null,
      step,
      depth,
    )
  }

  #apply(json: EditedJsonb, at: number, label: number): number {
    const header = json.headerSize(at)
    const size = header + json.payloadSize
    const value = this.#value
    switch (this.#kind) {
      case 'remove':
        if (label > 0) json.splice(label, size + at - label, noBytes, 0, 0)
        else json.splice(at, size, noBytes, 0, 0)
        break
      case 'insert':
        break
      case 'array-insert':
        if (!this.#path.endsWithIndex) return notInArray
        json.splice(at, 0, value, 0, value.length)
        break
      default:
        json.splice(at, size, value, 0, value.length)
    }
    return at
  }

  /** Puts what the path asks for at the end of the array or object at `at`. */
  #insert(
    json: EditedJsonb,
    at: number,
    place: number,
    label: LabelStep | null,
    step: number,
    depth: number,
  ): number {
    const isLast = step + 1 === this.#path.steps.length
    if (label !== null && this.#kind === 'array-insert' && (isLast || !this.#path.endsWithIndex))
      return notInArray
    let value = this.#value
    let code = 0
    if (!isLast) {
      const inner = new EditedJsonb(
        Uint8Array.prototype.slice.call(this.#isObjectStep(step + 1) ? emptyObject : emptyArray),
      )
      if (depth + 1 >= maxJsonDepth) return isTooDeep
      code = this.follow(inner, 0, 0, step + 1, depth + 1)
      if (code < 0) return code
      value = inner.bytes.subarray(0, inner.size)
    }
    if (label === null) json.splice(place, 0, value, 0, value.length)
    else {
      const text = label.label
      const header = 1 + extraHeaderSize(text.length)
      json.room(place, 0, header + text.length + value.length)
      const start = writeHeader(
        json.bytes,
        place,
        label.isRaw ? textRawType : text5Type,
        text.length,
      )
      json.bytes.set(text, start)
      json.bytes.set(value, start + text.length)
    }
    json.adjust(at)
    return code
  }

  /** Whether a step asks for an object, be it rightly written or not. */
  #isObjectStep(step: number): boolean {
    const next = this.#path.steps[step]!
    return next.kind === 'label' || (next.kind === 'mistake' && next.startsWithPoint)
  }
}

/** Makes one change; answers a code as `lookup` does, a place if it was made or there was nothing to do. */
export function editJson(
  json: EditedJsonb,
  path: JsonPath,
  kind: EditKind,
  value: Uint8Array = noBytes,
): number {
  json.delta = 0
  return new PathEdit(kind, path, value).follow(json, 0, 0, 0, 0)
}
