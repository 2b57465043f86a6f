/**
 * What texts that differ only in literals have in common. One scan, which knows what a literal looks like and nothing of
 * the grammar: which of them may differ is found out when such a text is compiled (`literal-mark.ts`).
 *
 * Integers of more than 15 digits, hexadecimal numbers, 0.0 (which may have a sign) and blobs belong to the shape. Texts with parameters of their own, with
 * several statements, or with anything in them that the lexer may refuse have none.
 */
import type { LiteralType } from './literal-mark.ts'

/** A literal and where it stands. */
export interface ShapeLiteral {
  readonly type: LiteralType
  /** Without quotes where it has some. */
  readonly text: string
  readonly start: number
  readonly end: number
}

export interface TextShape {
  /** The same for two texts if and only if they differ in nothing but these literals, each for one of its own type. */
  readonly key: string
  readonly literals: readonly ShapeLiteral[]
}

/** A statement with more literals is not worth it: its text is data. */
const mostLiterals = 64
const longestText = 4096
/** An integer of so many digits is exact as a number. */
const mostDigits = 15

/** They stand for literals in a key: no text has them outside of quotes. */
const marks = { integer: '\x01', real: '\x02', text: '\x03' } as const

const SPACE = 1
const WORD = 2
const DIGIT = 3
const PLAIN = 4

/** What characters begin; 0: something else. */
const classes = new Uint8Array(128)
for (const code of [9, 10, 12, 13, 32]) classes[code] = SPACE
for (let code = 48; code <= 57; code++) classes[code] = DIGIT
for (let code = 65; code <= 90; code++) classes[code] = classes[code + 32] = WORD
classes[95] = WORD
for (const mark of '()+*%,&~=<>!|') classes[mark.charCodeAt(0)] = PLAIN

/** The statements that are worth it begin with one of these. */
const statements = /(?:SELECT|INSERT|REPLACE|UPDATE|DELETE|WITH|VALUES)\b/iy

/** The shape of a text; null: it has none, or no literals. */
export function shapeOf(sql: string): TextShape | null {
  if (sql.length > longestText) return null
  return new Scan(sql).shape()
}

class Scan {
  readonly #sql: string
  readonly #literals: ShapeLiteral[] = []
  #key = ''
  /** Up to here the text is in the key. */
  #copied = 0

  constructor(sql: string) {
    this.#sql = sql
  }

  shape(): TextShape | null {
    const sql = this.#sql
    let hasBegun = false
    for (let at = 0; at < sql.length;) {
      const code = sql.charCodeAt(at)
      const kind = code < 128 ? classes[code]! : WORD
      if (kind === SPACE || kind === PLAIN) at++
      else if (kind === WORD) {
        if (!hasBegun && !beginsStatement(sql, at)) return null
        hasBegun = true
        at = this.#word(at, code)
      } else if (kind === DIGIT) at = this.#number(at)
      else at = this.#other(at, code)
      if (at < 0) return null
    }
    if (this.#literals.length === 0) return null
    return { key: this.#key + sql.slice(this.#copied), literals: this.#literals }
  }

  /** Where the scan goes on; -1: there are too many. */
  #literal(type: LiteralType, text: string, start: number, end: number): number {
    if (this.#literals.length === mostLiterals) return -1
    this.#key += this.#sql.slice(this.#copied, start) + marks[type]
    this.#copied = end
    this.#literals.push({ type, text, start, end })
    return end
  }

  // Each of these answers where what begins at `start` ends; -1: the text has no shape.

  #word(start: number, code: number): number {
    const sql = this.#sql
    // A byte order mark is a space.
    if (code === 0xfeff) return -1
    if ((code === 88 || code === 120) && sql.charCodeAt(start + 1) === 39) {
      return sql.indexOf("'", start + 2) + 1 || -1
    }
    return wordEnd(sql, start)
  }

  #number(start: number): number {
    const sql = this.#sql
    let end = digitsEnd(sql, start)
    let type: LiteralType = 'integer'
    if (sql.charCodeAt(end) === 46) {
      type = 'real'
      end = digitsEnd(sql, end + 1)
    }
    if ((sql.charCodeAt(end) | 32) === 101) {
      const sign = sql.charCodeAt(end + 1)
      const digits = sign === 43 || sign === 45 ? end + 2 : end + 1
      const exponentEnd = digitsEnd(sql, digits)
      if (exponentEnd > digits) {
        type = 'real'
        end = exponentEnd
      }
    }
    // A hexadecimal number, one with separators, or a mistake.
    const isWord = end < sql.length && isWordPart(sql.charCodeAt(end))
    if (isWord) return sql.charCodeAt(start) === 48 ? wordEnd(sql, end) : -1
    const text = sql.slice(start, end)
    const isExact = type === 'real' ? Number(text) !== 0 : end - start <= mostDigits
    return isExact ? this.#literal(type, text, start, end) : end
  }

  #other(start: number, code: number): number {
    const sql = this.#sql
    const following = sql.charCodeAt(start + 1)
    switch (code) {
      case 39: // '
        return this.#text(start)
      case 34: // "
      case 96: // `
        return quoteEnd(sql, start, code)
      case 91: // [
        return sql.indexOf(']', start) + 1 || -1
      case 46: // .
        return following >= 48 && following <= 57 ? this.#number(start) : start + 1
      case 45: // -
        return following === 45 ? lineEnd(sql, start) : start + 1
      case 47: // /
        return following === 42 ? commentEnd(sql, start) : start + 1
      case 59: // ;
        return sql.slice(start).trim() === ';' ? sql.length : -1
      default:
        return -1
    }
  }

  #text(start: number): number {
    const sql = this.#sql
    const end = quoteEnd(sql, start, 39)
    if (end < 0) return -1
    const inner = sql.slice(start + 1, end - 1)
    if (inner.includes('\0')) return -1
    const text = inner.includes("'") ? inner.replaceAll("''", "'") : inner
    return this.#literal('text', text, start, end)
  }
}

function beginsStatement(sql: string, at: number): boolean {
  statements.lastIndex = at
  return statements.test(sql)
}

function isWordPart(code: number): boolean {
  if (code >= 128 || code === 36) return true
  const kind = classes[code]!
  return kind === WORD || kind === DIGIT
}

function wordEnd(sql: string, start: number): number {
  let end = start
  while (end < sql.length && isWordPart(sql.charCodeAt(end))) end++
  return end
}

function digitsEnd(sql: string, start: number): number {
  let end = start
  for (;;) {
    const code = sql.charCodeAt(end)
    if (!(code >= 48 && code <= 57)) return end
    end++
  }
}

/** Two quotes are one that is meant. */
function quoteEnd(sql: string, start: number, quote: number): number {
  const mark = String.fromCharCode(quote)
  let end = start + 1
  for (;;) {
    end = sql.indexOf(mark, end)
    if (end < 0) return -1
    if (sql.charCodeAt(end + 1) !== quote) return end + 1
    end += 2
  }
}

/** One that is left open runs to the end of the text. */
function commentEnd(sql: string, start: number): number {
  const end = sql.indexOf('*/', start + 2)
  return end < 0 ? sql.length : end + 2
}

function lineEnd(sql: string, start: number): number {
  const end = sql.indexOf('\n', start)
  return end < 0 ? sql.length : end
}
