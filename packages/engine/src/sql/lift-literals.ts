/**
 * Texts that differ only in literals can share one compiled statement: this makes parameters of the literals
 * whose value cannot change what the statement means.
 *
 * Lifted are numbers and strings in WHERE (of the statement and of its subqueries), in VALUES of INSERT and in
 * SET of UPDATE. Everything else stays: result columns are named by their text, whatever clauses stand in it, `ORDER BY 1`
 * and `GROUP BY 1` count columns, a LIMIT must be an integer, a LIKE pattern decides about an index, and the second argument
 * of likelihood() must be written out, as must a 0 beside AND and another integer beside OR, which decide. Statements with parameters of their own, with WITH, RETURNING or INDEXED BY, and
 * texts with several statements are left alone. Where a literal was a name, or part of a type, the text with parameters is no
 * statement: then who asks goes on without.
 */
import { END, FLOAT, INTEGER, KEYWORD, Lexer, NAME, OPERATOR, PARAMETER, STRING } from './lexer.ts'

/** A literal that was lifted: its text, without quotes where it was one. */
export interface LiftedLiteral {
  readonly kind: 'integer' | 'real' | 'text'
  readonly text: string
}

export interface LiftedText {
  /** The text with `?` for each lifted literal. */
  readonly sql: string
  readonly literals: readonly LiftedLiteral[]
}

/** A statement with more literals is not worth it: its text is data. */
const mostLiterals = 64
const longestText = 4096

/** Begins a stretch in which literals are lifted. */
const opening = new Set(['WHERE', 'SET', 'VALUES'])
/** Ends it. */
const closing = new Set([
  'SELECT',
  'FROM',
  'GROUP',
  'ORDER',
  'HAVING',
  'LIMIT',
  'WINDOW',
  'UNION',
  'INTERSECT',
  'EXCEPT',
  'ON',
])
/** What follows one of these stays as it is. */
const keeping = new Set(['LIKE', 'GLOB', 'MATCH', 'REGEXP', 'ESCAPE', 'CAST', 'AS', 'COLLATE'])
const statements = new Set(['SELECT', 'INSERT', 'REPLACE', 'UPDATE', 'DELETE'])
const refusing = new Set(['WITH', 'RETURNING', 'EXPLAIN', 'CREATE', 'OVER', 'INDEXED'])

/** What is known of a place in parentheses, and outside of all. */
interface Place {
  /** In WHERE, SET or VALUES. */
  lifts: boolean
  /** In a list of result columns. */
  isResult: boolean
  /** Nothing in it is lifted. */
  readonly isKept: boolean
}

/** The text with its literals lifted; null where there is nothing to lift, or it is not to be done. */
export function liftLiterals(sql: string): LiftedText | null {
  if (sql.length > longestText) return null
  try {
    return lift(sql)
  } catch {
    // A text that is no SQL: the parser will say so, in its own order of complaints.
    return null
  }
}

function lift(sql: string): LiftedText | null {
  const lexer = new Lexer(sql, 0, false)
  lexer.fill(0)
  if (lexer.kinds[0] !== KEYWORD || !statements.has(lexer.texts[0]!)) return null
  const literals: LiftedLiteral[] = []
  const outer: Place[] = []
  let place: Place = { lifts: false, isResult: false, isKept: false }
  let isTarget = false
  let text = ''
  let copied = 0
  for (let i = 0; ; i++) {
    lexer.fill(i)
    const kind = lexer.kinds[i]!
    const token = lexer.texts[i]!
    if (kind === END) break
    if (kind === KEYWORD) {
      if (refusing.has(token)) return null
      // The condition of a conflict target is compared with that of an index.
      if (token === 'CONFLICT') isTarget = true
      else if (token === 'DO') isTarget = false
      if (opening.has(token)) place.lifts = !isTarget
      else if (closing.has(token)) place.lifts = false
      if (token === 'SELECT') place.isResult = true
      else if (closing.has(token) || token === 'WHERE') place.isResult = false
    } else if (kind === OPERATOR) {
      if (token === '(') {
        outer.push(place)
        const isKept = place.isKept || place.isResult || isOfNames(lexer, i)
        place = { lifts: place.lifts, isResult: false, isKept }
      } else if (token === ')') place = outer.pop() ?? place
      else if (token === ';') {
        lexer.fill(i + 1)
        if (lexer.kinds[i + 1] !== END) return null
      }
    } else if (kind === PARAMETER) {
      return null
    } else if (
      place.lifts &&
      !place.isKept &&
      (kind === INTEGER || kind === FLOAT || kind === STRING)
    ) {
      if (keeping.has(lexer.texts[i - 1]!) && lexer.kinds[i - 1] === KEYWORD) continue
      if (isName(lexer, i) || isBareTruth(lexer, i)) continue
      // The sign of -0.0 is that of the literal.
      if (kind === FLOAT && lexer.texts[i - 1] === '-' && Number(token) === 0) continue
      if (literals.length === mostLiterals) return null
      literals.push({
        kind: kind === INTEGER ? 'integer' : kind === FLOAT ? 'real' : 'text',
        text: token,
      })
      text += `${sql.slice(copied, lexer.starts[i])}?`
      copied = lexer.ends[i]!
    }
  }
  return literals.length === 0 ? null : { sql: text + sql.slice(copied), literals }
}

/** Whether the parenthesis is around the columns of `SET (a, b) = …`, or the arguments of likelihood(). */
function isOfNames(lexer: Lexer, i: number): boolean {
  const before = lexer.texts[i - 1] ?? ''
  if (lexer.kinds[i - 1] === KEYWORD && before === 'SET') return true
  if (lexer.kinds[i - 1] === OPERATOR && before === ',') {
    // `SET a = 1, ('b', 'c') = …`: a string, or a name, and an equals sign after the parenthesis.
    let end = i + 1
    lexer.fill(end)
    while (lexer.kinds[end] === STRING || lexer.kinds[end] === NAME || lexer.texts[end] === ',') {
      lexer.fill(++end)
    }
    lexer.fill(end + 1)
    return lexer.texts[end] === ')' && /^==?$/.test(lexer.texts[end + 1]!)
  }
  return lexer.kinds[i - 1] === NAME && before.toLowerCase() === 'likelihood'
}

/** A string that stands for a name (`'t'.'a'`, an alias), or a number after a type. */
function isName(lexer: Lexer, i: number): boolean {
  if (lexer.kinds[i] !== STRING) return false
  lexer.fill(i + 1)
  const isOperator = (at: number, token: string): boolean =>
    lexer.kinds[at] === OPERATOR && lexer.texts[at] === token
  if (isOperator(i + 1, '.') || isOperator(i - 1, '.')) return true
  // In SET a string may name the column: `SET 'a' = 1`.
  const before = lexer.texts[i - 1]!
  return isOperator(i + 1, '=') && (before === 'SET' || before === ',')
}

/** An integer that may stand beside AND or OR, by itself or in parentheses: what it makes of the other side is known from the text. */
function isBareTruth(lexer: Lexer, i: number): boolean {
  if (lexer.kinds[i] !== INTEGER) return false
  lexer.fill(i + 1)
  const before = lexer.texts[i - 1]!
  const after = lexer.texts[i + 1]!
  if (!/^(0x)?[0_]+$/i.test(lexer.texts[i]!)) {
    if (after === 'OR') return before === '(' || lexer.kinds[i - 1] === KEYWORD
    const isLast = lexer.kinds[i + 1] === END || lexer.kinds[i + 1] === KEYWORD
    return before === 'OR' && (isLast || after === ')' || after === ';')
  }
  if (before === '(') return after === ')' || after === 'AND'
  if (lexer.kinds[i - 1] !== KEYWORD) return false
  return before === 'AND' || (after === 'AND' && before !== 'BETWEEN')
}
