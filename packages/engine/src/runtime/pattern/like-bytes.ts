/**
 * LIKE and GLOB on UTF-8 bytes, so that a scan can test a text without making a string of it. The same
 * patterns and the same segments as in like.ts.
 *
 * A character is a byte and the continuation bytes behind it, as `sqlite3Utf8Read` steps; on text that is not
 * well-formed that is as good an answer as any.
 */
import { encodeText } from '../../record/index.ts'
import { globPattern, likePattern } from './like.ts'
import { anyOne, otherCase, setHas } from './pattern.ts'
import type { Element, Pattern } from './pattern.ts'

/** Whether the `size` bytes at `offset` match. */
export type BytesMatcher = (data: Uint8Array, offset: number, size: number) => boolean

const matchNothing: BytesMatcher = () => false

/** `compileLike` for UTF-8 bytes. */
export function compileLikeBytes(pattern: string, escape: string | null = null): BytesMatcher {
  return compilePattern(likePattern(pattern, escape))
}

/** `compileGlob` for UTF-8 bytes. */
export function compileGlobBytes(pattern: string): BytesMatcher {
  return compilePattern(globPattern(pattern))
}

/** A literal segment as bytes in both cases. */
interface Literal {
  readonly bytes: Uint8Array
  readonly others: Uint8Array
}

interface Segment {
  readonly elements: readonly Element[]
  readonly literal: Literal | null
}

function compilePattern(pattern: Pattern | null): BytesMatcher {
  if (pattern === null) return matchNothing
  const segments = pattern.segments.map((elements) => compileSegment(elements, pattern))
  const first = segments[0]!.literal
  const last = segments.at(-1)!.literal
  if (first !== null && last !== null) {
    if (segments.length === 1) return (data, offset, size) => matchWhole(data, offset, size, first)
    if (segments.length === 2 && last.bytes.length === 0)
      return (data, offset, size) =>
        size >= first.bytes.length && matchesAt(data, offset, first.bytes, first.others)
    const middle = segments[1]!.literal
    if (segments.length === 2 && first.bytes.length === 0)
      return (data, offset, size) => matchEnd(data, offset, size, last)
    const open = first.bytes.length === 0 && last.bytes.length === 0
    if (segments.length === 3 && open && middle !== null) {
      const steps = skipSteps(middle)
      return (data, offset, size) => matchInside(data, offset, size, middle, steps)
    }
  }
  return (data, offset, size) => matchSegments(data, offset, size, segments, pattern)
}

function compileSegment(elements: readonly Element[], pattern: Pattern): Segment {
  if (elements.some((element) => element < 0)) return { elements, literal: null }
  const bytes = encodeText(String.fromCodePoint(...elements), 'utf8')
  return { elements, literal: { bytes, others: pattern.foldsCase ? bytes.map(otherCase) : bytes } }
}

function matchesAt(
  data: Uint8Array,
  offset: number,
  bytes: Uint8Array,
  others: Uint8Array,
): boolean {
  for (let i = 0; i < bytes.length; i++) {
    const byte = data[offset + i]!
    if (byte !== bytes[i] && byte !== others[i]) return false
  }
  return true
}

function matchWhole(data: Uint8Array, offset: number, size: number, literal: Literal): boolean {
  const wanted = literal.bytes.length
  if (size < wanted || (size > wanted && data[offset + wanted] !== 0)) return false
  return matchesAt(data, offset, literal.bytes, literal.others)
}

function matchEnd(data: Uint8Array, offset: number, size: number, literal: Literal): boolean {
  const start = offset + size - literal.bytes.length
  const last = offset + size - 1
  if (start >= offset && (size === 0 || data[last] !== 0)) {
    if (!matchesAt(data, start, literal.bytes, literal.others)) return false
    return !hasNul(data, offset, start)
  }
  const end = textEnd(data, offset, size)
  const from = end - literal.bytes.length
  return from >= offset && matchesAt(data, from, literal.bytes, literal.others)
}

function hasNul(data: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (data[i] === 0) return true
  return false
}

/**
 * How far a search may step on, by the byte under the last one of the literal: as far as that byte's last place
 * before the end of the literal, or over the whole of it. (Horspool.)
 */
function skipSteps(literal: Literal): Uint8Array {
  const { bytes, others } = literal
  const size = Math.min(bytes.length, 255)
  const steps = new Uint8Array(256).fill(size)
  for (let i = bytes.length - size; i < bytes.length - 1; i++) {
    const step = bytes.length - 1 - i
    steps[bytes[i]!] = step
    steps[others[i]!] = step
  }
  return steps
}

function matchInside(
  data: Uint8Array,
  offset: number,
  size: number,
  literal: Literal,
  steps: Uint8Array,
): boolean {
  const { bytes, others } = literal
  const reach = bytes.length - 1
  const byte = bytes[reach]!
  const other = others[reach]!
  const end = offset + size
  for (let i = offset + reach; i < end;) {
    const candidate = data[i]!
    // A literal never holds a NUL, so only one before it can spoil the match.
    if ((candidate === byte || candidate === other) && matchesAt(data, i - reach, bytes, others))
      return !hasNul(data, offset, i - reach)
    i += steps[candidate]!
  }
  return false
}

/** Where the text ends for SQLite: at a NUL, if it has one. */
function textEnd(data: Uint8Array, offset: number, size: number): number {
  const end = offset + size
  for (let i = offset; i < end; i++) if (data[i] === 0) return i
  return end
}

function nextCharacter(data: Uint8Array, at: number, end: number): number {
  let next = at + 1
  if (data[at]! >= 0xc0) while (next < end && (data[next]! & 0xc0) === 0x80) next++
  return next
}

function codePointAt(data: Uint8Array, at: number, next: number): number {
  const byte = data[at]!
  if (byte < 0xc0) return byte
  let point = next - at === 2 ? byte & 0x1f : next - at === 3 ? byte & 0x0f : byte & 0x07
  for (let i = at + 1; i < next; i++) point = (point << 6) | (data[i]! & 0x3f)
  return point
}

function matchElements(
  data: Uint8Array,
  start: number,
  end: number,
  elements: readonly Element[],
  pattern: Pattern,
): number {
  let at = start
  for (let i = 0; i < elements.length; i++) {
    if (at >= end) return -1
    const element = elements[i]!
    const next = nextCharacter(data, at, end)
    if (element !== anyOne) {
      const point = codePointAt(data, at, next)
      if (element < 0) {
        if (!setHas(pattern.sets[-2 - element]!, point)) return -1
      } else if (element !== point && (!pattern.foldsCase || otherCase(element) !== point))
        return -1
    }
    at = next
  }
  return at
}

function backUp(data: Uint8Array, start: number, end: number, count: number): number {
  let at = end
  for (let i = 0; i < count; i++) {
    if (at <= start) return -1
    at--
    while (at > start && (data[at]! & 0xc0) === 0x80) at--
  }
  return at
}

function matchSegments(
  data: Uint8Array,
  offset: number,
  size: number,
  segments: readonly Segment[],
  pattern: Pattern,
): boolean {
  const end = textEnd(data, offset, size)
  let at = matchElements(data, offset, end, segments[0]!.elements, pattern)
  if (at < 0) return false
  const lastIndex = segments.length - 1
  if (lastIndex === 0) return at === end
  for (let i = 1; i < lastIndex; i++) {
    at = findSegment(data, at, end, segments[i]!, pattern)
    if (at < 0) return false
  }
  const last = segments[lastIndex]!.elements
  const start = backUp(data, at, end, last.length)
  return start >= 0 && matchElements(data, start, end, last, pattern) === end
}

function findSegment(
  data: Uint8Array,
  start: number,
  end: number,
  segment: Segment,
  pattern: Pattern,
): number {
  const { literal } = segment
  if (literal !== null) {
    const { bytes, others } = literal
    for (let at = start; at <= end - bytes.length; at++)
      if (matchesAt(data, at, bytes, others)) return at + bytes.length
    return -1
  }
  for (let at = start; at < end; at = nextCharacter(data, at, end)) {
    const found = matchElements(data, at, end, segment.elements, pattern)
    if (found >= 0) return found
  }
  return -1
}
