/**
 * Rows of VALUES that are nothing but literals and parameters, as bulk inserts have them by the thousand: read from the text
 * straight into one array, without a token or a node for each value.
 *
 * What is read here is read as the grammar would. A row with anything else in it is left to the grammar, which alone knows
 * about mistakes: expressions, comments, words other than NULL, numbers that are written in an unusual way.
 */
import type { ConstantValue, Expression, ManyRows, ParameterRows } from '../ast/query.ts'
import type { Parser } from './parser.ts'

/** Entries of the parser's stack behind which the terms of a later row stand. */
const entriesOfRow = 3
/** The same for the terms after the first. */
const entriesOfTerms = 5

/** Powers of ten that are exact. */
const powersOfTen = Array.from({ length: 16 }, (_, i) => 10 ** i)
/** An integer of so many digits is exact as a number. */
const mostExactDigits = 15

/**
 * Rows at the parenthesis that is next, of `width` values each, in one piece or two; none: the first of them is for the
 * grammar. More of them may follow.
 */
export function parseConstantRows(p: Parser, width: number): ManyRows[] {
  const entries = width === 1 ? entriesOfRow : entriesOfTerms
  p.enter(entries)
  p.leave(entries)
  const reader = new RowReader(p.sql, width)
  const end = reader.readRows(p)
  if (end < 0) return []
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

export function isConstantRows(row: readonly Expression[] | ManyRows): row is ManyRows {
  return 'kind' in row
}

/**
 * Code units of the text, a stretch at a time: an element of an array costs less than `charCodeAt`, above all before the
 * loop over them is compiled. One reader at a time fills it.
 */
const units = new Uint16Array(16_384)
const unitBytes = Buffer.from(units.buffer)
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
/** A short list is no reason to read far ahead. */
const firstStretch = 1024
/**
 * So many units at least follow the end of a value: up to the end of the next one, unless that is a text, or a blob. What is
 * longer (a number, a space) is for the grammar, as everything is that meets the end of the stretch.
 */
const lookahead = 256
/** A longer blob has memory of its own. */
const mostShared = 64
const blockSize = 16_384
/** So many rows are compared at once with rows that are written alike. */
const rowsAtOnce = 64

class RowReader {
  readonly #sql: string
  readonly #width: number
  readonly #values: ConstantValue[] = []
  readonly #wholeReals: number[] = []
  readonly #parameterPlaces: number[] = []
  readonly #parameterNumbers: number[] = []
  readonly #parameterNames: (string | null)[] = []
  /** Where the stretch begins in the text. */
  #base = 0
  /** After a value that ends behind this place in the stretch, the next stretch is read. */
  #safe = 0
  /** Where the stretch ends in the text. */
  #end = 0
  /** Memory for short blobs. */
  #block: ArrayBuffer | null = null
  #blockUsed = 0
  /** What follows the rows that were read one by one. */
  #alike: ParameterRows | null = null
  /** It holds a NUL, or is not all of the text that is looked at. */
  #hasNul = false

  constructor(sql: string, width: number) {
    this.#sql = sql
    this.#width = width
  }

  rows(): ManyRows[] {
    const rows: ManyRows = {
      kind: 'constant-rows',
      width: this.#width,
      values: this.#values,
      wholeReals: this.#wholeReals,
      parameterPlaces: this.#parameterPlaces,
      parameterNumbers: this.#parameterNumbers,
      parameterNames: this.#parameterNames,
    }
    return this.#alike === null ? [rows] : [rows, this.#alike]
  }

  /** Makes the stretch begin at `from`. */
  #load(from: number, most: number): void {
    const sql = this.#sql
    const stretch = sql.slice(from, from + most)
    const size = stretch.length
    unitBytes.write(stretch, 0, 'utf16le')
    if (!isLittleEndian) unitBytes.subarray(0, 2 * size).swap16()
    units[size] = 0
    this.#base = from
    this.#end = from + size
    this.#safe = this.#end === sql.length ? size + 1 : size - lookahead
    this.#hasNul = stretch.includes('\0')
  }

  /** Where the parenthesis stands that closes the last row; -1: there is no row. */
  readRows(p: Parser): number {
    this.#load(p.start, firstStretch)
    return this.#read(p, null)
  }

  readItems(p: Parser): { expressions: Expression[]; end: number; height: number } | null {
    const spans: number[] = []
    this.#load(p.start, firstStretch)
    const end = this.#read(p, spans)
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

  /**
   * Reads rows from the parenthesis that begins the stretch; with `spans` one list of items, and where each stands. Answers
   * where the parenthesis stands that closes the last whole row, or the list; -1: something else comes before.
   *
   * One loop over all values, and nothing called for the common ones.
   */
  #read(p: Parser, spans: number[] | null): number {
    const sql = this.#sql
    const width = this.#width
    const values = this.#values
    const wholeReals = this.#wholeReals
    const places = this.#parameterPlaces
    const names = this.#parameterNames
    let base = this.#base
    let safe = this.#safe
    let at = 1
    let count = 0
    let closed = -1
    // What there was when the row began, and where it stands.
    let rowCount = 0
    let rowReals = 0
    let rowParameters = 0
    let rowStart = base
    for (;;) {
      let code = units[at]!
      while (code === 32 || code === 10 || code === 13 || code === 9) code = units[++at]!
      const start = base + at
      const isNegative = code === 45
      if (isNegative) {
        code = units[++at]!
        while (code === 32 || code === 10 || code === 13 || code === 9) code = units[++at]!
        if (code < 48 || code > 57) break
      }
      if (code >= 48 && code <= 57) {
        const first = at
        let digits = 0
        do {
          digits = digits * 10 + (code - 48)
          code = units[++at]!
        } while (code >= 48 && code <= 57)
        let size = at - first
        let value: ConstantValue = digits
        if (code === 46 || code === 101 || code === 69) {
          let fraction = 0
          if (code === 46) {
            code = units[++at]!
            while (code >= 48 && code <= 57) {
              digits = digits * 10 + (code - 48)
              fraction++
              code = units[++at]!
            }
            size += fraction
          }
          if (size > mostExactDigits || code === 101 || code === 69) {
            const end = exponentEnd(sql, base + at)
            if (end > this.#end) break
            value = Number(sql.slice(base + first, end))
            at = end - base
          }
          // An exact number divided by an exact power of ten is rounded once, as it is when the text is read.
          else value = digits / powersOfTen[fraction]!
          if (Number.isInteger(value) || value === Infinity) wholeReals.push(count)
        } else if (size > mostExactDigits) {
          value = longInteger(sql.slice(base + first, base + at))
          if (value === null) break
        }
        if (isNegative) {
          // Minus zero is for the grammar.
          if (value === 0) break
          value = -value
        }
        values[count++] = value
      } else if (code === 39) {
        let close = sql.indexOf("'", start + 1)
        if (close < 0) break
        let text = sql.slice(start + 1, close)
        while (sql.charCodeAt(close + 1) === 39) {
          const next = sql.indexOf("'", close + 2)
          if (next < 0) return this.#endAt(closed, rowCount, rowReals, rowParameters)
          text += sql.slice(close + 1, next)
          close = next
        }
        // A NUL ends every text.
        if ((this.#hasNul || close >= this.#end) && text.includes('\0')) break
        values[count++] = text
        at = close + 1 - base
      } else if (code === 63) {
        const first = at
        do code = units[++at]!
        while (code >= 48 && code <= 57)
        places.push(count)
        names.push(at === first + 1 ? null : sql.slice(start, base + at))
        values[count++] = null
      } else {
        const end = this.#readOther(start, code)
        if (end < 0) break
        count = values.length
        at = end - base
      }
      if (at >= safe) {
        this.#load(base + at, units.length - 1)
        base = this.#base
        safe = this.#safe
        at = 0
      }
      if (spans !== null) spans.push(start, base + at)
      code = units[at]!
      while (code === 32 || code === 10 || code === 13 || code === 9) code = units[++at]!
      if (code === 44) {
        at++
        continue
      }
      if (code !== 41) break
      const end = base + at
      if (spans !== null) return end
      if (count !== rowCount + width) break
      closed = end
      for (let i = rowParameters; i < names.length; i++) {
        this.#parameterNumbers.push(p.parameterIndex(names[i] ?? '?'))
      }
      const isParameters = places.length === rowParameters + width
      rowCount = count
      rowReals = wholeReals.length
      rowParameters = places.length
      code = units[++at]!
      while (code === 32 || code === 10 || code === 13 || code === 9) code = units[++at]!
      if (code !== 44) return closed
      code = units[++at]!
      while (code === 32 || code === 10 || code === 13 || code === 9) code = units[++at]!
      if (code !== 40) return closed
      if (isParameters) {
        const from = base + at
        const more = this.#readAlike(p, sql.slice(rowStart, from), from)
        if (more > 0) return closed + more
      }
      rowStart = base + at
      at++
    }
    return this.#endAt(closed, rowCount, rowReals, rowParameters)
  }

  /** Forgets what was read of a row that is for the grammar. */
  #endAt(closed: number, count: number, reals: number, parameters: number): number {
    this.#values.length = count
    this.#wholeReals.length = reals
    this.#parameterPlaces.length = parameters
    this.#parameterNames.length = parameters
    return closed
  }

  /**
   * Reads the rows at `from` that are written as the one before, whose text up to there is `row` and which is plain parameters
   * alone, where they are many. Answers how long they are; another row follows.
   */
  #readAlike(p: Parser, row: string, from: number): number {
    const sql = this.#sql
    const width = this.#width
    const names = this.#parameterNames
    for (let i = names.length - width; i < names.length; i++) if (names[i] !== null) return 0
    const size = row.length
    const many = row.repeat(rowsAtOnce)
    let end = from
    while (sql.startsWith(many, end)) end += rowsAtOnce * size
    if (end === from) return 0
    while (sql.startsWith(row, end)) end += size
    if (sql.charCodeAt(end) !== 40) end -= size
    const count = ((end - from) / size) * width
    this.#alike = { kind: 'parameter-rows', width, first: p.plainParameters(count), count }
    return end - from
  }

  // Each of these reads one value and answers where it ends; -1: it is for the grammar.

  #readOther(start: number, code: number): number {
    if (code === 78 || code === 110) return this.#null(start)
    if (code === 88 || code === 120) return this.#blob(start)
    return code === 58 || code === 64 || code === 36 ? this.#parameter(start) : -1
  }

  #push(value: ConstantValue, end: number): number {
    this.#values.push(value)
    return end
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
    const bytes = this.#bytes((end - start - 2) >> 1)
    for (let i = 0, at = start + 2; at < end; i++, at += 2) {
      bytes[i] = (hexValue(sql.charCodeAt(at)) << 4) | hexValue(sql.charCodeAt(at + 1))
    }
    return this.#push(bytes, end + 1)
  }

  /** So many bytes; few of them share memory, for an array with memory of its own is much larger than they are. */
  #bytes(size: number): Uint8Array {
    if (size > mostShared) return new Uint8Array(size)
    if (this.#block === null || this.#blockUsed + size > this.#block.byteLength) {
      // The first blob may be the only one.
      this.#block = new ArrayBuffer(this.#block === null ? 8 * mostShared : blockSize)
      this.#blockUsed = 0
    }
    this.#blockUsed += size
    return new Uint8Array(this.#block, this.#blockUsed - size, size)
  }

  /** A mark and a plain word. */
  #parameter(start: number): number {
    const sql = this.#sql
    let end = start + 1
    while (isAsciiWordPart(sql.charCodeAt(end))) end++
    if (end === start + 1) return -1
    this.#parameterPlaces.push(this.#values.length)
    this.#parameterNames.push(sql.slice(start, end))
    return this.#push(null, end)
  }
}

/** null: it is beyond 64 bits, and so a REAL, which is for the grammar. */
function longInteger(digits: string): number | bigint | null {
  const value = BigInt(digits)
  if (value > 9223372036854775807n) return null
  return value <= 9007199254740991n ? Number(value) : value
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

function hexValue(code: number): number {
  return code <= 57 ? code - 48 : (code | 32) - 87
}

function isAsciiWordPart(code: number): boolean {
  const letter = code | 32
  return (letter >= 97 && letter <= 122 && code < 128) || isDigit(code) || code === 95
}
