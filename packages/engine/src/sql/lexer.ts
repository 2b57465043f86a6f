/**
 * Text to tokens. (SQLite's `tokenize.c` is the authority for what a token is.)
 *
 * The lexer reads the string by character codes and keeps tokens in parallel arrays, made as far as the
 * parser looks. A token is its kind, its place in the text, and its `text`: the upper-case word of a
 * keyword, the operator, the name or string without its quotes, a number without its underscores, else the
 * characters as written. A NUL ends the text, wherever it stands, as it does for SQLite.
 */
import { sqlError, SqliteError } from '../base/error.ts'
import {
  KEYWORD_CONTEXTUAL,
  KEYWORD_FALLBACK,
  KEYWORD_JOIN,
  keywords,
  longestKeyword,
  shortestKeyword,
} from './keywords.ts'

export const END = 0
/** A bare word that is no keyword. */
export const NAME = 1
/** A name in double quotes, backticks or brackets. */
export const QUOTED = 2
/** A text in single quotes. */
export const STRING = 3
export const INTEGER = 4
export const FLOAT = 5
export const BLOB = 6
export const PARAMETER = 7
export const KEYWORD = 8
export const OPERATOR = 9

export type TokenKind = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9

/** What each ASCII code can begin. */
const classes = new Uint8Array(128)
const SPACE = 1
const LETTER = 2
const DIGIT = 3
for (const c of ' \t\n\f\r') classes[c.charCodeAt(0)] = SPACE
for (let c = 48; c <= 57; c++) classes[c] = DIGIT
for (let c = 65; c <= 90; c++) classes[c] = classes[c + 32] = LETTER
classes[95] = LETTER

/** Letters, digits, `_`, `$` and everything beyond ASCII go on a word. */
function isWordPart(code: number): boolean {
  if (code >= 128) return true
  const kind = classes[code]!
  return kind === LETTER || kind === DIGIT || code === 36
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function isHexDigit(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102)
}

export class Lexer {
  readonly sql: string
  readonly kinds: number[] = []
  readonly starts: number[] = []
  readonly ends: number[] = []
  readonly texts: string[] = []
  /** Keyword bits of each token; 0 where it is none. */
  readonly keywordBits: number[] = []
  #position: number
  /** Whether WINDOW, OVER and FILTER are told from names; not while somebody is looking ahead to tell one. */
  readonly #resolve: boolean

  constructor(sql: string, start: number, resolve = true) {
    this.sql = sql
    this.#position = start
    this.#resolve = resolve
  }

  /** Makes tokens up to number `index`; beyond the text there are only END tokens. */
  fill(index: number): void {
    while (this.kinds.length <= index) this.#next()
  }

  /** Stretches token number `index` up to `end`; the next one is looked for there. */
  stretch(index: number, end: number): void {
    for (const list of [this.kinds, this.starts, this.ends, this.texts, this.keywordBits]) {
      list.length = index + 1
    }
    this.ends[index] = end
    this.#position = end
  }

  #push(kind: TokenKind, start: number, end: number, text: string, bits = 0): void {
    this.kinds.push(kind)
    this.starts.push(start)
    this.ends.push(end)
    this.texts.push(text)
    this.keywordBits.push(bits)
    this.#position = end
  }

  #next(): void {
    const start = this.#skipSpace(this.#position)
    const { sql } = this
    if (start >= sql.length) {
      this.#push(END, sql.length, sql.length, '')
      return
    }
    const code = sql.charCodeAt(start)
    const kind = code < 128 ? classes[code]! : LETTER
    if (kind === LETTER) this.#word(start, code)
    else if (kind === DIGIT) this.#number(start)
    else this.#symbol(start, code)
  }

  #skipSpace(from: number): number {
    const { sql } = this
    let at = from
    for (;;) {
      const code = sql.charCodeAt(at)
      if (code < 128 && classes[code] === SPACE) {
        // A vertical tab cannot begin white space, but it can go on with it.
        do at++
        while (classes[sql.charCodeAt(at)] === SPACE || sql.charCodeAt(at) === 11)
      } else if (code === 45 && sql.charCodeAt(at + 1) === 45) {
        at = this.#skipTo('\n', at)
      } else if (code === 47 && sql.charCodeAt(at + 1) === 42 && at + 2 < sql.length) {
        at = this.#skipTo('*/', at + 2)
      } else if (code === 0xfeff) {
        at++
      } else if (code === 0) {
        return sql.length
      } else {
        return at
      }
    }
  }

  /** Where the comment ends that `mark` closes; an open one runs to the end of the text. */
  #skipTo(mark: string, from: number): number {
    const { sql } = this
    const at = sql.indexOf(mark, from)
    const end = at < 0 ? sql.length : at + mark.length
    return sql.slice(from, end).includes('\0') ? sql.length : end
  }

  #word(start: number, code: number): void {
    const { sql } = this
    if ((code === 120 || code === 88) && sql.charCodeAt(start + 1) === 39) {
      this.#blob(start)
      return
    }
    let end = start + 1
    while (end < sql.length && isWordPart(sql.charCodeAt(end))) end++
    const text = sql.slice(start, end)
    if (text.length <= longestKeyword && text.length >= shortestKeyword) {
      const upper = text.toUpperCase()
      const bits = keywords.get(upper)
      const isName =
        bits === KEYWORD_CONTEXTUAL && this.#resolve && !this.#isKeywordHere(upper, end)
      if (bits !== undefined && !isName) {
        this.#push(KEYWORD, start, end, upper, bits)
        return
      }
    }
    this.#push(NAME, start, end, text)
  }

  /**
   * WINDOW is a keyword before `name AS`, OVER between `)` and `(` or a name, FILTER between `)` and `(`.
   * (tokenize.c, `analyzeWindowKeyword` and its kin)
   */
  #isKeywordHere(word: string, end: number): boolean {
    const last = this.kinds.length - 1
    const isClosed = last >= 0 && this.kinds[last] === OPERATOR && this.texts[last] === ')'
    if (word !== 'WINDOW' && !isClosed) return false
    const ahead = new Lexer(this.sql, end, false)
    try {
      ahead.fill(0)
      const opens = ahead.kinds[0] === OPERATOR && ahead.texts[0] === '('
      if (word === 'FILTER') return opens
      if (word === 'OVER') return opens || ahead.#isNameLike()
      if (!ahead.#isNameLike()) return false
      ahead.fill(1)
      return ahead.kinds[1] === KEYWORD && ahead.texts[1] === 'AS'
    } catch (error) {
      // No token at all follows: the parser says so when it gets there.
      if (error instanceof SqliteError) return false
      throw error
    }
  }

  /** Whether the first token may be a name, so far as a look ahead can tell. */
  #isNameLike(): boolean {
    const kind = this.kinds[0]!
    if (kind === NAME || kind === QUOTED || kind === STRING) return true
    const word = this.texts[0]!
    if (kind !== KEYWORD || word === 'INDEXED') return false
    return mayBeName(this.keywordBits[0]!) || word === 'WINDOW' || word === 'OVER'
  }

  #blob(start: number): void {
    const { sql } = this
    let end = start + 2
    while (isHexDigit(sql.charCodeAt(end))) end++
    if (sql.charCodeAt(end) !== 39 || (end - start) % 2 !== 0) {
      while (end < sql.length && sql.charCodeAt(end) !== 39) end++
      throw unrecognized(sql.slice(start, Math.min(end + 1, sql.length)))
    }
    this.#push(BLOB, start, end + 1, sql.slice(start + 2, end))
  }

  /** Digits and underscores (3.46). */
  #digits(from: number, isPart: (code: number) => boolean): number {
    const { sql } = this
    let at = from
    while (isPart(sql.charCodeAt(at)) || sql.charCodeAt(at) === 95) at++
    return at
  }

  #number(start: number): void {
    const { sql } = this
    let end = start
    let kind: TokenKind = INTEGER
    const second = sql.charCodeAt(start + 1) | 32
    const isHex = second === 120 && sql.charCodeAt(start) === 48
    if (isHex && isHexDigit(sql.charCodeAt(start + 2))) {
      end = this.#digits(start + 3, isHexDigit)
    } else {
      end = this.#digits(start, isDigit)
      if (sql.charCodeAt(end) === 46) {
        kind = FLOAT
        end = this.#digits(end + 1, isDigit)
      }
      const exponent = this.#exponent(end)
      if (exponent > end) {
        kind = FLOAT
        end = exponent
      }
    }
    if (end < sql.length && isWordPart(sql.charCodeAt(end))) {
      while (end < sql.length && isWordPart(sql.charCodeAt(end))) end++
      throw unrecognized(sql.slice(start, end))
    }
    const text = sql.slice(start, end)
    this.#push(kind, start, end, text.includes('_') ? withoutSeparators(text, isHex) : text)
  }

  #exponent(at: number): number {
    const { sql } = this
    if ((sql.charCodeAt(at) | 32) !== 101) return at
    const sign = sql.charCodeAt(at + 1)
    const digits = sign === 43 || sign === 45 ? at + 2 : at + 1
    return isDigit(sql.charCodeAt(digits)) ? this.#digits(digits + 1, isDigit) : at
  }

  #symbol(start: number, code: number): void {
    const { sql } = this
    const following = sql.charCodeAt(start + 1)
    switch (code) {
      case 39: // '
      case 34: // "
      case 96: // `
        this.#quoted(start, code)
        return
      case 91: {
        const end = sql.indexOf(']', start)
        if (end < 0 || sql.slice(start, end).includes('\0')) throw this.#unclosed(start)
        this.#push(QUOTED, start, end + 1, sql.slice(start + 1, end))
        return
      }
      case 46: // .
        if (isDigit(following)) {
          this.#number(start)
          return
        }
        break
      case 63: {
        let end = start + 1
        while (isDigit(sql.charCodeAt(end))) end++
        this.#push(PARAMETER, start, end, sql.slice(start, end))
        return
      }
      case 36: // $
      case 58: // :
      case 64: // @
      case 35: // #
        this.#namedParameter(start)
        return
      default:
        break
    }
    const size = operatorSize(code, following, sql.charCodeAt(start + 2))
    if (size === 0) throw unrecognized(sql.slice(start, start + 1))
    this.#push(OPERATOR, start, start + size, sql.slice(start, start + size))
  }

  #quoted(start: number, quote: number): void {
    const { sql } = this
    const mark = String.fromCharCode(quote)
    let end = start + 1
    let doubled = false
    for (;;) {
      end = sql.indexOf(mark, end)
      if (end < 0) throw this.#unclosed(start)
      if (sql.charCodeAt(end + 1) !== quote) break
      doubled = true
      end += 2
    }
    const inner = sql.slice(start + 1, end)
    if (inner.includes('\0')) throw this.#unclosed(start)
    const text = doubled ? inner.replaceAll(mark + mark, mark) : inner
    this.#push(quote === 39 ? STRING : QUOTED, start, end + 1, text)
  }

  /** A quote that nothing closes before the text ends. */
  #unclosed(start: number): SqliteError {
    const nul = this.sql.indexOf('\0', start)
    return unrecognized(this.sql.slice(start, nul < 0 ? this.sql.length : nul))
  }

  /** `:a`, `@a`, `#a`, `$a::b(c)`. */
  #namedParameter(start: number): void {
    const { sql } = this
    let end = start + 1
    let size = 0
    let isClosed = true
    for (; end < sql.length; end++) {
      const code = sql.charCodeAt(end)
      if (isWordPart(code)) {
        size++
      } else if (code === 40 && size > 0) {
        const found = sql.slice(end + 1).search(/[)\s\0]/)
        end = found < 0 ? sql.length : end + 1 + found
        isClosed = sql.charCodeAt(end) === 41
        if (isClosed) end++
        break
      } else if (code === 58 && sql.charCodeAt(end + 1) === 58) {
        end++
      } else {
        break
      }
    }
    const text = sql.slice(start, end)
    if (size === 0 || !isClosed) throw unrecognized(text)
    this.#push(PARAMETER, start, end, text)
  }
}

/** How many characters the operator has that begins with `code`; 0: none does. */
function operatorSize(code: number, following: number, third: number): number {
  switch (code) {
    case 45: // - -> ->>
      if (following !== 62) return 1
      return third === 62 ? 3 : 2
    case 40: // (
    case 41: // )
    case 59: // ;
    case 43: // +
    case 42: // *
    case 47: // /
    case 37: // %
    case 44: // ,
    case 38: // &
    case 126: // ~
    case 46: // .
      return 1
    case 61: // = ==
      return following === 61 ? 2 : 1
    case 60: // < <= <> <<
      return following === 61 || following === 62 || following === 60 ? 2 : 1
    case 62: // > >= >>
      return following === 61 || following === 62 ? 2 : 1
    case 33: // !=
      return following === 61 ? 2 : 0
    case 124: // | ||
      return following === 124 ? 2 : 1
    default:
      return 0
  }
}

function unrecognized(text: string): SqliteError {
  return sqlError(`unrecognized token: "${text}"`)
}

/**
 * A number without its underscores, each of which must stand between two digits. SQLite takes them out in
 * place, and its complaint shows the number half done; ours does too.
 */
function withoutSeparators(text: string, isHex: boolean): string {
  const isPart = isHex ? isHexDigit : isDigit
  let kept = ''
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== 95) kept += text[i]
    else if (!isPart(text.charCodeAt(i - 1)) || !isPart(text.charCodeAt(i + 1))) {
      throw unrecognized(kept + text.slice(kept.length))
    }
  }
  return kept
}

/** Whether a keyword with these bits may be a name. */
export function mayBeName(bits: number): boolean {
  return (bits & (KEYWORD_FALLBACK | KEYWORD_JOIN)) !== 0
}
