/**
 * A record with other values in some of its fields, byte by byte: what the other fields hold is copied as it is, and none of it is
 * decoded. (Database File Format §2.1 Record Format)
 *
 * Where the new fields take as many bytes as the old ones, only those are written, over the old ones.
 */
import { writeFloat64 } from '../base/bytes.ts'
import { corrupt } from '../base/error.ts'
import {
  RecordWriter,
  SERIAL_SIZE,
  numberSerialType,
  serialTypeSize,
  writeInteger,
} from './record.ts'
import type { StoredField } from './stored-field.ts'
import type { StoredJoin } from './stored-join.ts'
import type { TextEncoding } from './text.ts'
import type { Value } from './value.ts'
import { readVarint, varintLength, writeVarint } from './varint.ts'

/**
 * Copies bytes, words of them as far as that goes: short runs take a third of the time that bytes take, and no view is made. Answers where
 * they end.
 */
function copyBytes(
  target: DataView,
  to: number,
  source: DataView,
  start: number,
  end: number,
): number {
  const shift = to - start
  let at = start
  for (; at + 4 <= end; at += 4) target.setInt32(at + shift, source.getInt32(at, true), true)
  for (; at < end; at++) target.setUint8(at + shift, source.getUint8(at))
  return end + shift
}

function viewOf(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset, data.byteLength)
}

/** Gives one record after another new values. */
export class FieldChange {
  /** What the fields are to hold, in the order of their places. */
  readonly values: (Value | StoredField | StoredJoin)[]
  /** The record that was measured last has room for the new fields where the old ones are. */
  fits = false
  readonly #places: readonly number[]
  readonly #writer: RecordWriter
  readonly #numbers: Uint8Array
  // The new fields: their bytes, where each type and each content begins, and in the end where the last one ends.
  #fresh: Uint8Array
  #freshView: DataView
  readonly #newTypes: number[]
  readonly #newContents: number[]
  // The record that was measured last, and where the old fields are.
  #data: Uint8Array = new Uint8Array(0)
  #view: DataView = viewOf(this.#data)
  #start = 0
  #types = 0
  /** All new types take as many bytes as the old ones. */
  #keepsHeader = false
  #end = 0
  readonly #typeStarts: number[]
  readonly #typeEnds: number[]
  readonly #starts: number[]
  readonly #ends: number[]
  #headerSize = 0
  /** Where a record was last written to. */
  #target: Uint8Array = this.#data
  #targetView: DataView = this.#view

  /** @param places of the fields in the record, ascending */
  constructor(places: readonly number[], encoding: TextEncoding) {
    this.#places = places
    this.#writer = new RecordWriter(encoding)
    this.values = places.map(() => null)
    this.#numbers = new Uint8Array(9 * places.length)
    this.#fresh = this.#numbers
    this.#freshView = viewOf(this.#fresh)
    this.#newTypes = [...places, 0].fill(0)
    this.#newContents = [...places, 0].fill(0)
    this.#typeStarts = places.map(() => 0)
    this.#typeEnds = places.map(() => 0)
    this.#starts = places.map(() => 0)
    this.#ends = places.map(() => 0)
  }

  /**
   * Writes a number over a field of a record, where it takes the same serial type there; false: nothing is written.
   * @param place of the field
   */
  static overwriteNumber(
    data: Uint8Array,
    offset: number,
    size: number,
    place: number,
    value: number,
  ): boolean {
    const headerSize = data[offset]!
    if (headerSize >= 0x80 || headerSize < place + 2) return false
    const type = numberSerialType(value)
    let content = offset + headerSize
    const at = offset + 1 + place
    for (let i = offset + 1; i < at; i++) {
      const before = data[i]!
      if (before >= 0x80) return false
      content += SERIAL_SIZE[before]!
    }
    if (data[at] !== type || content + SERIAL_SIZE[type]! > offset + size) return false
    if (type === 7) writeFloat64(data, content, value)
    else writeInteger(data, content, value, type)
    return true
  }

  /** Encodes `values`. @throws SQLITE_TOOBIG */
  encode(): void {
    if (!this.#encodeNumbers()) this.#encodeAny()
  }

  /** Numbers and NULLs take a few bytes each. Answers false where there is something else. */
  #encodeNumbers(): boolean {
    const { values } = this
    const count = values.length
    const data = this.#numbers
    const contents = this.#newContents
    let at = count
    for (let i = 0; i < count; i++) {
      const value = values[i]!
      contents[i] = at
      if (typeof value === 'number') {
        const type = numberSerialType(value)
        data[i] = type
        if (type === 7) writeFloat64(data, at, value)
        else writeInteger(data, at, value, type)
        at += SERIAL_SIZE[type]!
      } else if (value === null) data[i] = 0
      else return false
    }
    contents[count] = at
    const types = this.#newTypes
    for (let i = 0; i <= count; i++) types[i] = i
    this.#setFresh(data)
    return true
  }

  #encodeAny(): void {
    const { values } = this
    const count = values.length
    const writer = this.#writer
    writer.encode(values, count)
    const { data, offset } = writer
    this.#setFresh(data)
    let at = offset + varintLength(data, offset)
    let content = offset + readVarint(data, offset)
    const types = this.#newTypes
    const contents = this.#newContents
    for (let i = 0; i < count; i++) {
      types[i] = at
      contents[i] = content
      const type = data[at]!
      if (type < 0x80) {
        at++
        content += SERIAL_SIZE[type]!
      } else {
        content += serialTypeSize(readVarint(data, at))
        at += varintLength(data, at)
      }
    }
    types[count] = at
    contents[count] = content
  }

  #setFresh(data: Uint8Array): void {
    if (data === this.#fresh) return
    this.#fresh = data
    this.#freshView = viewOf(data)
  }

  /** Bytes that the record in `size` bytes of `data` has with the new values; -1: it ends before one of the fields. */
  measure(data: Uint8Array, offset: number, size: number): number {
    const first = data[offset]!
    const headerSize = first < 0x80 ? first : readVarint(data, offset)
    let at = offset + (first < 0x80 ? 1 : varintLength(data, offset))
    const types = at
    const headerEnd = offset + headerSize
    const end = offset + size
    if (headerEnd > end) throw corrupt(0, 'record header exceeds the record')
    const places = this.#places
    const newTypes = this.#newTypes
    const newContents = this.#newContents
    let content = headerEnd
    let place = 0
    let typesGrowth = 0
    let growth = 0
    let fits = true
    let keepsHeader = true
    for (let i = 0; i < places.length; i++) {
      for (const wanted = places[i]!; ; place++) {
        if (at >= headerEnd) return -1
        const start = at
        const byte = data[at]!
        let contentSize: number
        if (byte < 0x80) {
          at++
          contentSize = SERIAL_SIZE[byte]!
        } else {
          contentSize = serialTypeSize(readVarint(data, at))
          at += varintLength(data, at)
        }
        if (place === wanted) {
          this.#typeStarts[i] = start
          this.#typeEnds[i] = at
          this.#starts[i] = content
          content += contentSize
          this.#ends[i] = content
          const more = newTypes[i + 1]! - newTypes[i]! - (at - start)
          const moreContent = newContents[i + 1]! - newContents[i]! - contentSize
          if (more !== 0) keepsHeader = false
          if ((more | moreContent) !== 0) fits = false
          typesGrowth += more
          growth += moreContent
          place++
          break
        }
        content += contentSize
      }
    }
    if (at > headerEnd) throw corrupt(0, 'serial type exceeds the record header')
    if (content > end) throw corrupt(0, 'record content exceeds the record')
    if (data !== this.#data) {
      this.#data = data
      this.#view = viewOf(data)
    }
    this.#start = offset
    this.#types = types
    this.#end = end
    this.fits = fits
    // The size counts itself.
    const typesSize = headerEnd - types + typesGrowth
    let newHeaderSize = typesSize + 1
    if (newHeaderSize > 0x7f) newHeaderSize++
    if (newHeaderSize > 0x3fff) newHeaderSize++
    this.#headerSize = newHeaderSize
    this.#keepsHeader = keepsHeader && newHeaderSize === headerSize
    return newHeaderSize + end - headerEnd + growth
  }

  /** Whether the record that was measured last, and that `fits`, holds the new values already. */
  get isSame(): boolean {
    const data = this.#data
    const fresh = this.#fresh
    const count = this.values.length
    for (let i = 0; i < count; i++) {
      let at = this.#typeStarts[i]!
      for (let from = this.#newTypes[i]!, to = this.#newTypes[i + 1]!; from < to; from++)
        if (data[at++] !== fresh[from]) return false
      at = this.#starts[i]!
      for (let from = this.#newContents[i]!, to = this.#newContents[i + 1]!; from < to; from++)
        if (data[at++] !== fresh[from]) return false
    }
    return true
  }

  /** Writes the new fields over the old ones of the record that was measured last, and that `fits`; it is in the same place of `data`. */
  overwrite(data: Uint8Array): void {
    const target = data === this.#data ? this.#view : viewOf(data)
    const fresh = this.#freshView
    const count = this.values.length
    for (let i = 0; i < count; i++) {
      const type = this.#newTypes[i]!
      const content = this.#newContents[i]!
      copyBytes(target, this.#typeStarts[i]!, fresh, type, this.#newTypes[i + 1]!)
      copyBytes(target, this.#starts[i]!, fresh, content, this.#newContents[i + 1]!)
    }
  }

  /** Writes the record that was measured last, with the new values, to another place. */
  write(bytes: Uint8Array, offset: number): void {
    if (bytes !== this.#target) {
      this.#target = bytes
      this.#targetView = viewOf(bytes)
    }
    const target = this.#targetView
    const data = this.#view
    const fresh = this.#freshView
    const count = this.values.length
    let to: number
    let from: number
    if (this.#keepsHeader) {
      // The new types are written over the old ones when all is copied.
      from = this.#start
      to = offset
    } else {
      to = offset + writeVarint(bytes, offset, this.#headerSize)
      from = this.#types
      for (let i = 0; i < count; i++) {
        to = copyBytes(target, to, data, from, this.#typeStarts[i]!)
        to = copyBytes(target, to, fresh, this.#newTypes[i]!, this.#newTypes[i + 1]!)
        from = this.#typeEnds[i]!
      }
    }
    for (let i = 0; i < count; i++) {
      to = copyBytes(target, to, data, from, this.#starts[i]!)
      to = copyBytes(target, to, fresh, this.#newContents[i]!, this.#newContents[i + 1]!)
      from = this.#ends[i]!
    }
    copyBytes(target, to, data, from, this.#end)
    if (!this.#keepsHeader) return
    const shift = offset - this.#start
    for (let i = 0; i < count; i++) {
      const at = this.#typeStarts[i]! + shift
      copyBytes(target, at, fresh, this.#newTypes[i]!, this.#newTypes[i + 1]!)
    }
  }
}
