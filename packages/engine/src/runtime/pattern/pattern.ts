/**
 * LIKE and GLOB patterns taken apart. (SQL Language Expressions §5.)
 *
 * | LIKE        | GLOB    | matches |
 * |-------------|---------|---------|
 * | `%`         | `*`     | any number of characters |
 * | `_`         | `?`     | one character |
 * |             | `[a-z]` | one character of a set, `[^…]` one outside it |
 * | escape + c  |         | c itself |
 *
 * LIKE takes A–Z and a–z for equal, those 26 letters only; GLOB takes nothing for equal that is not.
 *
 * A pattern becomes segments, the parts between its `%`. The first is anchored at the start of the text, the
 * last at its end, and the ones between are looked for from left to right: where each character of a segment
 * takes exactly one of the text, the leftmost place is as good as any. So no match ever backtracks by more than
 * one segment, and a hostile pattern costs the product of both lengths at worst.
 *
 * SQLite's matcher reads C strings: a NUL ends pattern and text.
 */

/** One character of a segment: a literal code point, `anyOne`, or a set as `-2 - index`. */
export type Element = number

export const anyOne: Element = -1

/** The characters that `[…]` stands for. */
export interface CharacterSet {
  readonly inverted: boolean
  /** Pairs: first and last code point of each range. */
  readonly ranges: readonly number[]
}

export interface Pattern {
  /** One more than there are `%`; empty ones included. */
  readonly segments: readonly (readonly Element[])[]
  readonly sets: readonly CharacterSet[]
  readonly foldsCase: boolean
}

/** The code points of a text, up to a NUL. */
function codePoints(text: string): number[] {
  const points: number[] = []
  for (const character of text) {
    const point = character.codePointAt(0)!
    if (point === 0) break
    points.push(point)
  }
  return points
}

function pushAny(segments: Element[][]): void {
  // `%%` is `%`; but the first and the last segment stay what they are, anchored.
  if (segments.length > 1 && segments.at(-1)!.length === 0) return
  segments.push([])
}

/** A LIKE pattern; `null` if it can match nothing. `escape` is one code point, or 0. */
export function parseLike(text: string, escape: number): Pattern | null {
  const points = codePoints(text)
  const segments: Element[][] = [[]]
  for (let i = 0; i < points.length; i++) {
    const point = points[i]!
    if (point === escape && escape !== 0) {
      if (++i === points.length) return null
      segments.at(-1)!.push(points[i]!)
    } else if (point === 0x25) pushAny(segments)
    else segments.at(-1)!.push(point === 0x5f ? anyOne : point)
  }
  return { segments, sets: [], foldsCase: true }
}

/** A GLOB pattern; `null` if it can match nothing. */
export function parseGlob(text: string): Pattern | null {
  const points = codePoints(text)
  const segments: Element[][] = [[]]
  const sets: CharacterSet[] = []
  let i = 0
  while (i < points.length) {
    const point = points[i++]!
    if (point === 0x2a) pushAny(segments)
    else if (point === 0x3f) segments.at(-1)!.push(anyOne)
    else if (point === 0x5b) {
      const end = parseSet(points, i, sets)
      if (end < 0) return null
      segments.at(-1)!.push(-1 - sets.length)
      i = end
    } else segments.at(-1)!.push(point)
  }
  return { segments, sets, foldsCase: false }
}

/** Reads a set from behind its `[`; answers where it ends, or -1 if it does not. */
function parseSet(points: readonly number[], start: number, sets: CharacterSet[]): number {
  let i = start
  const inverted = points[i] === 0x5e
  if (inverted) i++
  const ranges: number[] = []
  let prior = 0
  if (points[i] === 0x5d) {
    ranges.push(0x5d, 0x5d)
    i++
  }
  for (; i < points.length && points[i] !== 0x5d; i++) {
    const point = points[i]!
    const next = points[i + 1]
    if (point === 0x2d && next !== 0x5d && next !== undefined && prior > 0) {
      ranges.push(prior, next)
      prior = 0
      i++
    } else {
      ranges.push(point, point)
      prior = point
    }
  }
  if (i >= points.length) return -1
  sets.push({ inverted, ranges })
  return i + 1
}

/** Whether the set has that character. */
export function setHas(set: CharacterSet, point: number): boolean {
  const { ranges } = set
  for (let i = 0; i < ranges.length; i += 2)
    if (point >= ranges[i]! && point <= ranges[i + 1]!) return !set.inverted
  return set.inverted
}

/** The other case of an ASCII letter, else the character itself. */
export function otherCase(point: number): number {
  if (point >= 0x41 && point <= 0x5a) return point + 0x20
  return point >= 0x61 && point <= 0x7a ? point - 0x20 : point
}
