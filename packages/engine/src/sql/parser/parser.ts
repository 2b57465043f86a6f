/**
 * The state of a parse: tokens, the place among them, parameters seen, and how deep we are. The grammar itself is
 * in the other files of this folder, as functions over a `Parser`.
 *
 * Expressions contain queries, lists and calls, and each of those expressions: whatever stands below the one that it
 * needs reaches it through `grammar`, which whoever starts a parse fills in.
 */
import { sqlError, type SqliteError } from '../../base/error.ts'
import { limits } from '../../base/limits.ts'
import type { Expression, Select } from '../ast/query.ts'
import type { Statement } from '../ast/statement.ts'
import { KEYWORD_FALLBACK, KEYWORD_JOIN } from '../keywords.ts'
import { END, KEYWORD, Lexer, NAME, OPERATOR, QUOTED, STRING } from '../lexer.ts'
import type { LiteralMark } from '../literal-mark.ts'
import type { NamePlaces } from '../name-places.ts'

/** The parameters of one statement, in order of their numbers. */
export interface ParameterTable {
  /** The highest number. */
  readonly count: number
  /** With prefix, at number - 1; null for a plain `?` and for numbers that do not occur. */
  readonly names: readonly (string | null)[]
}

export type LiteralMarks = ReadonlyMap<number, LiteralMark>

export type ParseExpression = (parser: Parser) => Expression

export interface Grammar {
  readonly parseSelect: (parser: Parser) => Select
  readonly parseExpression: ParseExpression
  /** An expression that is no part of another. */
  readonly parseWhole: ParseExpression
}

/**
 * Entries of the stack of SQLite's parser, less what the deepest expression needs. Ours is JavaScript's, but it counts what
 * SQLite's would hold, so that the same statements are refused: a parenthesis is one entry, the arguments of a call are
 * three, a subquery is five.
 */
const maxStack = 2497

/** `isspace` of C. */
export function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}

export class Parser {
  readonly sql: string
  readonly grammar: Grammar
  /**
   * This is CREATE or ALTER, whose expressions are kept and not compiled: SQLite finds a hexadecimal number too large
   * only when it compiles it.
   */
  isDefinition = false
  /** SELECTs and VALUES that are behind. */
  selects = 0
  /** Height of the expression that was parsed last; after a query, of the tallest one in it, FROM apart. */
  height = 0
  /** The tallest whole expression of the query so far. */
  tallest = 0
  /**
   * The most that the heights of whole expressions come to which stand inside each other, as subqueries, within what is
   * being parsed: SQLite resolves the names of one while it is at those of the other.
   */
  nestedHeight = 0
  readonly #lexer: Lexer
  #index = 0
  #stack = 0
  /** What is wrong with what was read up to this token; null: nothing is. */
  #refused: SqliteError | null = null
  /** What is to be refused when all is read; null: nothing is. */
  #refusedLast: SqliteError | null = null
  readonly #parameters: (string | null)[] = []
  /** Numbers of the parameters with names, made when the first one comes. */
  #numbers: Map<string, number> | null = null

  /** What SQLite has looked up by now, whatever follows: a table or trigger that is to be made, with nothing in it; null: nothing. */
  begun: Statement | null = null
  /** A common table has been named by now. */
  hasWith = false
  /** The marks of the text's literals, by where they stand; null: nobody else shares the text. */
  readonly marks: LiteralMarks | null
  /** Where names stand; null: nobody asks. */
  readonly places: NamePlaces | null
  /** Where the name began that `qualifiedName` took last. */
  nameStart = 0
  #nameEnd = 0

  constructor(
    sql: string,
    start: number,
    grammar: Grammar,
    marks: LiteralMarks | null = null,
    places: NamePlaces | null = null,
  ) {
    this.sql = sql
    this.marks = marks
    this.places = places
    this.grammar = grammar
    this.#lexer = new Lexer(sql, start)
    this.#lexer.fill(0)
  }

  get kind(): number {
    return this.#lexer.kinds[this.#index]!
  }

  get text(): string {
    return this.#lexer.texts[this.#index]!
  }

  get start(): number {
    return this.#lexer.starts[this.#index]!
  }

  get end(): number {
    return this.#lexer.ends[this.#index]!
  }

  /** Where the token before this one ended. */
  get lastEnd(): number {
    return this.#index === 0 ? this.start : this.#lexer.ends[this.#index - 1]!
  }

  /** Where the text of what was just parsed ends for SQLite: at the next token, less the spaces before it. */
  get textEnd(): number {
    let end = this.start
    while (isSpace(this.sql.charCodeAt(end - 1))) end--
    return end
  }

  get parameters(): ParameterTable {
    return { count: this.#parameters.length, names: this.#parameters }
  }

  /** @throws what has been refused */
  advance(): void {
    if (this.#refused !== null) throw this.#refused
    this.#index++
    this.#lexer.fill(this.#index)
  }

  /** Somebody has read the text from this token up to `end`: what stands there is next. */
  goTo(end: number): void {
    this.#lexer.stretch(this.#index, end)
    this.advance()
  }

  /** Kind of the token `distance` ahead. */
  kindAhead(distance: number): number {
    this.#lexer.fill(this.#index + distance)
    return this.#lexer.kinds[this.#index + distance]!
  }

  textAhead(distance: number): string {
    this.#lexer.fill(this.#index + distance)
    return this.#lexer.texts[this.#index + distance]!
  }

  isKeyword(word: string): boolean {
    return this.kind === KEYWORD && this.text === word
  }

  isKeywordAhead(distance: number, word: string): boolean {
    return this.kindAhead(distance) === KEYWORD && this.textAhead(distance) === word
  }

  isOperator(operator: string): boolean {
    return this.kind === OPERATOR && this.text === operator
  }

  isOperatorAhead(distance: number, operator: string): boolean {
    return this.kindAhead(distance) === OPERATOR && this.textAhead(distance) === operator
  }

  /** Takes the keyword if it is next. */
  accept(word: string): boolean {
    if (!this.isKeyword(word)) return false
    this.advance()
    return true
  }

  acceptOperator(operator: string): boolean {
    if (!this.isOperator(operator)) return false
    this.advance()
    return true
  }

  expect(word: string): void {
    if (!this.accept(word)) throw this.syntaxError()
  }

  expectOperator(operator: string): void {
    if (!this.acceptOperator(operator)) throw this.syntaxError()
  }

  /**
   * Refuses what was read last. SQLite builds it when the next token comes: one that may not follow is a syntax error, which is told instead; so parsing goes on up to
   * there.
   */
  refuse(message: string): void {
    this.#refused = sqlError(message)
  }

  /** Refuses what SQLite looks at when the statement is whole. */
  refuseLast(message: string): void {
    this.#refusedLast ??= sqlError(message)
  }

  /** At an end. @throws what has been refused */
  finish(): void {
    const refused = this.#refused ?? this.#refusedLast
    if (refused !== null) throw refused
  }

  /** `near "x": syntax error`, or `incomplete input` at the end of the text. */
  syntaxError(): SqliteError {
    if (this.kind === END) return sqlError('incomplete input')
    return sqlError(`near "${this.sql.slice(this.start, this.end)}": syntax error`)
  }

  /** A bare or quoted name, a string, or a keyword that may be one (`nm` of SQLite's grammar). */
  isName(): boolean {
    const { kind } = this
    if (kind === NAME || kind === QUOTED || kind === STRING) return true
    return kind === KEYWORD && (this.#bits() & (KEYWORD_FALLBACK | KEYWORD_JOIN)) !== 0
  }

  /** Names as `ids` of the grammar takes them: join words and INDEXED are none. */
  isPlainName(): boolean {
    const { kind } = this
    if (kind === NAME || kind === QUOTED || kind === STRING) return true
    return kind === KEYWORD && (this.#bits() & KEYWORD_FALLBACK) !== 0
  }

  #bits(): number {
    return this.#lexer.keywordBits[this.#index]!
  }

  /** The name as written, without quotes. */
  name(): string {
    if (!this.isName()) throw this.syntaxError()
    return this.#takeName()
  }

  /** A name as it is written, quotes and all: so SQLite knows windows. */
  writtenName(): string {
    const { start, end } = this
    this.name()
    return this.sql.slice(start, end)
  }

  plainName(): string {
    if (!this.isPlainName()) throw this.syntaxError()
    return this.#takeName()
  }

  #takeName(): string {
    const name = this.kind === KEYWORD ? this.sql.slice(this.start, this.end) : this.text
    this.advance()
    return name
  }

  /** `name` or `schema.name`. */
  qualifiedName(): { schema: string | null; name: string } {
    this.nameStart = this.start
    const first = this.name()
    this.#nameEnd = this.lastEnd
    if (!this.acceptOperator('.')) return { schema: null, name: first }
    this.nameStart = this.start
    const name = this.name()
    this.#nameEnd = this.lastEnd
    return { schema: first, name }
  }

  /** `owner` holds the name that `qualifiedName` took last. */
  placed<Owner extends object>(owner: Owner): Owner {
    this.places?.add(owner, this.nameStart, this.#nameEnd)
    return owner
  }

  /** A name that `owner` holds, or that follows those of the list `owner`. */
  placedName(owner: object): string {
    const { start } = this
    const name = this.name()
    this.places?.add(owner, start, this.lastEnd)
    return name
  }

  /** Gives the parameter at this token its number. */
  parameterIndex(text: string): number {
    const names = this.#parameters
    if (text === '?') {
      names.push(null)
    } else if (text.startsWith('?')) {
      const number = Number(text.slice(1))
      if (number < 1 || number > limits.current.variableNumber) {
        this.refuse(`variable number must be between ?1 and ?${limits.current.variableNumber}`)
        return 1
      }
      while (names.length < number) names.push(null)
      names[number - 1] ??= text
      return number
    } else {
      this.#numbers ??= new Map()
      const known = this.#numbers.get(text)
      if (known !== undefined) return known
      names.push(text)
      this.#numbers.set(text, names.length)
    }
    if (names.length > limits.current.variableNumber) throw sqlError('too many SQL variables')
    return names.length
  }

  /** Gives so many parameters `?` after one another their numbers; answers the first. */
  plainParameters(count: number): number {
    const names = this.#parameters
    const first = names.length + 1
    if (names.length + count > limits.current.variableNumber)
      throw sqlError('too many SQL variables')
    names.length += count
    names.fill(null, first - 1)
    return first
  }

  /** What follows stands behind so many entries of SQLite's parser, until `leave`. A parser that has thrown is not used again. */
  enter(entries: number): void {
    this.#stack += entries
    if (this.#stack > maxStack) throw sqlError('Recursion limit')
  }

  leave(entries: number): void {
    this.#stack -= entries
  }

  /** An expression of this height was built. */
  setHeight(height: number): void {
    checkHeight(height)
    this.height = height
  }

  /** The expression parsed last is no part of another one; `outer` is what `nestedHeight` was before it. */
  finishWhole(outer: number): void {
    const nested = this.height + this.nestedHeight
    checkHeight(nested)
    this.nestedHeight = Math.max(outer, nested)
    this.tallest = Math.max(this.tallest, this.height)
  }
}

function checkHeight(height: number): void {
  if (height > limits.current.exprDepth) {
    throw sqlError(`Expression tree is too large (maximum depth ${limits.current.exprDepth})`)
  }
}
