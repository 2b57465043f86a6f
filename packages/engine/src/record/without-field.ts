/**
 * A record without one of its fields, byte by byte: what the others hold is copied as it is, also texts that are none. (Database File
 * Format §2.1 Record Format)
 */
import { corrupt } from '../base/error.ts'
import { serialTypeSize } from './record.ts'
import { readVarint, varintLength, varintSize, writeVarint } from './varint.ts'

/** The record in `size` bytes of `data` without the field `place`; null: it ends before that field. */
export function withoutField(
  data: Uint8Array,
  offset: number,
  size: number,
  place: number,
): Uint8Array | null {
  const headerSize = readVarint(data, offset)
  const headerEnd = offset + headerSize
  let at = offset + varintLength(data, offset)
  const typesStart = at
  let content = headerEnd
  for (let i = 0; i < place && at < headerEnd; i++) {
    content += serialTypeSize(readVarint(data, at))
    at += varintLength(data, at)
  }
  if (at >= headerEnd) return null
  const next = at + varintLength(data, at)
  const contentEnd = content + serialTypeSize(readVarint(data, at))
  if (headerEnd > offset + size || next > headerEnd || contentEnd > offset + size) {
    throw corrupt(0, 'record content exceeds the record')
  }
  const typesSize = at - typesStart + headerEnd - next
  // The size counts itself, which may push it over the next boundary.
  let sizeSize = 1
  while (varintSize(typesSize + sizeSize) > sizeSize) sizeSize++
  const contentSize = content - headerEnd + offset + size - contentEnd
  const record = new Uint8Array(sizeSize + typesSize + contentSize)
  let to = writeVarint(record, 0, sizeSize + typesSize)
  for (const [start, end] of [
    [typesStart, at],
    [next, headerEnd],
    [headerEnd, content],
    [contentEnd, offset + size],
  ] as const) {
    record.set(data.subarray(start, end), to)
    to += end - start
  }
  return record
}
