/**
 * LIKE and GLOB on strings. (SQL Language Expressions §5; patterns are taken apart in pattern.ts.)
 *
 * A constant pattern is compiled once into a closure that knows its shape: the literal texts `abc%`, `%abc`,
 * `%abc%` and `abc` each have one of their own, everything else goes segment by segment. like-bytes.ts
 * has the same for text that is still in its page.
 */
import { sqlError } from '../../base/error.ts'
import { limits } from '../../base/limits.ts'
import type { Value } from '../../record/index.ts'
import { characters, firstCodePoint, untilNul } from '../characters.ts'
import { toText } from '../convert.ts'
import { anyOne, otherCase, parseGlob, parseLike, setHas } from './pattern.ts'
import type { Element, Pattern } from './pattern.ts'

export type TextMatcher = (text: string) => boolean

const matchNothing: TextMatcher = () => false

/** `text LIKE pattern ESCAPE escape` for a pattern that stays the same. */
export function compileLike(pattern: string, escape: string | null = null): TextMatcher {
  return readable(compilePattern(likePattern(asRead(pattern), escape)))
}

/** `text GLOB pattern` for a pattern that stays the same. */
export function compileGlob(pattern: string): TextMatcher {
  return readable(compilePattern(globPattern(asRead(pattern))))
}

/** Text that is not UTF-8 as the characters that SQLite reads in it. */
function asRead(text: string): string {
  if (text.isWellFormed()) return text
  const points = characters(text).map(firstCodePoint)
  // What SQLite reads beyond the last code point stands for nothing but itself.
  return points.map((point) => String.fromCodePoint(Math.min(point, 0x10ffff))).join('')
}

function readable(matcher: TextMatcher): TextMatcher {
  return (text) => matcher(text.isWellFormed() ? text : asRead(text))
}

/** A LIKE pattern within SQLite's limits; `null` if it can match nothing. */
export function likePattern(pattern: string, escape: string | null): Pattern | null {
  checkLength(pattern)
  return parseLike(pattern, escape === null ? 0 : escapeCharacter(escape))
}

/** A GLOB pattern within SQLite's limits; `null` if it can match nothing. */
export function globPattern(pattern: string): Pattern | null {
  checkLength(pattern)
  return parseGlob(pattern)
}

function checkLength(pattern: string): void {
  if (pattern.length * 3 <= limits.current.likePatternLength) return
  if (Buffer.byteLength(pattern) > limits.current.likePatternLength)
    throw sqlError('LIKE or GLOB pattern too complex')
}

function escapeCharacter(escape: string): number {
  // As in C, a NUL ends it.
  const read = asRead(untilNul(escape))
  const point = read.codePointAt(0) ?? 0
  if (read.length === 0 || read.length > (point > 0xffff ? 2 : 1))
    throw sqlError('ESCAPE expression must be a single character')
  return point
}

function compilePattern(pattern: Pattern | null): TextMatcher {
  if (pattern === null) return matchNothing
  const { segments } = pattern
  const parts = segments.map((segment) => compileSegment(segment, pattern))
  if (parts.every((part) => part.literal)) {
    const first = parts[0]!
    const last = parts.at(-1)!
    if (parts.length === 1) return (text) => matchWhole(text, first)
    if (parts.length === 2 && last.size === 0) return (text) => matchesAt(text, 0, first)
    if (parts.length === 2 && first.size === 0) return (text) => matchEnd(text, last)
    if (parts.length === 3 && first.size === 0 && last.size === 0) {
      const middle = parts[1]!
      return (text) => matchInside(text, middle)
    }
  }
  return (text) => matchSegments(text, parts, pattern)
}

/** A segment made ready: the units of its literals in both cases. */
interface Segment {
  readonly elements: readonly Element[]
  /** No `_` and no sets. */
  readonly literal: boolean
  /** For a literal: its UTF-16 units, and the other case of each. */
  readonly units: Uint16Array
  readonly others: Uint16Array
  readonly size: number
}

function compileSegment(elements: readonly Element[], pattern: Pattern): Segment {
  const literal = elements.every((element) => element >= 0)
  let text = ''
  if (literal) for (const element of elements) text += String.fromCodePoint(element)
  const units = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))
  const others = pattern.foldsCase ? units.map(otherCase) : units
  return { elements, literal, units, others, size: units.length }
}

/** Where the text ends for SQLite: at a NUL, if it has one. */
function textEnd(text: string): number {
  const nul = text.indexOf('\0')
  return nul < 0 ? text.length : nul
}

function matchesAt(text: string, start: number, segment: Segment): boolean {
  const { units, others, size } = segment
  if (text.length - start < size) return false
  for (let i = 0; i < size; i++) {
    const unit = text.charCodeAt(start + i)
    if (unit !== units[i] && unit !== others[i]) return false
  }
  return true
}

function matchWhole(text: string, segment: Segment): boolean {
  if (!matchesAt(text, 0, segment)) return false
  return text.length === segment.size || text.charCodeAt(segment.size) === 0
}

function matchEnd(text: string, segment: Segment): boolean {
  const end = textEnd(text)
  return end >= segment.size && matchesAt(text, end - segment.size, segment)
}

function matchInside(text: string, segment: Segment): boolean {
  const at = findLiteral(text, 0, text.length, segment)
  if (at < 0) return false
  // A literal never holds a NUL, so only one before it can spoil the match.
  const nul = text.indexOf('\0')
  return nul < 0 || nul > at
}

function findLiteral(text: string, start: number, end: number, segment: Segment): number {
  const { units, others, size } = segment
  const last = end - size
  if (size === 0) return start
  const unit = units[0]!
  const other = others[0]!
  for (let i = start; i <= last; i++) {
    const candidate = text.charCodeAt(i)
    if ((candidate === unit || candidate === other) && matchesAt(text, i, segment)) return i
  }
  return -1
}

/** Where the segment ends if it begins at `start` and stays before `end`; else -1. */
function matchElements(
  text: string,
  start: number,
  end: number,
  elements: readonly Element[],
  pattern: Pattern,
): number {
  let at = start
  for (let i = 0; i < elements.length; i++) {
    if (at >= end) return -1
    const element = elements[i]!
    const point = text.codePointAt(at)!
    at += point > 0xffff ? 2 : 1
    if (element === point || element === anyOne) continue
    if (element < 0) {
      if (!setHas(pattern.sets[-2 - element]!, point)) return -1
    } else if (!pattern.foldsCase || otherCase(element) !== point) return -1
  }
  return at
}

/** Where `count` characters before `end` begin, or -1 if there are fewer after `start`. */
function backUp(text: string, start: number, end: number, count: number): number {
  let at = end
  for (let i = 0; i < count; i++) {
    if (at <= start) return -1
    at--
    const unit = text.charCodeAt(at)
    if (unit < 0xdc00 || unit > 0xdfff || at <= start) continue
    const high = text.charCodeAt(at - 1)
    if (high >= 0xd800 && high <= 0xdbff) at--
  }
  return at
}

function matchSegments(text: string, segments: readonly Segment[], pattern: Pattern): boolean {
  const end = textEnd(text)
  const first = segments[0]!
  let at = matchElements(text, 0, end, first.elements, pattern)
  if (at < 0) return false
  const lastIndex = segments.length - 1
  if (lastIndex === 0) return at === end
  for (let i = 1; i < lastIndex; i++) {
    at = findElements(text, at, end, segments[i]!, pattern)
    if (at < 0) return false
  }
  const last = segments[lastIndex]!.elements
  const start = backUp(text, at, end, last.length)
  return start >= 0 && matchElements(text, start, end, last, pattern) === end
}

/** Where the leftmost match of a segment ends, or -1. */
function findElements(
  text: string,
  start: number,
  end: number,
  segment: Segment,
  pattern: Pattern,
): number {
  if (segment.literal) {
    const at = findLiteral(text, start, end, segment)
    return at < 0 ? -1 : at + segment.size
  }
  for (let at = start; at < end; at += text.codePointAt(at)! > 0xffff ? 2 : 1) {
    const found = matchElements(text, at, end, segment.elements, pattern)
    if (found >= 0) return found
  }
  return -1
}

// The last pattern of `glob`, and of each kind of LIKE: a pattern from a column or a parameter is often the same row after row.
let globText: string | null = null
let globMatcher: TextMatcher = matchNothing

type Like = (pattern: Value, text: Value, escape?: Value) => 1 | 0 | null

/** Units of a pattern that is not worth compiling. */
const mostDirect = 256

/** `matchDirectly` cannot tell. */
const unknown = -1

/**
 * LIKE for a pattern of ASCII that is new with each row, so that it is not worth compiling; `unknown` where there is more than that, or the text has
 * surrogates.
 */
function matchDirectly(pattern: string, text: string, foldsCase: boolean): 0 | 1 | typeof unknown {
  const size = pattern.length
  let end = text.length
  let p = 0
  let t = 0
  /** Behind the last `%`, and where the text is tried that follows it. */
  let after = -1
  let tried = 0
  for (;;) {
    if (p < size) {
      const wanted = pattern.charCodeAt(p)
      if (wanted === 0 || wanted >= 0x80) return unknown
      if (wanted === 0x25) {
        if (++p === size) return 1
        after = p
        tried = t
        continue
      }
      if (t >= end) return 0
      const unit = text.charCodeAt(t)
      if (unit >= 0xd800) return unknown
      // A NUL ends the text.
      if (unit === 0) end = t
      else if (wanted === 0x5f || wanted === unit || (foldsCase && areFolded(wanted, unit))) {
        p++
        t++
        continue
      }
    } else if (t >= end || text.charCodeAt(t) === 0) return 1
    if (after < 0 || tried >= end) return 0
    if (text.charCodeAt(tried) >= 0xd800) return unknown
    p = after
    t = ++tried
  }
}

/** One letter of ASCII in both cases. */
function areFolded(a: number, b: number): boolean {
  const letter = a | 0x20
  return letter >= 0x61 && letter <= 0x7a && letter === (b | 0x20)
}

function likeBy(
  compile: (pattern: string, escape: string | null) => TextMatcher,
  foldsCase: boolean,
): Like {
  let lastText: string | null = null
  let lastEscape: string | null = null
  let matcher: TextMatcher = matchNothing
  /** The pattern of the call before. */
  let before: string | null = null
  return (pattern, text, escape) => {
    if (escape === null) return null
    const escapeText = escape === undefined ? null : toText(escape)
    const patternText = toText(pattern)
    if (patternText !== null) checkLength(patternText)
    if (escapeText !== null) escapeCharacter(escapeText)
    const subject = toText(text)
    if (patternText === null || subject === null) return null
    if (patternText !== lastText || escapeText !== lastEscape) {
      const isNew = patternText !== before && escapeText === null
      before = patternText
      if (isNew && patternText.length <= mostDirect) {
        const answer = matchDirectly(patternText, subject, foldsCase)
        if (answer !== unknown) return answer
      }
      matcher = compile(patternText, escapeText)
      lastText = patternText
      lastEscape = escapeText
    }
    return matcher(subject) ? 1 : 0
  }
}

/** The LIKE operator on values: `text LIKE pattern [ESCAPE escape]`. */
export const like: Like = likeBy(compileLike, true)

/** LIKE where a capital and its small letter differ. (PRAGMA case_sensitive_like) */
export const exactLike: Like = likeBy((pattern, escape) => {
  const parsed = likePattern(asRead(pattern), escape)
  return readable(compilePattern(parsed === null ? null : { ...parsed, foldsCase: false }))
}, false)

/** The GLOB operator on values: `text GLOB pattern`. */
export function glob(pattern: Value, text: Value): 1 | 0 | null {
  const patternText = toText(pattern)
  const subject = toText(text)
  if (patternText !== null) checkLength(patternText)
  if (patternText === null || subject === null) return null
  if (patternText !== globText) {
    globMatcher = compileGlob(patternText)
    globText = patternText
  }
  return globMatcher(subject) ? 1 : 0
}
