/**
 * A record without one of its fields, byte by byte: what the others hold is copied as it is, also texts that are none. (Database File
 * Format §2.1 Record Format)
 */
import { corrupt } from '../base/error.ts'
import { serialTypeSize } from './record.ts'
import { readVarint, varintLength, varintSize, writeVarint } from './varint.ts'

/** Copies bytes between arrays; short runs in a loop, which costs less than a view and a call. Answers where they end. */
function copyBytes(
  target: Uint8Array,
  to: number,
  source: Uint8Array,
  start: number,
  end: number,
): number {
  if (end - start > 64) target.set(source.subarray(start, end), to)
  else for (let i = start; i < end; i++) target[to + i - start] = source[i]!
  return to + end - start
}

/** Takes the field `place` out of one record after another. */
export class FieldRemoval {
  readonly #place: number
  readonly #least: Uint8Array | null
  // The record that was measured last, and where its parts are.
  #data: Uint8Array = new Uint8Array(0)
  #headerSize = 0
  #types = 0
  #type = 0
  #nextType = 0
  #headerEnd = 0
  #content = 0
  #nextContent = 0
  #end = 0
  #isLeast = false

  /** @param least what becomes of a record without any other field; null: there is none */
  constructor(place: number, least: Uint8Array | null) {
    this.#place = place
    this.#least = least
  }

  /** Bytes that the record in `size` bytes of `data` has without the field; -1: it ends before that field. */
  measure(data: Uint8Array, offset: number, size: number): number {
    const headerEnd = offset + readVarint(data, offset)
    let at = offset + varintLength(data, offset)
    const types = at
    let content = headerEnd
    for (let i = 0; i < this.#place && at < headerEnd; i++) {
      content += serialTypeSize(readVarint(data, at))
      at += varintLength(data, at)
    }
    if (at >= headerEnd) return -1
    const nextType = at + varintLength(data, at)
    const nextContent = content + serialTypeSize(readVarint(data, at))
    const end = offset + size
    if (headerEnd > end || nextType > headerEnd || nextContent > end) {
      throw corrupt(0, 'record content exceeds the record')
    }
    this.#isLeast = this.#least !== null && at === types && nextType === headerEnd
    if (this.#isLeast) return this.#least!.length
    const typesSize = at - types + headerEnd - nextType
    // The size counts itself, which may push it over the next boundary.
    let sizeSize = 1
    while (varintSize(typesSize + sizeSize) > sizeSize) sizeSize++
    this.#data = data
    this.#headerSize = sizeSize + typesSize
    this.#types = types
    this.#type = at
    this.#nextType = nextType
    this.#headerEnd = headerEnd
    this.#content = content
    this.#nextContent = nextContent
    this.#end = end
    return this.#headerSize + content - headerEnd + end - nextContent
  }

  /** Writes what was measured last to `target`, from `at` on. */
  write(target: Uint8Array, at: number): void {
    if (this.#isLeast) return void copyBytes(target, at, this.#least!, 0, this.#least!.length)
    const data = this.#data
    let to = at + writeVarint(target, at, this.#headerSize)
    to = copyBytes(target, to, data, this.#types, this.#type)
    to = copyBytes(target, to, data, this.#nextType, this.#headerEnd)
    to = copyBytes(target, to, data, this.#headerEnd, this.#content)
    copyBytes(target, to, data, this.#nextContent, this.#end)
  }

  /** The record without the field, in bytes of its own; null: it ends before that field. */
  without(data: Uint8Array, offset: number, size: number): Uint8Array | null {
    const left = this.measure(data, offset, size)
    if (left < 0) return null
    const record = new Uint8Array(left)
    this.write(record, 0)
    return record
  }
}
