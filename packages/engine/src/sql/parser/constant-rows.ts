/**
 * Rows of VALUES that are nothing but literals and parameters, as bulk inserts have them by the thousand: read from the text
 * straight into one array, without a token or a node for each value.
 *
 * What is read here is read as the grammar would. A row with anything else in it is left to the grammar, which alone knows
 * about mistakes: expressions, comments, words other than NULL, numbers that are written in an unusual way.
 */
import type { ConstantRows, ConstantValue, Expression } from '../ast/query.ts'
import type { Parser } from './parser.ts'

/** Entries of the parser's stack behind which the terms of a later row stand. */
const entriesOfRow = 3
/** The same for the terms after the first. */
const entriesOfTerms = 5

/** Powers of ten that are exact. */
const powersOfTen = Array.from({ length: 16 }, (_, i) => 10 ** i)
/** An integer of so many digits is exact as a number. */
const mostExactDigits = 15

/** The rows at the parenthesis that is next, of `width` values each; null: the first of them is for the grammar. */
export function parseConstantRows(p: Parser, width: number): ConstantRows | null {
  const entries = width === 1 ? entriesOfRow : entriesOfTerms
  p.enter(entries)
  p.leave(entries)
  const reader = new RowReader(p.sql, width)
  const end = reader.readRows(p)
  if (end < 0) return null
  p.goTo(end)
  return reader.rows()
}

/**
 * The rest of a list in parentheses, from the comma that is next: each item as the grammar would have it; null: there is
 * something else among them.
 */
export function parseConstants(p: Parser): Expression[] | null {
  const reader = new RowReader(p.sql, 0)
  const items = reader.readItems(p)
  if (items === null) return null
  p.goTo(items.end)
  p.height = items.height
  return items.expressions
}

export function isConstantRows(row: readonly Expression[] | ConstantRows): row is ConstantRows {
  return 'kind' in row
}

class RowReader {
  readonly #sql: string
  readonly #width: number
  readonly #values: ConstantValue[] = []
  readonly #wholeReals: number[] = []
  readonly #parameterPlaces: number[] = []
  readonly #parameterNumbers: number[] = []
  readonly #parameterNames: (string | null)[] = []

  constructor(sql: string, width: number) {
    this.#sql = sql
    this.#width = width
  }

  rows(): ConstantRows {
    return {
      kind: 'constant-rows',
      width: this.#width,
      values: this.#values,
      wholeReals: this.#wholeReals,
      parameterPlaces: this.#parameterPlaces,
      parameterNumbers: this.#parameterNumbers,
      parameterNames: this.#parameterNames,
    }
  }

  /** Where the parenthesis stands that closes the last row; -1: there is no row. */
  readRows(p: Parser): number {
    const sql = this.#sql
    const width = this.#width
    const values = this.#values
    let at = p.start
    let closed = -1
    for (;;) {
      const size = values.length
      const reals = this.#wholeReals.length
      const parameters = this.#parameterPlaces.length
      const close = this.#readRow(at + 1)
      if (close < 0 || values.length !== size + width) {
        values.length = size
        this.#wholeReals.length = reals
        this.#parameterPlaces.length = parameters
        this.#parameterNames.length = parameters
        return closed
      }
      closed = close
      for (let i = parameters; i < this.#parameterPlaces.length; i++) {
        this.#parameterNumbers.push(p.parameterIndex(this.#parameterNames[i] ?? '?'))
      }
      at = spacesEnd(sql, close + 1)
      if (sql.charCodeAt(at) !== 44) return closed
      at = spacesEnd(sql, at + 1)
      if (sql.charCodeAt(at) !== 40) return closed
    }
  }

  readItems(p: Parser): { expressions: Expression[]; end: number; height: number } | null {
    const spans: number[] = []
    const end = this.#readRow(p.start + 1, spans)
    if (end < 0) return null
    const expressions: Expression[] = []
    let height = 1
    for (let i = 0, real = 0, parameter = 0; i < this.#values.length; i++) {
      const value = this.#values[i]!
      const start = spans[2 * i]!
      const to = spans[2 * i + 1]!
      const isParameter = this.#parameterPlaces[parameter] === i
      const isWhole = this.#wholeReals[real] === i
      if (isWhole) real++
      if (isParameter) {
        const name = this.#parameterNames[parameter++]!
        const index = p.parameterIndex(name ?? '?')
        expressions.push({ kind: 'parameter', index, name, start, end: to })
      } else if (this.#sql.charCodeAt(start) === 45) {
        height = 2
        const first = spacesEnd(this.#sql, start + 1)
        const operand = literal(-(value as number), isWhole, first, to)
        expressions.push({ kind: 'unary', operator: '-', operand, start, end: to })
      } else expressions.push(literal(value, isWhole, start, to))
    }
    return { expressions, end: spans.at(-1)!, height }
  }

  /** Reads the values up to the parenthesis, and answers where that stands; -1: something else is among them. */
  #readRow(from: number, spans: number[] | null = null): number {
    const sql = this.#sql
    let at = from
    for (;;) {
      let code = sql.charCodeAt(at)
      while (code === 32 || code === 10 || code === 13 || code === 9) code = sql.charCodeAt(++at)
      const start = at
      if (code >= 48 && code <= 57) at = this.#number(at, false)
      else if (code === 39) at = this.#text(at)
      else if (code === 63) at = this.#parameter(at, isDigit)
      else if (code === 45) at = this.#negative(at)
      else if (code === 78 || code === 110) at = this.#null(at)
      else if (code === 88 || code === 120) at = this.#blob(at)
      else if (code === 58 || code === 64 || code === 36) at = this.#parameter(at, isAsciiWordPart)
      else return -1
      if (at < 0) return -1
      if (spans !== null) spans.push(start, at)
      code = sql.charCodeAt(at)
      while (code === 32 || code === 10 || code === 13 || code === 9) code = sql.charCodeAt(++at)
      if (code === 41) return at
      if (code !== 44) return -1
      at++
    }
  }

  // Each of these reads one value and answers where it ends; -1: it is for the grammar.

  #push(value: ConstantValue, end: number): number {
    this.#values.push(value)
    return end
  }

  #text(start: number): number {
    const sql = this.#sql
    let isDoubled = false
    let end = sql.indexOf("'", start + 1)
    while (end >= 0 && sql.charCodeAt(end + 1) === 39) {
      isDoubled = true
      end = sql.indexOf("'", end + 2)
    }
    if (end < 0) return -1
    const text = sql.slice(start + 1, end)
    // A NUL ends every text.
    if (text.indexOf('\0') >= 0) return -1
    return this.#push(isDoubled ? text.replaceAll("''", "'") : text, end + 1)
  }

  #negative(start: number): number {
    const at = spacesEnd(this.#sql, start + 1)
    return isDigit(this.#sql.charCodeAt(at)) ? this.#number(at, true) : -1
  }

  #number(start: number, isNegative: boolean): number {
    const sql = this.#sql
    let at = start
    let code = sql.charCodeAt(at)
    let digits = 0
    do {
      digits = digits * 10 + (code - 48)
      code = sql.charCodeAt(++at)
    } while (code >= 48 && code <= 57)
    let size = at - start
    if (code === 46 || code === 101 || code === 69) {
      let fraction = 0
      if (code === 46) {
        code = sql.charCodeAt(++at)
        while (code >= 48 && code <= 57) {
          digits = digits * 10 + (code - 48)
          fraction++
          code = sql.charCodeAt(++at)
        }
        size += fraction
      }
      // An exact number divided by an exact power of ten is rounded once, as it is when the text is read.
      let value = digits / powersOfTen[fraction]!
      if (size > mostExactDigits || code === 101 || code === 69) {
        at = exponentEnd(sql, at)
        value = Number(sql.slice(start, at))
      }
      if (Number.isInteger(value) || value === Infinity) this.#wholeReals.push(this.#values.length)
      return this.#signed(value, isNegative, at)
    }
    if (size <= mostExactDigits) return this.#signed(digits, isNegative, at)
    return this.#longInteger(BigInt(sql.slice(start, at)), isNegative, at)
  }

  /** Beyond 64 bits it is a REAL, which is for the grammar. */
  #longInteger(value: bigint, isNegative: boolean, end: number): number {
    if (value > 9223372036854775807n) return -1
    if (value <= 9007199254740991n) return this.#signed(Number(value), isNegative, end)
    return this.#push(isNegative ? -value : value, end)
  }

  /** Minus zero is for the grammar. */
  #signed(value: number, isNegative: boolean, end: number): number {
    if (!isNegative) return this.#push(value, end)
    return value === 0 ? -1 : this.#push(-value, end)
  }

  #null(start: number): number {
    const sql = this.#sql
    const isNull =
      (sql.charCodeAt(start + 1) | 32) === 117 &&
      (sql.charCodeAt(start + 2) | 32) === 108 &&
      (sql.charCodeAt(start + 3) | 32) === 108
    return isNull ? this.#push(null, start + 4) : -1
  }

  #blob(start: number): number {
    const sql = this.#sql
    let end = start + 2
    while (isHexDigit(sql.charCodeAt(end))) end++
    const isBlob =
      sql.charCodeAt(start + 1) === 39 && sql.charCodeAt(end) === 39 && (end - start) % 2 === 0
    if (!isBlob) return -1
    return this.#push(Uint8Array.from(Buffer.from(sql.slice(start + 2, end), 'hex')), end + 1)
  }

  /** A question mark and digits, or another mark and a plain word. */
  #parameter(start: number, isPart: (code: number) => boolean): number {
    const sql = this.#sql
    let end = start + 1
    while (isPart(sql.charCodeAt(end))) end++
    const isPlain = sql.charCodeAt(start) === 63 && end === start + 1
    if (!isPlain && end === start + 1) return -1
    this.#parameterPlaces.push(this.#values.length)
    this.#parameterNames.push(isPlain ? null : sql.slice(start, end))
    return this.#push(null, end)
  }
}

function literal(value: ConstantValue, isReal: boolean, start: number, end: number): Expression {
  switch (typeof value) {
    case 'number':
      return isReal || !Number.isInteger(value)
        ? { kind: 'real', value, start, end }
        : { kind: 'integer', value, start, end }
    case 'bigint':
      return { kind: 'integer', value, start, end }
    case 'string':
      return { kind: 'text', value, start, end }
    default:
      return value === null ? { kind: 'null', start, end } : { kind: 'blob', value, start, end }
  }
}

function spacesEnd(sql: string, from: number): number {
  let at = from
  for (;;) {
    const code = sql.charCodeAt(at)
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return at
    at++
  }
}

/** The end of an exponent that may stand at `at`. */
function exponentEnd(sql: string, at: number): number {
  if ((sql.charCodeAt(at) | 32) !== 101) return at
  const sign = sql.charCodeAt(at + 1)
  const digits = sign === 43 || sign === 45 ? at + 2 : at + 1
  if (!isDigit(sql.charCodeAt(digits))) return at
  let end = digits
  while (isDigit(sql.charCodeAt(end))) end++
  return end
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function isHexDigit(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102)
}

function isAsciiWordPart(code: number): boolean {
  const letter = code | 32
  return (letter >= 97 && letter <= 122 && code < 128) || isDigit(code) || code === 95
}
