/**
 * The text of a CREATE TABLE with something added to it or taken from it, comments and spaces kept. The text is one that
 * `sqlite_schema` holds, so it is known to be well formed; what is looked for are tokens: the parser's tree does not say where commas
 * and parentheses stand. (`sqlite_drop_column`, `sqlite_add_constraint`, `sqlite_drop_constraint` of alter.c)
 */
import { sqlError } from '../base/error.ts'
import { END, KEYWORD, Lexer, OPERATOR } from './lexer.ts'

/** The tokens between the parentheses of a CREATE TABLE, a parenthesis and all within it being one. */
class Definitions {
  readonly sql: string
  readonly #lexer: Lexer
  #index = 0
  /** What the next token is: the word of a keyword, an operator, `(` for all in parentheses; empty: something else. */
  kind = ''
  start = 0
  end = 0
  /** Where the token before it ended. */
  lastEnd = 0

  constructor(sql: string) {
    this.sql = sql
    this.#lexer = new Lexer(sql, 0)
    while (!this.#isOperator('(') && !this.isEnd) this.#index++
    this.end = this.#lexer.ends[this.#index]!
    this.#index++
    this.#read()
  }

  get isEnd(): boolean {
    this.#lexer.fill(this.#index)
    return this.#lexer.kinds[this.#index] === END
  }

  /** A comma or the closing parenthesis: here a definition ends. */
  get endsDefinition(): boolean {
    return this.kind === ',' || this.kind === ')' || this.isEnd
  }

  /** A name without its quotes. */
  get text(): string {
    return this.#lexer.texts[this.#index]!
  }

  advance(): void {
    this.#skip()
    this.#read()
  }

  #isOperator(operator: string): boolean {
    this.#lexer.fill(this.#index)
    return (
      this.#lexer.kinds[this.#index] === OPERATOR && this.#lexer.texts[this.#index] === operator
    )
  }

  #skip(): void {
    if (!this.#isOperator('(')) {
      this.#index++
      return
    }
    let depth = 0
    do {
      if (this.#isOperator('(')) depth++
      else if (this.#isOperator(')')) depth--
      this.#index++
    } while (depth > 0 && !this.isEnd)
  }

  #read(): void {
    const lexer = this.#lexer
    lexer.fill(this.#index)
    this.lastEnd = this.end
    const kind = lexer.kinds[this.#index]
    this.kind = kind === KEYWORD || kind === OPERATOR ? lexer.texts[this.#index]! : ''
    this.start = lexer.starts[this.#index]!
    const at = this.#index
    this.#skip()
    lexer.fill(this.#index)
    this.end = lexer.ends[this.#index - 1]!
    this.#index = at
  }
}

/** Goes to the end of the definition with that number, from 0; of the last one for -1. */
function endOfDefinition(sql: string, place: number): Definitions {
  const definitions = new Definitions(sql)
  for (let i = 0; ; i++) {
    while (!definitions.endsDefinition) definitions.advance()
    if (i === place || definitions.kind !== ',') return definitions
    definitions.advance()
  }
}

/** With a column behind the `count` columns that there are. */
export function withColumn(sql: string, count: number, column: string): string {
  const { start } = endOfDefinition(sql, count - 1)
  return `${sql.slice(0, start)}, ${column}${sql.slice(start)}`
}

/** Without the column `place` of `count`, which begins at `start`, and the next one, if there is one, at `next`. */
export function withoutColumn(
  sql: string,
  place: number,
  start: number,
  next: number | null,
): string {
  if (next !== null) return sql.slice(0, start) + sql.slice(next)
  const comma = endOfDefinition(sql, place - 1).start
  return sql.slice(0, comma) + sql.slice(endOfDefinition(sql, place).start)
}

/** With a constraint of the whole table at the end. */
export function withTableConstraint(sql: string, constraint: string): string {
  const { start } = endOfDefinition(sql, -1)
  return `${sql.slice(0, start)}, ${constraint}${sql.slice(start)}`
}

/** With a constraint behind the others of a column. */
export function withColumnConstraint(sql: string, column: number, constraint: string): string {
  const { start } = endOfDefinition(sql, column)
  return `${sql.slice(0, start)} ${constraint}${sql.slice(start)}`
}

/** Whether a constraint has that name, as `isSame` compares names. */
export function hasConstraint(sql: string, isSame: (name: string) => boolean): boolean {
  const definitions = new Definitions(sql)
  for (;;) {
    if (definitions.kind === ')' || definitions.isEnd) return false
    const isName = definitions.kind === 'CONSTRAINT'
    definitions.advance()
    if (isName && isSame(definitions.text)) return true
  }
}

/** Words that begin a constraint, or follow its name where it has none. */
const starts: ReadonlySet<string> = new Set([
  'AS',
  'CHECK',
  'COLLATE',
  'CONSTRAINT',
  'DEFAULT',
  'FOREIGN',
  'GENERATED',
  'NOT',
  'PRIMARY',
  'REFERENCES',
  'UNIQUE',
])
const notNamed: ReadonlySet<string> = new Set([
  'AS',
  'COLLATE',
  'CONSTRAINT',
  'DEFAULT',
  'GENERATED',
])

function kindOf({ kind }: Definitions): string {
  return kind
}

/** Goes behind a constraint, whose first token is next. */
function skipConstraint(definitions: Definitions): void {
  do definitions.advance()
  while (!definitions.endsDefinition && !starts.has(definitions.kind))
}

/**
 * Without the constraint of that name, which must be a CHECK or a NOT NULL, or a name that stands before no constraint.
 * @throws SqliteError with SQLite's sentence
 */
export function withoutConstraint(
  sql: string,
  name: string,
  isSame: (name: string) => boolean,
): string {
  const definitions = new Definitions(sql)
  while (definitions.kind !== ')' && !definitions.isEnd) {
    if (definitions.kind !== 'CONSTRAINT') {
      definitions.advance()
      continue
    }
    const start = definitions.lastEnd
    definitions.advance()
    const isMeant = isSame(definitions.text)
    definitions.advance()
    const kind = kindOf(definitions)
    const isNameAlone = notNamed.has(kind) || definitions.endsDefinition
    if (!isNameAlone) skipConstraint(definitions)
    if (!isMeant) continue
    if (!isNameAlone && kind !== 'NOT' && kind !== 'CHECK') {
      throw sqlError(`constraint may not be dropped: ${name}`)
    }
    return without(definitions, start)
  }
  throw sqlError(`no such constraint: ${name}`)
}

/** Without the NOT NULL of a column; the same text where it has none. */
export function withoutNotNull(sql: string, column: number): string {
  const definitions = new Definitions(sql)
  for (let i = 0; i < column; i++) {
    while (!definitions.endsDefinition) definitions.advance()
    if (definitions.kind !== ',') return sql
    definitions.advance()
  }
  while (!definitions.endsDefinition) {
    const start = definitions.lastEnd
    if (definitions.kind === 'CONSTRAINT') {
      definitions.advance()
      definitions.advance()
      const kind = kindOf(definitions)
      if (notNamed.has(kind) || definitions.endsDefinition) continue
      skipConstraint(definitions)
      if (kind === 'NOT') return without(definitions, start)
    } else if (definitions.kind === 'NOT') {
      skipConstraint(definitions)
      return without(definitions, start)
    } else definitions.advance()
  }
  return sql
}

/** Without what stands between `start` and the next token, and a comma before it where nothing else follows. */
function without({ sql, start: next, endsDefinition }: Definitions, start: number): string {
  if (!endsDefinition) return `${sql.slice(0, start)} ${sql.slice(next)}`
  const end = sql[start - 1] === ',' ? start - 1 : start
  return sql.slice(0, end) + sql.slice(next)
}
